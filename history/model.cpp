// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/model.hpp"

#include "history/pages.hpp"

#include <algorithm>
#include <bit>

namespace mblab::history {
namespace {

constexpr uint64_t round_up(uint64_t value, uint64_t unit)
{
    return value % unit ? value - value % unit + unit : value;
}

/// 64 pages a word of 8 bytes, 512 words a page.
constexpr uint64_t words_of_map(uint64_t pages)
{
    return pages / 64 + (pages % 64 != 0);
}

constexpr uint64_t pages_of_map(uint64_t pages)
{
    return words_of_map(pages) / 512 + (words_of_map(pages) % 512 != 0);
}

} // namespace

PageModel::PageModel() : Predecessor("history-model", history_ops())
{
    reset();
}

bool PageModel::has(uint16_t kind) const
{
    return Predecessor::has(kind) && (beside_.empty() || beside_[kind]);
}

/// The calls of bump and bootmem do not mix.
void PageModel::stand_beside(const Engine &other)
{
    beside_.clear();
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
        beside_.push_back(other.has(kind));
}

void PageModel::forget()
{
    spans_.clear();
    over_ = false;
    bump_first_ = bump_next_ = bump_end_ = 0;
}

void PageModel::call(const Op &op)
{
    if (const auto request = bootmem_request(op))
        return result(block_for(*request));
    switch (op.kind) {
    case MBLAB_OP_bump_setup:
    case MBLAB_OP_bump_take:
    case MBLAB_OP_bump_mem_init:
        return call_bump(op);
    case MBLAB_OP_init_bootmem_node:
        return add_span(ops::init_bootmem_node::of(op));
    case MBLAB_OP_bootmem_bootmap_pages:
        return result(pages_of_map(ops::bootmem_bootmap_pages::of(op).pages));
    case MBLAB_OP_reserve_bootmem:
    case MBLAB_OP_free_bootmem:
        return change_pages(op, op.arg[0], op.arg[1], -1);
    case MBLAB_OP_reserve_bootmem_node:
    case MBLAB_OP_free_bootmem_node:
        return change_pages(op, op.arg[1], op.arg[2], static_cast<int32_t>(op.arg[0]));
    case MBLAB_OP_free_bootmem_late: {
        refuse_if(reaches_top(op.arg[0], op.arg[1]));
        const Page end = (op.arg[0] + op.arg[1]) / page, first = pfn_up(op.arg[0]);
        refuse_if(budget_ && end > first && end - first > budget_ * 64);
        return give_pages(first, 0, end > first ? end - first : 0);
    }
    default:
        return result(give_all());
    }
}

void PageModel::call_bump(const Op &op)
{
    if (is<ops::bump_setup>(op)) {
        refuse_if(bump_end_ || op.arg[0] >= op.arg[1]);
        bump_first_ = bump_next_ = op.arg[0];
        bump_end_ = op.arg[1];
        return change();
    }
    refuse_if(!bump_end_ || over_);
    if (is<ops::bump_mem_init>(op)) {
        const Page first = pfn_up(bump_next_), end = std::max(first, bump_end_ / page);
        over_ = true;
        give_pages(first, 0, end - first);
        return result(end - first);
    }
    const uint64_t size = op.arg[0], align = op.arg[1];
    refuse_if(!size || std::popcount(align) != 1);
    const uint64_t gap = bump_next_ % align ? align - bump_next_ % align : 0, room = bump_end_ - bump_next_;
    refuse_if(gap > room || size > room - gap);
    result(bump_next_ + gap);
    bump_next_ += gap + size;
    change();
}

void PageModel::add_span(const ops::init_bootmem_node &asked)
{
    const uint64_t most = budget_ ? budget_ * 64 : uint64_t{1} << 28;
    const Page first = asked.startpfn, end = asked.endpfn;
    refuse_if(over_ || asked.nid < 0 || asked.nid >= static_cast<int32_t>(variant().max_nodes));
    refuse_if(span_of(asked.nid) != spans_.end());
    refuse_if(first >= end || end > pfn_end || end - first > most || asked.freepfn >= pfn_end - (end - first));
    for (const auto &[other, span] : spans_)
        refuse_if(first < span.end && other < end);
    Span &made = spans_[first];
    made.nid = asked.nid;
    made.end = end;
    made.map = asked.freepfn * page;
    made.map_size = words_of_map(end - first) * 8;
    result(made.map_size);
    change();
}

PageModel::Spans::iterator PageModel::span_of(int32_t nid)
{
    return std::ranges::find_if(spans_, [=](const auto &each) { return each.second.nid == nid; });
}

/// A reservation takes every page that it touches, a free gives whole pages back. Without a node the range must lie in
/// one or in several that touch.
void PageModel::change_pages(const Op &op, uint64_t address, uint64_t size, int32_t nid)
{
    const bool take = is<ops::reserve_bootmem>(op) || is<ops::reserve_bootmem_node>(op);
    const bool on_node = is<ops::reserve_bootmem_node>(op) || is<ops::free_bootmem_node>(op);
    const bool exclusive = take && op.arg[on_node ? 3 : 2];
    refuse_if(reaches_top(address, size) || over_);
    const Page first = take ? address / page : pfn_up(address);
    const Page end = take ? pfn_up(address + size) : (address + size) / page;
    if (on_node) {
        const auto span = span_of(nid);
        refuse_if(span == spans_.end());
        bug_if(first < span->first || end > span->second.end);
        const bool done = change_run(span, first, end, take, exclusive);
        return take ? result(done ? 0 : ~uint64_t{15}) : void();
    }
    auto above = spans_.upper_bound(first);
    bug_if(above == spans_.begin() || std::prev(above)->second.end <= first);
    for (auto span = std::prev(above);; ++span) {
        bug_if(span == spans_.end() || (span->first > first && span->first != std::prev(span)->second.end));
        const Page from = std::max(first, span->first), to = std::min(end, span->second.end);
        if (!change_run(span, from, to, take, exclusive)) {
            while (span-- != std::prev(above))
                change_run(span, std::max(first, span->first), span->second.end, false, false);
            return result(~uint64_t{15}); // -EBUSY
        }
        if (to == end)
            break;
    }
    if (take)
        result(0);
}

/// False where an exclusive reservation meets a page that is taken.
bool PageModel::change_run(Spans::iterator at, Page first, Page end, bool take, bool exclusive)
{
    Span &span = at->second;
    const auto from = span.free.lower_bound(first), to = span.free.lower_bound(std::max(first, end));
    const auto count = static_cast<uint64_t>(std::distance(from, to));
    const bool fails = take && exclusive && count != end - first;
    if (!take || fails)
        span.next = std::min(span.next, first);
    if (fails)
        return false;
    if (take)
        span.free.erase(from, to);
    change();
    for (Page each = first; !take && each < end; each++)
        bug_if(!span.free.insert(each).second); // what was freed before it stays so
    return true;
}

uint64_t PageModel::block_for(BootmemRequest request)
{
    refuse_if(over_ || !request.align || reaches_top(0, request.size));
    const bool may_leave = request.nid < 0 || !request.exact_nid;
    while (true) {
        BootmemRequest now = request;
        if (may_leave && request.nid >= 0 && now.limit && now.goal + now.size > now.limit)
            now.limit = 0;
        uint64_t block = 0;
        if (const auto span = span_of(request.nid); span != spans_.end())
            block = block_in(span, now);
        for (auto span = spans_.begin(); may_leave && !block && span != spans_.end(); ++span) {
            if (now.limit && span->first >= now.limit / page)
                break;
            if (!now.goal || span->second.end > now.goal / page)
                block = block_in(span, now);
        }
        if (block)
            return block;
        if (!request.goal || request.keeps_goal)
            break;
        request.goal = 0;
    }
    if (request.panics)
        log_.leave(MBLAB_EFFECT_panic, MBLAB_PANIC);
    return 0;
}

uint64_t PageModel::block_in(Spans::iterator at, const BootmemRequest &request)
{
    const Span &span = at->second;
    bug_if(!request.size || std::popcount(request.align) != 1);
    bug_if(request.limit && request.goal + request.size > request.limit);
    const Page end = request.limit ? std::min(span.end, request.limit / page) : span.end, goal = request.goal / page;
    if (end <= at->first)
        return 0;
    const uint64_t step = request.align > page ? request.align / page : 1, count = pfn_up(request.size);
    const Page nothing_below = std::max<Page>(at->first, 1); // page 0 would be the NULL pointer
    const Page lowest = round_up(goal > at->first && goal < end ? goal : nothing_below, step);
    auto found = span.next > lowest ? first_fit(at, round_up(span.next, step), end, step, count) : std::nullopt;
    if (!found)
        found = first_fit(at, lowest, end, step, count);
    return found ? cut(at, *found, request) : 0;
}

std::optional<PageModel::Page> PageModel::first_fit(Spans::iterator at, Page from, Page end, uint64_t step,
                                                    uint64_t count) const
{
    const std::set<Page> &free = at->second.free;
    for (Page first = from; first < end && count <= end - first; first += step) {
        Page end_of_run = first;
        for (auto next = free.lower_bound(first);
             next != free.end() && *next == end_of_run && end_of_run < first + count; ++next)
            end_of_run++;
        if (end_of_run == first + count)
            return first;
    }
    return std::nullopt;
}

/// Small blocks share a page: where the last one ended in the page before those found, this one goes on there.
uint64_t PageModel::cut(Spans::iterator at, Page first, const BootmemRequest &request)
{
    Span &span = at->second;
    uint64_t block = first * page;
    if (span.last_byte_end % page && span.last_byte_end / page == first - 1)
        block = round_up(span.last_byte_end, request.align);
    span.last_byte_end = block + request.size;
    span.next = pfn_up(span.last_byte_end);
    for (Page each = first; each < span.next; each++)
        span.free.erase(each);
    change();
    clear(block, request.size);
    return block;
}

/// Byte n of a map is that of its pages from 8 n on; zero means free.
void PageModel::clear(uint64_t address, uint64_t size)
{
    log_.record(MBLAB_EFFECT_zero, address, size);
    for (auto &[first, span] : spans_)
        for (uint64_t byte = std::max(address, span.map); byte < std::min(address + size, span.map + span.map_size);
             byte++)
            for (Page each = first + (byte - span.map) * 8; each < first + (byte - span.map) * 8 + 8; each++)
                if (each < span.end)
                    span.free.insert(each);
}

/// Groups of 64 pages that are free as a whole are blocks, the rest are pages, and the map is the last.
uint64_t PageModel::give_all()
{
    refuse_if(over_);
    uint64_t given = 0;
    for (auto &[first, span] : spans_) {
        std::map<Page, uint64_t> in_group;
        for (const Page each : span.free)
            in_group[each / 64]++;
        for (const Page each : span.free)
            if (in_group[each / 64] < 64)
                give_pages(each, 0, 1);
            else if (each % 64 == 0)
                give_pages(each, 6, 1);
        const Page map = span.map / page, map_pages = round_up(span.map_size, page) / page;
        given += span.free.size() + map_pages;
        give_pages(map, 0, map_pages);
        for (Page each = map; each < map + map_pages; each++)
            if (each >= first && each < span.end)
                span.free.insert(each);
    }
    over_ = true;
    change();
    return given;
}

Layout PageModel::layout() const
{
    Layout shown;
    if (bump_end_)
        shown.memory.push_back({bump_first_, bump_end_ - bump_first_, 0, 0});
    if (bump_next_ > bump_first_)
        shown.reserved.push_back({bump_first_, bump_next_ - bump_first_, 0, 0});
    for (const auto &[first, span] : spans_) {
        shown.memory.push_back({first * page, (span.end - first) * page, 0, span.nid});
        Page taken_from = first;
        const auto end_run = [&](Page end) {
            if (end > taken_from)
                shown.reserved.push_back({taken_from * page, (end - taken_from) * page, 0, span.nid});
        };
        for (const Page each : span.free) {
            end_run(each);
            taken_from = each + 1;
        }
        end_run(span.end);
        if (!over_)
            shown.maps.push_back({span.map, span.map_size, 0, span.nid});
    }
    return shown;
}

} // namespace mblab::history
