// SPDX-License-Identifier: GPL-2.0-or-later
// memblock's predecessors: pages as their unit, small blocks that share one, and what comes of all pages at the end.
#include "property.hpp"

#include <algorithm>
#include <set>

namespace mblab::property {
namespace {

const std::vector<std::string_view> any_variant = {"numa-128"};
const std::vector<std::string_view> on_bootmem = {"bootmem"}, on_nobootmem = {"nobootmem"}, on_bump = {"bump"};

/// One node, all of it free but for its map.
struct Node {
    uint64_t first = 0, pages = 0, map = 0; // page frames
    Ops calls;

    Range span() const { return {first * page, (first + pages) * page}; }
    operator const Ops &() const { return calls; }
};

Node draw_node_of(uint64_t least_pages)
{
    Node node{pick(1, 200), least_pages + pick(0, 400), 0, {}};
    node.map = node.first + pick(0, node.pages - 1);
    node.calls = {ops::init_bootmem_node{0, node.map, node.first, node.first + node.pages},
                  ops::free_bootmem{node.first * page, node.pages * page},
                  ops::reserve_bootmem{node.map * page, 1, false}};
    return node;
}

/// Some pages of it are taken, in whole or in part.
void take_some(Node &node)
{
    for (uint64_t left = pick(1, 4); left > 0; left--) {
        const uint64_t at = pick(0, node.pages - 1) * page + pick(0, 1) * 100;
        node.calls.push_back(ops::reserve_bootmem{node.span().start + at, pick(1, node.pages * page - at), false});
    }
}

/// A range of the node whose ends lie within pages.
Range draw_bytes(const Node &node)
{
    // From its last page on there is no whole page to free, and bootmem takes that for another node's.
    const uint64_t start = pick(0, (node.pages - 1) * page), end = pick(start + 1, node.pages * page - 1);
    return {node.span().start + start, node.span().start + end};
}

Ops draw_small_requests()
{
    Ops calls;
    for (uint64_t left = pick(2, 40); left > 0; left--)
        calls.push_back(ops::__alloc_bootmem_nopanic{pick(1, 300), pick_from<uint64_t>({1, 8, 64, 256}), 0});
    return calls;
}

constexpr uint64_t align_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) & ~(unit - 1);
}

uint64_t pages_given(const Answer &answer)
{
    uint64_t pages = 0;
    for (const Effect &effect : answer.effects)
        if (effect.kind == MBLAB_EFFECT_page_to_buddy)
            pages += effect.c << effect.b;
    return pages;
}

} // namespace

PROPERTY(small_requests_share_pages, sets(&ops::__alloc_bootmem_nopanic::align, page), any_variant, on_bootmem)
{
    const Node node = draw_node_of(16);
    const Ops requests = draw_small_requests();
    subject.after(node);
    uint64_t end = 0, crossings = 0;
    for (const Op &op : requests) {
        const auto request = ops::__alloc_bootmem_nopanic::of(op);
        const uint64_t at = subject.value(op);
        // Beyond the map they begin a page anew.
        const bool follows =
            end == 0 || end % page == 0 || at == align_up(end, request.align) || at == align_up(end, page) + page;
        subject.check(follows, "each block follows the one before");
        crossings += at / page != (at + request.size - 1) / page;
        end = at + request.size;
    }
    subject.cover(20, "a block crosses a page", crossings > 0);
}

PROPERTY(no_byte_is_in_two_blocks,
         (misreports<ops::__alloc_bootmem_nopanic>([](Answer &answer) { answer.result.value[0] &= ~uint64_t{0xff}; })),
         any_variant, {"bootmem", "nobootmem"})
{
    Node node = draw_node_of(16);
    take_some(node);
    subject.use("numa-128");
    if (subject.variant().memory_regions == 128) // memblock's: it is told of its memory in its own words
        node.calls = {ops::memblock_add{node.span().start, node.pages * page}, ops::memblock_allow_resize{}};
    subject.after(node);
    std::vector<Range> blocks;
    for (const Op &op : draw_small_requests()) {
        const uint64_t at = subject.value(op);
        if (at)
            blocks.push_back({at, at + ops::__alloc_bootmem_nopanic::of(op).size});
    }
    subject.cover(50, "several blocks", blocks.size() > 2);
    std::ranges::sort(blocks, {}, &Range::start);
    for (size_t i = 1; i < blocks.size(); i++)
        subject.check(blocks[i - 1].end <= blocks[i].start, "blocks are apart");
}

PROPERTY(a_block_is_at_its_goal_or_above, sets(&ops::__alloc_bootmem::goal, 0), any_variant, on_bootmem)
{
    const Node node = draw_node_of(64);
    const uint64_t goal = node.first + pick(1, node.pages / 2);
    subject.after(node);
    const uint64_t at = subject.value(ops::__alloc_bootmem{pick(1, 8 * page), page, goal * page});
    subject.cover(50, "not the first page", goal > node.first + 1);
    subject.check(at >= goal * page, "above the goal there is room");
}

PROPERTY(a_block_ends_below_its_limit, sets(&ops::__alloc_bootmem_core::limit, 0), any_variant, on_bootmem)
{
    Node node = draw_node_of(16);
    take_some(node);
    const uint64_t limit = node.span().start + pick(1, node.pages * page), size = pick(1, 4 * page);
    const Snapshot before = subject.after(node);
    const bool fits = size <= limit; // else it is a BUG
    const uint64_t at = fits ? subject.value(ops::__alloc_bootmem_core{no_node, size, 1, 0, limit}) : 0;
    subject.cover(20, "found", at != 0);
    subject.check(at == 0 || at + size <= limit, "below the limit");
    if (at == 0)
        subject.same(before, subject.snapshot(), "nothing changes");
}

