// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/engine/late.hpp"

namespace mblab {

Interval late_range(const State &before, const Op &op)
{
    if (is<ops::free_reserved_area>(op)) {
        const auto area = ops::free_reserved_area::of(op);
        return {area.start & before.top(), area.end & before.top()};
    }
    if (is<ops::memblock_free>(op))
        return before.range(ops::memblock_free::of(op).ptr, ops::memblock_free::of(op).size & before.word_max());
    if (is<ops::memblock_phys_free>(op))
        return before.range(ops::memblock_phys_free::of(op).base, ops::memblock_phys_free::of(op).size);
    if (is<ops::memblock_free_late>(op))
        return before.range(ops::memblock_free_late::of(op).base, ops::memblock_free_late::of(op).size);
    if (is<ops::reserve_mem_release_by_name>(op))
        for (const NamedRange &named : before.names)
            if (named.size && named.name == ops::reserve_mem_release_by_name::of(op).name)
                return {named.start, named.start + named.size};
    return {};
}

} // namespace mblab
