// SPDX-License-Identifier: GPL-2.0-or-later
// Which regions of memory a caller wants, reduced to two masks and a node.
#pragma once

#include "standard.hpp"

#include <linux/memory_hotplug.h>

#include "region_array.hpp"

namespace early {

class RegionFilter {
  public:
    // Reservations and physmem are never filtered, whatever nid and flags say, and neither is memory
    // once it was discarded.
    RegionFilter(const Array &array, int nid, memblock_flags flags)
    {
        if (&array != state.filtered)
            return;
        nid_ = nid;
        any_node_ = !numa_valid_node(nid);
        required_ = flags & (MEMBLOCK_MIRROR | MEMBLOCK_KHO_SCRATCH);
        // These kinds are there for those who name them; hotpluggable memory is only held back when
        // the user asked to keep it unpluggable.
        unwanted_ = (MEMBLOCK_NOMAP | MEMBLOCK_DRIVER_MANAGED |
                     (movable_node_is_enabled() ? MEMBLOCK_HOTPLUG : MEMBLOCK_NONE)) &
                    ~flags;
    }

    [[nodiscard]] bool should_skip_region(const Region &region) const
    {
        return (region.flags & unwanted_) || (required_ & ~region.flags) ||
               (!any_node_ && memblock_get_region_node(&region) != nid_);
    }

  private:
    int nid_ = NUMA_NO_NODE;
    bool any_node_ = true;
    memblock_flags required_ = MEMBLOCK_NONE;
    memblock_flags unwanted_ = MEMBLOCK_NONE;
};

} // namespace early
