// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/export/deed.hpp"

#include "apps/export/c_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace mblab::exporting {
namespace {

/// A verb for names, and what is so of an array afterwards.
struct Change {
    std::string_view verb, sentence;
};

/// How an array differs, the first row that says it; nothing where it is the same.
Change change_of(const ArrayState &before, const ArrayState &after)
{
    const auto was = static_cast<int64_t>(before.set.count()), is = static_cast<int64_t>(after.set.count());
    const uint64_t had = before.set.total, has = after.set.total;
    if (after.max != before.max)
        return {"doubles", "{} to be moved into an array of twice the size"};
    if (has > had)
        return is > was + 1    ? Change{"fills_gaps_of", "all gaps of {} in the range to be filled"}
               : is == was + 1 ? Change{"adds_to", "{} to have one more region"}
               : is == was     ? Change{"extends", "a region of {} to grow"}
                               : Change{"joins", "regions of {} to become one"};
    if (has < had)
        return is > was    ? Change{"splits", "a region of {} to be split in two"}
               : is == was ? Change{"trims", "a region of {} to shrink"}
                           : Change{"takes_from", "{} to have fewer regions"};
    if (is != was)
        return is > was ? Change{"isolates_in", "a range of {} to become a region of its own"}
                        : Change{"merges", "neighbours in {} to become one region"};
    const auto flags = [](const Region &a, const Region &b) { return a.flags == b.flags; };
    const auto nodes = [](const Region &a, const Region &b) { return a.nid == b.nid; };
    const auto bases = [](const Region &a, const Region &b) { return a.base == b.base && a.size == b.size; };
    if (!std::ranges::equal(before.set.regions(), after.set.regions(), bases))
        return {"moves_bounds_of", "bounds of {} to move"};
    if (!std::ranges::equal(before.set.regions(), after.set.regions(), flags))
        return {"changes_flags_of", "flags of {} to change"};
    if (!std::ranges::equal(before.set.regions(), after.set.regions(), nodes))
        return {"changes_node_of", "the node of a region of {} to change"};
    return {};
}

/// What came back: a word for names where it is more than success, and how it reads.
Deed result_of(const Play &play)
{
    const std::vector<CResult> results = results_of(play.last());
    if (results.empty())
        return {"", "to return"};
    const CResult &first = results.front();
    const Family family = op_info(play.last().op.kind).family;
    const std::string to_return = "to return " + CForm{"(void *)"}.result(first.kind, first.value, family);
    switch (first.kind) {
    case ParameterKind::error:
        return first.value == 0 ? Deed{"", "to return 0"} : Deed{"fails", to_return};
    case ParameterKind::boolean:
        return {first.value ? "true" : "false", to_return};
    case ParameterKind::addr:
    case ParameterKind::virt:
        if (family == Family::alloc)
            return first.value ? Deed{play.after.bottom_up ? "bottom_up" : "", "to return the address that is asserted"}
                               : Deed{"finds_no_room", "to find no room"};
        [[fallthrough]];
    case ParameterKind::cookie:
    case ParameterKind::index:
        if (family == Family::iterate)
            return first.value == ~uint64_t{0} ? Deed{"ends", "to say that there are no more ranges"}
                                               : Deed{"steps", "to give the range that is asserted"};
        [[fallthrough]];
    default:
        return {"", "to return what is asserted"};
    }
}

} // namespace

Deed deed_of(const Play &play)
{
    Deed deed = result_of(play);
    const auto append = [&](const std::string &words) { deed.name += (deed.name.empty() ? "" : "_") + words; };
    std::string_view last;
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved}) {
        const Change change = play.corrupted ? Change{} : change_of(play.before.arrays[type], play.after.arrays[type]);
        if (change.verb.empty())
            continue;
        const std::string name = print_value(ParameterKind::type, type);
        append(change.verb == last ? "and_" + name : fmt::format("{}_{}", change.verb, name));
        deed.expected += (last.empty() ? ", and " : ", ") + fmt::format(fmt::runtime(change.sentence), name);
        last = change.verb;
    }
    const bool is_changed = !last.empty();
    const Family family = op_info(play.last().op.kind).family;
    const bool may_change = family != Family::query && family != Family::iterate && family != Family::region;
    if (!is_changed && may_change)
        deed.expected += ", and nothing to change";
    if (deed.name.empty())
        deed.name = may_change ? "changes_nothing" : "result";
    return deed;
}

} // namespace mblab::exporting
