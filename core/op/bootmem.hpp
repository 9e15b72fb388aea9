// SPDX-License-Identifier: GPL-2.0-or-later
// What the calls of bootmem that allocate ask for.
#pragma once

#include "core/op/op.hpp"

#include <optional>

namespace mblab {

struct BootmemRequest {
    uint64_t size = 0, align = 0;
    uint64_t goal = 0;       // 0: none
    uint64_t limit = 0;      // 0: none
    int32_t nid = -1;        // -1: any
    bool exact_nid = false;  // else other nodes are asked after it
    bool keeps_goal = false; // else it is dropped where nothing is free from there on
    bool panics = false;     // rather than return without memory
};

/// Nothing for any other kind of call.
std::optional<BootmemRequest> bootmem_request(const Op &op);

} // namespace mblab
