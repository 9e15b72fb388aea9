// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/run/show.hpp"

#include "apps/view/player.hpp"
#include "core/state/numbers.hpp"
#include "core/state/picture.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mblab {
namespace {

/// A line for each region that only one of two lists has, marked with the sign of that list, in the order of addresses.
std::string region_changes(Regions before, Regions after)
{
    std::string text;
    size_t i = 0, k = 0;
    while (i < before.size() || k < after.size()) {
        if (i < before.size() && k < after.size() && before[i] == after[k]) {
            i++, k++;
        } else if (k == after.size() || (i < before.size() && before[i].base <= after[k].base)) {
            text += fmt::format("    - {}\n", region_text(before[i++]));
        } else {
            text += fmt::format("    + {}\n", region_text(after[k++]));
        }
    }
    return text;
}

/// "max 4 -> 8", with a comma before it where something stands before it.
void note(std::string &text, std::string_view what, const std::string &before, const std::string &after)
{
    if (before != after)
        text += fmt::format("{}{} {} -> {}", text.empty() ? "" : ", ", what, before, after);
}

std::string array_changes(mblab_type type, const ArrayState &before, const ArrayState &after)
{
    std::string numbers;
    note(numbers, "cnt", fmt::to_string(before.set.regions().size()), fmt::to_string(after.set.regions().size()));
    note(numbers, "max", fmt::to_string(before.max), fmt::to_string(after.max));
    note(numbers, "total_size", total_text(before.set.total, after.set.total),
         total_text(after.set.total, before.set.total));
    note(numbers, "at", location(before.storage), location(after.storage));
    const std::string regions = region_changes(before.set.regions(), after.set.regions());
    return numbers.empty() && regions.empty() ? "" : fmt::format("  {} {}\n{}", type_name(type), numbers, regions);
}

std::string state_changes(const State &before, const State &after)
{
    std::string text;
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved, MBLAB_TYPE_physmem})
        text += array_changes(type, before.arrays[type], after.arrays[type]);
    std::string rest;
    note(rest, "current_limit", limit_text(before.current_limit), limit_text(after.current_limit));
    const auto direction = [](const State &state) { return std::string(state.bottom_up ? "bottom-up" : "top-down"); };
    note(rest, "direction", direction(before), direction(after));
    note(rest, "totalram", fmt::to_string(before.totalram), fmt::to_string(after.totalram));
    return rest.empty() ? text : fmt::format("{}  {}\n", text, rest);
}

std::string why_not_made(const view::Player &player, uint16_t kind)
{
    if (player.over())
        return "an earlier call ended the trace";
    return player.rule() ? std::string(player.rule()->reason)
                         : fmt::format("{} has no {}", player.engine().name(), op_info(kind).name);
}

std::string show_call(const Op &op, const view::Player &player, Shown what)
{
    const Outcome &outcome = player.outcome();
    const uint32_t max_nodes = player.engine().variant().max_nodes;
    if (what.states)
        return describe(op.kind, outcome, max_nodes);
    std::string text = describe_result(op.kind, outcome.result, max_nodes) + describe_effects(outcome, max_nodes);
    if (player.corrupted())
        return text + fmt::format("  ends here: {}\n", player.rule()->reason);
    return text + state_changes(player.before(), player.after());
}

} // namespace

std::string show(const Trace &trace, Engine &engine, Shown what)
{
    view::Player player(engine);
    std::string text;
    for (const Step &step : trace.steps) {
        text += print_op(step.op) + '\n';
        if (!player.play(step.op)) {
            text += fmt::format("  not made: {}\n", why_not_made(player, step.op.kind));
            continue;
        }
        text += show_call(step.op, player, what);
        if (what.pictures && !state_changes(player.before(), player.after()).empty())
            text += picture(player.before(), player.after(), player.corrupted());
    }
    return text;
}

} // namespace mblab
