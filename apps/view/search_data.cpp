// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/view/scene.hpp"

#include "core/state/flags.hpp"

#include <fmt/format.h>

namespace mblab::view {
namespace {

/// A list is for people: of a longer one the first and the last are shown.
constexpr size_t shown_first = 24, shown_last = 8;

/// Why a free range that was looked at was not taken.
std::string too_little(const Search &search, Interval range)
{
    if (range.end <= search.within.start)
        return "below the lower bound";
    if (range.start >= search.within.end)
        return "above the limit";
    const uint64_t room = std::min(range.end, search.within.end) - std::max(range.start, search.within.start);
    if (room >= search.size)
        return "no aligned place with room";
    return room < range.size() ? "too small between the bounds" : "too small";
}

/// Why memory was no candidate at all.
std::string hidden_by(const Search &search, const Region &memory)
{
    if (search.nid && memory.nid != *search.nid)
        return fmt::format("not on node {}", *search.nid);
    const uint32_t missing = search.flags & ~memory.flags;
    return missing ? "not " + flags_text(missing) : flags_text(memory.flags);
}

/// Ranges in the order of the search, with reasons.
struct Passed {
    Interval range;
    std::string reason;
};

/// Free memory that was not looked at, though the search came past it: node or flags hid it.
void add_hidden(const Search &search, const State &before, std::vector<Passed> &passed)
{
    const auto is_seen = [&](uint64_t at) {
        return std::ranges::any_of(search.seen, [=](Interval seen) { return seen.contains(at); });
    };
    for (const Region &region : before.memory().set.regions())
        before.reserved().set.each_gap(region.base, end_of(region), [&](uint64_t start, uint64_t end, const Region *) {
            const bool is_reached = !search.found || (search.up ? start < search.found : end > search.found);
            const bool may_be = Interval{start, end}.overlaps(search.within) && end - start >= search.size;
            if (is_reached && may_be && !is_seen(start))
                passed.push_back({{start, end}, hidden_by(search, region)});
        });
}

std::vector<Passed> passed_over(const Search &search, const State &before)
{
    std::vector<Passed> passed;
    const Interval taken{search.found, search.found + std::max<uint64_t>(search.size, 1)};
    for (const Interval &range : search.seen)
        if (!range.empty() && !(search.found && range.overlaps(taken)))
            passed.push_back({range, too_little(search, range)});
    add_hidden(search, before, passed);
    std::ranges::stable_sort(passed, [up = search.up](const Passed &a, const Passed &b) {
        return up ? a.range.start < b.range.start : a.range.start > b.range.start;
    });
    return passed;
}

/// How many were left out of a list that is too long.
size_t shorten(std::vector<Passed> &passed)
{
    if (passed.size() <= shown_first + shown_last)
        return 0;
    const size_t left_out = passed.size() - shown_first - shown_last;
    passed.erase(passed.begin() + shown_first, passed.end() - shown_last);
    return left_out;
}

} // namespace

std::string search_text(const Search &search, const State &before)
{
    std::vector<Passed> passed = passed_over(search, before);
    if (passed.empty())
        return "";
    std::string text = fmt::format("  looked {}{}{}:\n", search.up ? "upwards" : "downwards",
                                   search.nid ? fmt::format(" on node {}", *search.nid) : "",
                                   search.flags ? " for " + flags_text(search.flags) : "");
    const size_t left_out = shorten(passed);
    for (size_t i = 0; i < passed.size(); i++) {
        text += fmt::format("    passed over [{:#x}, {:#x}): {}\n", passed[i].range.start, passed[i].range.end,
                            passed[i].reason);
        text += left_out && i + 1 == shown_first ? fmt::format("    ... and {} more\n", left_out) : "";
    }
    return text;
}

Json search_data(const Search &search, const State &before, std::set<uint64_t> &bounds)
{
    std::vector<Passed> passed = passed_over(search, before);
    const size_t left_out = shorten(passed);
    Json list = Json::array();
    for (const Passed &each : passed) {
        bounds.insert({each.range.start, each.range.end});
        list.push_back({hex(each.range.start), hex(each.range.end), each.reason});
    }
    Json data = {{"size", hex(search.size)},
                 {"align", hex(search.align)},
                 {"from", hex(search.within.start)},
                 {"to", hex(search.within.end)},
                 {"up", search.up},
                 {"passed", std::move(list)}};
    if (search.nid)
        data["nid"] = *search.nid;
    if (search.flags)
        data["flags"] = search.flags;
    if (search.found)
        data["found"] = hex(search.found);
    if (left_out)
        data["leftOut"] = Json::array({shown_first, left_out});
    return data;
}

} // namespace mblab::view
