// SPDX-License-Identifier: GPL-2.0-or-later
// Which node an allocation comes from: the one asked for, then any, unless it must be exact.
#include "support.hpp"

using namespace mblab;
using namespace mblab::property;

namespace {

Inputs on_nodes(Calls calls)
{
    return in_order(
        {boot(), some(16, add_memory()), some(10, call(MBLAB_OP_memblock_reserve)), some(40, std::move(calls))});
}

Calls with_node(Numbers nodes)
{
    const auto ask = [&](mblab_op_kind kind) { return call(kind, {{"nid", nodes}, {"size", length(6)}}); };
    return weighted({{1, ask(MBLAB_OP_memblock_alloc_range_nid)},
                     {1, ask(MBLAB_OP_memblock_phys_alloc_try_nid)},
                     {1, ask(MBLAB_OP_memblock_alloc_node)},
                     {1, ask(MBLAB_OP_memblock_alloc_try_nid)},
                     {1, ask(MBLAB_OP_memblock_alloc_try_nid_raw)},
                     {1, ask(MBLAB_OP_memblock_alloc_exact_nid_raw)}});
}

} // namespace

PROPERTY(node, falls_back_in_order)
{
    return {.input = on_nodes(with_node(between(0, 3))),
            .reaches = {evaluated("node.first", 1000), evaluated("node.order", 1000), answered(Family::alloc, 15, 85)},
            .variants = {"numa-4", "numa-128"}};
}

PROPERTY(node, exact_never_falls_back)
{
    const Calls exact =
        weighted({{1, call(MBLAB_OP_memblock_alloc_exact_nid_raw, {{"nid", between(0, 3)}, {"size", length(4)}})},
                  {1, call(MBLAB_OP_memblock_alloc_range_nid,
                           {{"nid", between(0, 3)}, {"exact_nid", one_of({1})}, {"size", length(4)}})}});
    return {.input = on_nodes(exact),
            .reaches = {evaluated("node.exact", 500), answered(Family::alloc, 10, 85)},
            .variants = {"numa-4"}};
}

PROPERTY(node, every_invalid_id_means_any_node)
{
    constexpr uint64_t none = ~uint64_t{0};
    return {.input = on_nodes(with_node(one_of({none, 16, 17, 0x7fffffff, none - 1, none << 31}))),
            .reaches = {evaluated("node.none", 1000), answered(Family::alloc, 15, 85)},
            .variants = {"numa-4", "numa-128"}};
}
