// SPDX-License-Identifier: GPL-2.0-or-later
// Growing an array of regions.
#pragma once

#include "standard.hpp"

#include "region_array.hpp"

namespace early {

// Move array into one twice as long, from slab once that is up, otherwise from memblock itself. keep_out
// is about to be reserved and is not yet: a new array for memblock.reserved keeps out of it. Returns
// false, with a message, when there is no memory; panics before memblock_allow_resize().
//
// From memblock, this reserves the new array and frees the old, so array may be changed by it and, when
// it is memblock.reserved, may be doubled again within.
[[nodiscard]] bool double_array(Array &array, Range keep_out);

// Double until extra more regions fit.
[[nodiscard]] inline bool make_room(Array &array, std::size_t extra, Range keep_out)
{
    while (array.cnt + extra > array.max)
        if (!double_array(array, keep_out))
            return false;
    return true;
}

} // namespace early