PROPERTY(freeing_what_was_allocated_leads_back, adds(&ops::free_bootmem::size, -1), any_variant, on_bootmem)
{
    Node node = draw_node_of(32);
    take_some(node);
    const uint64_t size = pick(1, 6) * page;
    const Snapshot before = subject.after(node);
    const uint64_t at = subject.value(ops::__alloc_bootmem_nopanic{size, pick_from<uint64_t>({64, page, 2 * page}), 0});
    subject.cover(20, "found", at != 0);
    if (at)
        subject.call(ops::free_bootmem{at, size});
    subject.same(before, subject.snapshot());
}

PROPERTY(reserving_takes_every_page_that_it_touches, adds(&ops::reserve_bootmem::size, page), any_variant, on_bootmem)
{
    const Node node = draw_node_of(16);
    const Range range = draw_bytes(node), pages{range.start / page * page, align_up(range.end, page)};
    const Snapshot bytes = subject.after(node, ops::reserve_bootmem{range.start, range.size(), false});
    subject.cover(80, "within pages", range.start % page && range.end % page);
    Regions want = subject.after(node).reserved;
    for (uint64_t at = pages.start; at < pages.end; at += page)
        want.push_back({at, page, 0, 0});
    uint64_t taken = 0;
    std::set<uint64_t> wanted;
    for (const Region &region : want)
        for (uint64_t at = region.base; at < region.base + region.size; at += page)
            wanted.insert(at);
    for (const Region &region : bytes.reserved)
        taken += region.size / page;
    subject.same(uint64_t{wanted.size()}, taken, "as many pages as it touches");
}

PROPERTY(freeing_gives_back_whole_pages_alone, adds(&ops::free_bootmem::size, page), any_variant, on_bootmem)
{
    Node node = draw_node_of(16);
    node.calls.push_back(ops::reserve_bootmem{node.span().start, node.pages * page, false});
    const Range range = draw_bytes(node);
    const Range inner{align_up(range.start, page), std::max(align_up(range.start, page), range.end / page * page)};
    const auto taken = [](const Snapshot &snapshot) {
        uint64_t bytes = 0;
        for (const Region &region : snapshot.reserved)
            bytes += region.size;
        return bytes;
    };
    const uint64_t before = taken(subject.after(node));
    const uint64_t after = taken(subject.after(node, ops::free_bootmem{range.start, range.size()}));
    subject.cover(50, "frees something", inner.size() > 0);
    subject.same(before - inner.size(), after, "bytes that are taken");
}

PROPERTY(an_exclusive_reservation_is_made_once, sets(&ops::reserve_bootmem::exclusive, false), any_variant, on_bootmem)
{
    const Node node = draw_node_of(16);
    const Range range = draw_bytes(node);
    const Op op = ops::reserve_bootmem{range.start, range.size(), true};
    const Snapshot before = subject.after(node);
    const bool first = subject.value(op) == 0;
    subject.cover(20, "made", first);
    const Snapshot once = subject.snapshot();
    subject.check(first || before == once, "one that fails changes nothing");
    subject.check(subject.value(op) != 0, "not a second time");
    subject.same(once, subject.snapshot());
}

PROPERTY(every_page_is_taken_or_given, loses<ops::free_all_bootmem>(MBLAB_EFFECT_page_to_buddy), any_variant,
         on_bootmem)
{
    Node node = draw_node_of(16);
    take_some(node);
    subject.after(node, draw_small_requests());
    const Answer end = subject.call(ops::free_all_bootmem{});
    uint64_t taken = 0;
    for (const Region &region : subject.snapshot().reserved)
        taken += region.size / page;
    subject.cover(50, "some are taken", taken > 1);
    subject.same(node.pages, taken + pages_given(end));
    subject.same(end.result.value[0], pages_given(end), "pages are counted");
}

PROPERTY(without_a_map_a_block_takes_its_bytes_alone, adds(&ops::__alloc_bootmem_nopanic::size, 1), any_variant,
         on_nobootmem)
{
    const uint64_t size = pick(1, 3 * page), start = pick(1, 64) * page, memory = pick(8, 64) * page;
    const auto taken = [](const Snapshot &snapshot) {
        uint64_t bytes = 0;
        for (const Region &region : snapshot.reserved)
            bytes += region.size;
        return bytes;
    };
    const uint64_t before = taken(subject.after(ops::memblock_add{start, memory}));
    const uint64_t at = subject.value(ops::__alloc_bootmem_nopanic{size, 64, 0});
    subject.cover(90, "found", at != 0);
    subject.same(before + (at ? size : 0), taken(subject.snapshot()));
}

PROPERTY(a_bump_leaves_gaps_for_alignment_alone, adds(&ops::bump_take::size, 1), any_variant, on_bump)
{
    const uint64_t start = pick(0, 1 << 20);
    subject.after(ops::bump_setup{start, start + (64 << 20)});
    uint64_t end = start;
    for (uint64_t left = pick(1, 20); left > 0; left--) {
        const uint64_t size = pick(1, 3 * page), align = pick_from<uint64_t>({1, 16, page});
        subject.same(align_up(end, align), subject.value(ops::bump_take{size, align}));
        end = align_up(end, align) + size;
    }
    subject.cover(90, "anything", end > start);
    subject.same(((start + (64 << 20)) / page) - align_up(end, page) / page, subject.value(ops::bump_mem_init{}));
}

} // namespace mblab::property
