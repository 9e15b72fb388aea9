// SPDX-License-Identifier: GPL-2.0-or-later
// What a check in the kernel's own suite (tools/testing/memblock) can do of what a trace does, and why not the rest.
#pragma once

#include "apps/export/play.hpp"

#include <string>

namespace mblab::exporting {

enum class InSuite { call, leave_out, refuse };

struct SuiteVerdict {
    InSuite verdict;
    std::string_view why; // of leave_out and refuse
};

/// resize_allowed: whether the trace has called memblock_allow_resize() before.
SuiteVerdict in_suite(const PlayedStep &step, bool resize_allowed);

} // namespace mblab::exporting
