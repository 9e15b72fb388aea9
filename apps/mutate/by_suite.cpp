// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/mutate/by_suite.hpp"

#include "apps/mutate/suite_folder.hpp"
#include "core/base/error.hpp"

#include <fmt/format.h>

namespace mblab::mutate {
namespace {

constexpr unsigned seconds = 10; // of processor time for one run, which takes less than one

} // namespace

SuiteJudge::SuiteJudge(const MutatedTree &tree, const std::string &extended) : mutants_(tree.mutants().size())
{
    std::string folder = tree.changed().folder;
    if (!extended.empty()) {
        folder = folder_.file("tree");
        link_tree_with_suite(tree.changed(), extended + "/memblock", folder);
    }
    const Switch none(mutants_);
    for (const char *variant : {"numa", "uma"}) {
        const std::string program = folder_.file(variant);
        build_suite(folder, "tree", variant, program);
        for (const bool movable_node : {false, true}) {
            const SuiteConfig config{variant, movable_node};
            none.choose(0);
            const Checks checks = run_suite(program, config, seconds);
            if (!checks.finished || checks.passed == 0)
                throw Error(fmt::format("the tree's own suite does not pass ({}): {}", variant, checks.end));
            runs_.push_back({config, program, checks.passed, none.reached()});
        }
    }
}

Judgement SuiteJudge::judge(size_t number) const
{
    const Switch chosen(mutants_); // of this process: others judge beside it
    chosen.choose(number);
    Judgement out;
    out.number = number;
    for (const Run &run : runs_) {
        if (!run.reached.contains(number))
            continue;
        const Checks checks = run_suite(run.program, run.config, seconds);
        out.processor += checks.processor;
        if (checks.finished && checks.passed == run.passed)
            continue;
        out.by = fmt::format("suite {}{}", run.config.variant, run.config.movable_node ? " -m" : "");
        out.how = checks.end.empty() ? fmt::format("{} of {} checks pass", checks.passed, run.passed)
                                     : fmt::format("{} after {} checks", checks.end, checks.passed);
        break;
    }
    out.is_reached = chosen.reached().contains(number);
    return out;
}

} // namespace mblab::mutate
