// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/history/beside.hpp"

#include "apps/history/report.hpp"
#include "core/base/error.hpp"
#include "core/op/typed.hpp"

#include <fmt/format.h>

namespace mblab::history {

Beside beside(const Boot &boot, const std::vector<std::string> &names)
{
    Beside all{{boot.story, {}}, {}, {}};
    view::Story &story = all.chapter.story;
    story.trace.add(ops::memblock_free_all{});
    story.about += "\n\nThe same boot on several allocators side by side, each in calls of its own. A call is marked "
                   "where an allocator takes or returns other memory than the first one.";
    for (const std::string &name : names) {
        std::unique_ptr<Contender> contender = make_contender(boot, name);
        Figures figures = contender->run();
        figures.allocator = name;
        story.about += "\n\n" + in_words(figures);
        if (figures.impossible.empty()) {
            all.chapter.engines.push_back(&contender->engine());
            all.chapter.own.push_back(contender->made());
            all.contenders.push_back(std::move(contender));
        }
        all.figures.push_back(std::move(figures));
    }
    if (all.chapter.engines.empty())
        throw Error(fmt::format("{}: {}", boot.name, in_words(all.figures.back())));
    return all;
}

} // namespace mblab::history
