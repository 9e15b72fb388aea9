// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "apps/boot/record.hpp"

namespace mblab::boot {

/// Read a message that memblock printed; false when it is none.
bool read_memblock_line(std::string_view message, Record &out);

} // namespace mblab::boot
