// SPDX-License-Identifier: GPL-2.0-or-later
// What an engine was compiled for.
#pragma once

#include "core/state/state.h"

#include <cstdint>

namespace mblab {

/// The variant an engine stands for; two engines are comparable when these are equal.
struct Variant {
    uint32_t config = 0; // bits of mblab_config
    uint32_t max_nodes = 1;
    uint32_t memory_regions = 128;
    uint32_t reserved_regions = 128;

    bool operator==(const Variant &) const = default;
    bool has(mblab_config bit) const { return config & bit; }
};

} // namespace mblab
