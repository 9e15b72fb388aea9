// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/bootmem.hpp"

#include <algorithm>
#include <bit>

namespace mblab::history {
namespace {

constexpr int64_t error_busy = -16; // -EBUSY
// What one node may span: 1 TiB, or as many pages as a search gives to a call.
constexpr uint64_t span_max = uint64_t{1} << 28;
constexpr uint64_t pages_per_effect = 64;

} // namespace

Bootmem::Bootmem() : Predecessor("bootmem", history_ops().subspan(3))
{
    reset();
}

void Bootmem::forget()
{
    nodes_.clear();
    is_over_ = false;
}

void Bootmem::call(const Op &op)
{
    if (const std::optional<BootmemRequest> request = bootmem_request(op)) {
        result(allocate(*request));
        return;
    }
    switch (op.kind) {
    case MBLAB_OP_init_bootmem_node:
        return init(ops::init_bootmem_node::of(op));
    case MBLAB_OP_bootmem_bootmap_pages:
        return result(pfn_up(map_bytes(ops::bootmem_bootmap_pages::of(op).pages)));
    case MBLAB_OP_reserve_bootmem: {
        const auto range = ops::reserve_bootmem::of(op);
        refuse_if(reaches_top(range.addr, range.size));
        return mark(pages_touched(range.addr, range.size), true, range.exclusive);
    }
    case MBLAB_OP_reserve_bootmem_node: {
        const auto range = ops::reserve_bootmem_node::of(op);
        refuse_if(reaches_top(range.addr, range.size));
        return mark_on(range.nid, pages_touched(range.addr, range.size), true, range.exclusive);
    }
    case MBLAB_OP_free_bootmem: {
        const auto range = ops::free_bootmem::of(op);
        refuse_if(reaches_top(range.addr, range.size));
        return mark(whole_pages(range.addr, range.size), false, false);
    }
    case MBLAB_OP_free_bootmem_node: {
        const auto range = ops::free_bootmem_node::of(op);
        refuse_if(reaches_top(range.addr, range.size));
        return mark_on(range.nid, whole_pages(range.addr, range.size), false, false);
    }
    case MBLAB_OP_free_bootmem_late:
        return free_late(ops::free_bootmem_late::of(op).addr, ops::free_bootmem_late::of(op).size);
    default:
        return result(free_all());
    }
}

// ---- nodes ----

/// The map lies where the caller says, free or not: nothing is asked of anybody. Every page counts as taken at first.
void Bootmem::init(const ops::init_bootmem_node &asked)
{
    const Interval span{asked.startpfn, asked.endpfn};
    const uint64_t room = budget_ ? budget_ * pages_per_effect : span_max;
    refuse_if(is_over_ || asked.nid < 0 || static_cast<uint32_t>(asked.nid) >= variant().max_nodes ||
              find_node(asked.nid));
    refuse_if(span.empty() || span.end > pfn_end || span.size() > room || asked.freepfn >= pfn_end - span.size());
    refuse_if(std::ranges::any_of(nodes_, [&](const Node &other) { return other.map.span().overlaps(span); }));
    const auto above = std::ranges::find_if(nodes_, [&](const Node &other) { return other.first() > span.start; });
    const Node &made = *nodes_.insert(above, {asked.nid, Bitmap(span), asked.freepfn * page});
    result(made.map.bytes());
    change();
}

Bootmem::Node *Bootmem::find_node(int32_t nid)
{
    const auto found = std::ranges::find(nodes_, nid, &Node::nid);
    return found == nodes_.end() ? nullptr : &*found;
}

Bootmem::Node &Bootmem::node(int32_t nid)
{
    Node *found = find_node(nid);
    refuse_if(!found || is_over_);
    return *found;
}

// ---- reserving and freeing ----

/// Pages of one node or of nodes that follow each other without a hole.
void Bootmem::mark(Interval pages, bool taken, bool exclusive)
{
    refuse_if(is_over_);
    uint64_t at = pages.start;
    for (Node &each : nodes_) {
        if (at < each.first() || at >= each.end()) {
            bug_if(at != pages.start);
            continue;
        }
        const Interval part{at, std::min(pages.end, each.end())};
        if (!taken)
            release(each, part);
        else if (!take(each, part, exclusive)) {
            if (pages.start < at)
                mark({pages.start, at}, false, false);
            return result(static_cast<uint64_t>(error_busy));
        }
        at = each.end();
        if (part.end == pages.end)
            return taken ? result(0) : void();
    }
    bug_if(true);
}

void Bootmem::mark_on(int32_t nid, Interval pages, bool taken, bool exclusive)
{
    Node &owner = node(nid);
    bug_if(pages.start < owner.first() || pages.end > owner.end());
    if (!taken)
        return release(owner, pages);
    result(take(owner, pages, exclusive) ? 0 : static_cast<uint64_t>(error_busy));
}

/// False when a page was taken and that matters: then nothing is changed.
bool Bootmem::take(Node &owner, Interval pages, bool exclusive)
{
    if (exclusive && owner.map.next_taken(pages.start, pages.end) < pages.end) {
        owner.hint = std::min(owner.hint, pages.start); // what was taken before it was noticed is freed again
        return false;
    }
    for (uint64_t pfn = pages.start; pfn < pages.end; pfn++)
        owner.map.take(pfn);
    change();
    return true;
}

/// Page by page: those before one that is free already stay freed.
void Bootmem::release(Node &owner, Interval pages)
{
    owner.hint = std::min(owner.hint, pages.start);
    const uint64_t twice = owner.map.next_free(pages.start, pages.end);
    for (uint64_t pfn = pages.start; pfn < twice; pfn++)
        owner.map.release(pfn);
    change();
    bug_if(twice < pages.end);
}

// ---- allocating ----

/// From the node if one is named, then from any; once more without the goal.
uint64_t Bootmem::allocate(BootmemRequest request)
{
    refuse_if(is_over_ || request.align == 0 || reaches_top(0, request.size));
    Node *owner = find_node(request.nid);
    for (;;) {
        BootmemRequest here = request;
        if (request.nid >= 0 && !request.exact_nid && here.limit && here.goal + here.size > here.limit)
            here.limit = 0;
        uint64_t at = owner ? from(*owner, here) : 0;
        if (!at && (request.nid < 0 || !request.exact_nid))
            at = from_any(here);
        if (at)
            return at;
        if (!request.goal || request.keeps_goal)
            break;
        request.goal = 0;
    }
    if (request.panics)
        log_.leave(MBLAB_EFFECT_panic, MBLAB_PANIC);
    return 0;
}

/// Node by node upwards; those that lie below the goal or above the limit as a whole are passed over.
uint64_t Bootmem::from_any(const BootmemRequest &request)
{
    for (Node &each : nodes_) {
        if (request.goal && each.end() <= pfn_down(request.goal))
            continue;
        if (request.limit && each.first() >= pfn_down(request.limit))
            break;
        if (const uint64_t at = from(each, request))
            return at;
    }
    return 0;
}

/// First fit from the goal, or from where the last block ended if that is beyond it; then from the goal after all.
uint64_t Bootmem::from(Node &owner, const BootmemRequest &request)
{
    bug_if(!request.size || !std::has_single_bit(request.align));
    bug_if(request.limit && request.goal + request.size > request.limit);
    const uint64_t goal = pfn_down(request.goal), count = pfn_up(request.size);
    const uint64_t end = request.limit ? std::min(owner.end(), pfn_down(request.limit)) : owner.end();
    const uint64_t step = std::max<uint64_t>(request.align / page, 1);
    if (end <= owner.first())
        return 0;
    const bool is_inside = goal && owner.first() < goal && goal < end;
    // A block at address 0 could not be told from none.
    const uint64_t start = align_up(is_inside ? goal : std::max<uint64_t>(owner.first(), 1), step);
    const auto search = [&](uint64_t from) -> uint64_t {
        while (true) {
            const uint64_t at = align_up(owner.map.next_free(std::min(from, end), end), step);
            if (at >= end || count > end - at)
                return end;
            from = owner.map.next_taken(at, at + count);
            if (from == at + count)
                return at;
        }
    };
    const bool has_hint = owner.hint > start;
    uint64_t at = search(has_hint ? align_up(owner.hint, step) : start);
    if (at == end && has_hint)
        at = search(start);
    return at == end ? 0 : place(owner, at, request);
}

/// Pages were found from pfn on. A block begins in the page before when the last one ended within that.
uint64_t Bootmem::place(Node &owner, uint64_t pfn, const BootmemRequest &request)
{
    const bool shares = owner.last_end % page != 0 && pfn_down(owner.last_end) + 1 == pfn;
    const uint64_t address = shares ? align_up(owner.last_end, request.align) : pfn * page;
    owner.last_end = address + request.size;
    owner.hint = pfn_up(owner.last_end);
    for (uint64_t taken = pfn; taken < owner.hint; taken++)
        owner.map.take(taken);
    change();
    zero(address, request.size);
    return address;
}

/// The new block is cleared, and so is what lies there: a map that nobody reserved forgets what is taken.
void Bootmem::zero(uint64_t address, uint64_t size)
{
    log_.record(MBLAB_EFFECT_zero, address, size);
    const Interval block{address, address + size};
    for (Node &each : nodes_) {
        const Interval map{each.map_address, each.map_address + each.map.bytes()};
        if (map.overlaps(block))
            each.map.overwrite(std::max(map.start, block.start) - map.start, std::min(map.end, block.end) - map.start);
    }
}

// ---- the end ----

void Bootmem::free_late(uint64_t address, uint64_t size)
{
    refuse_if(reaches_top(address, size));
    const Interval pages = whole_pages(address, size);
    refuse_if(budget_ && pages.size() > budget_ * pages_per_effect);
    give_pages(pages.start, 0, pages.size());
}

uint64_t Bootmem::free_all()
{
    refuse_if(is_over_);
    uint64_t given = 0;
    for (Node &each : nodes_)
        given += free_all(each);
    is_over_ = true;
    change();
    return given;
}

/// A word of the map at a time where all its pages are free and the first is aligned to them, else page by page; then
/// the pages that the map itself is in.
uint64_t Bootmem::free_all(Node &owner)
{
    uint64_t given = 0;
    const uint64_t map_pages = pfn_up(owner.map.bytes()), map_at = pfn_down(owner.map_address);
    for (uint64_t at = owner.first(); at < owner.end();) {
        const uint64_t group_end = std::min(align_up(at + 1, bits_per_word), owner.end());
        const bool is_whole = group_end - at == bits_per_word && owner.map.next_taken(at, group_end) == group_end;
        if (is_whole)
            give_pages(at, 6, 1);
        for (uint64_t pfn = owner.map.next_free(at, group_end); !is_whole && pfn < group_end;) {
            const uint64_t end = owner.map.next_taken(pfn, group_end);
            give_pages(pfn, 0, end - pfn);
            given += end - pfn;
            pfn = owner.map.next_free(end, group_end);
        }
        given += is_whole ? bits_per_word : 0;
        at = group_end;
    }
    give_pages(map_at, 0, map_pages);
    for (uint64_t pfn = map_at; pfn < map_at + map_pages; pfn++)
        if (owner.map.span().contains(pfn))
            owner.map.release(pfn);
    return given + map_pages;
}

Layout Bootmem::layout() const
{
    Layout shown;
    for (const Node &each : nodes_) {
        const auto bytes = [&](Interval pages) { return Region{pages.start * page, pages.size() * page, 0, each.nid}; };
        shown.memory.push_back(bytes(each.map.span()));
        each.map.each_taken([&](Interval run) { shown.reserved.push_back(bytes(run)); });
        if (!is_over_)
            shown.maps.push_back({each.map_address, each.map.bytes(), 0, each.nid});
    }
    return shown;
}

} // namespace mblab::history
