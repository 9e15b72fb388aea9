// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/tour/chapters.hpp"

#include "apps/view/player.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/state/picture.hpp"

#include <fmt/format.h>

#include <sstream>

namespace mblab::tour {
namespace {

constexpr size_t width = 78;

/// Paragraphs in lines of that width, after an indent.
std::string set(const std::string &prose, const std::string &indent)
{
    std::string text;
    each_line(prose, [&](std::string_view paragraph) {
        std::istringstream stream{std::string(paragraph)};
        std::vector<std::string> words;
        for (std::string word; stream >> word;)
            words.push_back(word);
        text += words.empty() ? "\n" : wrapped(words, " ", indent, width);
    });
    return text;
}

std::string result_of(const Op &op, const view::Player &player)
{
    const Outcome &outcome = player.outcome();
    if (outcome.result.exit != MBLAB_RETURNED)
        return fmt::format(" ends in {}", exit_name(outcome.result.exit));
    const OpInfo &info = op_info(op.kind);
    std::string text;
    for (uint32_t i = 0; i < outcome.result.count && i < info.result_count; i++)
        text += (i ? ", " : " = ") + print_value(info.results[i].kind, outcome.result.value[i]);
    return text;
}

/// Both lists after the call, with the arrays that are no longer static.
std::string picture_after(const view::Player &player)
{
    const State &before = player.before(), &after = player.after();
    std::vector<Bar> bars = {{"memory", after.memory().set}, {"reserved", after.reserved().set}};
    const Region storage[] = {storage_of(after, MBLAB_TYPE_memory), storage_of(after, MBLAB_TYPE_reserved)};
    if (storage[0].size)
        bars.push_back({"array of memory", {&storage[0], 1}});
    if (storage[1].size)
        bars.push_back({"array of reserved", {&storage[1], 1}});
    const Interval focus =
        hull(changed(before.memory().set, after.memory().set), changed(before.reserved().set, after.reserved().set));
    return picture(bars, {focus, after.no_node()});
}

bool changed_regions(const view::Player &player)
{
    return !(player.before().memory().set == player.after().memory().set &&
             player.before().reserved().set == player.after().reserved().set);
}

/// What the call did besides: searches that went past something, doublings, warnings.
std::string asides(const view::Player &player)
{
    std::string text;
    for (const Doubling &doubling : player.doublings())
        if (doubling.type >= 0)
            text += fmt::format("  the array of {} doubled, and lies at {:#x} now\n",
                                type_name(static_cast<mblab_type>(doubling.type)), doubling.target);
    for (const Search &search : player.searches())
        text += view::search_text(search, player.before());
    for (const Effect &effect : player.outcome().effect_list())
        if (effect.kind == MBLAB_EFFECT_warn || effect.kind == MBLAB_EFFECT_page_to_buddy)
            text += fmt::format("  {}\n", describe(effect, player.outcome().text_of(effect)));
    return text;
}

} // namespace

std::string in_text(const Chapter &chapter, Engine &engine)
{
    const view::Story &story = chapter.story;
    std::string text =
        fmt::format("{}\n{}\n\n{}", story.title, std::string(story.title.size(), '='), set(story.about, ""));
    view::Player player(engine);
    for (size_t i = 0; i < story.trace.steps.size(); i++) {
        const Op &op = story.trace.steps[i].op;
        const bool made = player.play(op);
        text += fmt::format("\n{}", set(story.remarks[i], ""));
        if (!made) {
            text += fmt::format("{}: {}: not made\n", i + 1, print_op(op));
            continue;
        }
        text += fmt::format("{}: {}{}\n", i + 1, print_op(op), result_of(op, player)) + asides(player);
        if (changed_regions(player))
            text += picture_after(player);
    }
    return text + set(story.remarks.back(), "");
}

} // namespace mblab::tour
