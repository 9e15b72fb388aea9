// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/diff/chapter.hpp"

#include "core/base/error.hpp"
#include "core/run/catalog.hpp"
#include "core/run/process.hpp"

#include <memory>
#include <vector>

namespace mblab {
namespace {

using namespace std::chrono_literals;

constexpr IsolationLimits limits{.processor = 10s, .wall_clock = 60s};

/// Empty where an engine does not survive it, or cannot be opened.
std::string tell_in_child(const std::vector<std::string> &engines, const view::Story &story, const std::string &group)
{
    const auto tell = [&]() -> std::string {
        try {
            std::vector<std::unique_ptr<Engine>> open;
            view::Chapter chapter{story, {}, {}, group};
            for (const std::string &name : engines)
                chapter.engines.push_back(open.emplace_back(open_engine(name, story.variant)).get());
            view::Counts counts;
            return view::tell(chapter, counts);
        } catch (const Error &) {
            return "";
        }
    };
    return run_isolated(tell, limits).answer;
}

} // namespace

std::string tell_apart(const EnginePair &pair, view::Story story, const std::string &group)
{
    story.variant = pair.variant;
    std::string told = tell_in_child({pair.base, pair.head}, story, group);
    for (const std::string &alone : {pair.base, pair.head, std::string("model")}) {
        if (!told.empty())
            break;
        view::Story told_alone = story;
        told_alone.about += alone == "model"     ? "\n\nBoth sides fail here: the model is shown."
                            : alone == pair.base ? "\n\nHEAD fails here: only BASE is shown."
                                                 : "\n\nBASE fails here: only HEAD is shown.";
        told = tell_in_child({alone}, told_alone, group);
    }
    return told;
}

} // namespace mblab
