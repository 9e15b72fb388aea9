// SPDX-License-Identifier: GPL-2.0-or-later
// Lines of a log by example.
#pragma once

#include "apps/boot/log.hpp"
#include "apps/boot/scan.hpp"

namespace mblab::boot {

/// How a text fits a pattern.
enum class Fit : uint8_t {
    no,    // it is another text
    part,  // it ends in the middle, and fits up to there
    whole, // what follows is left in the scan
};

/// Read what the pattern describes into the event. Where the fit is not whole the event means nothing.
///
///   %n  nid               %s  size, decimal      %r  start and size of [first-last] or [mem first-last]
///   %f  start, hex        %e  end, hex           %x  count, hex           %c  count, decimal
///   %F  start, decimal    %E  end, decimal       %a  align, hex           %g  flags, hex
///   %T  type, by name     %i  text: a name       %t  text up to what follows in the pattern, or to the end
///   ~   any blanks        {}  may be left out    a blank is one or more
///
/// All else stands for itself.
Fit match(std::string_view pattern, Scan &scan, Event &event);

/// A memory size as boot parameters give it: 512M, 0x10000000, 2G. False when it is none.
bool parse_size(std::string_view text, uint64_t &size);

} // namespace mblab::boot
