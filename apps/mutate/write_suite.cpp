// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/mutate/write_suite.hpp"

#include "apps/export/right.hpp"
#include "apps/mutate/suite_choice.hpp"
#include "apps/mutate/suite_traces.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/run/catalog.hpp"
#include "core/run/remote.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string_view>

namespace mblab::mutate {
namespace {

constexpr size_t steps_max = 40; // of a trace that is kept for other reasons

constexpr const char *suite_variants[] = {"numa-128", "uma-plain-128"}; // that are compiled as the suite is

/// What would show a difference that no array shows, by a word of it.
constexpr std::pair<std::string_view, std::string_view> stubs[] = {
    {"page_to_buddy", "memblock_free_pages() in mm_init.h"},
    {"managed_pages", "atomic_long_set() in mmzone.c and totalram_pages_add()"},
    {"totalram", "totalram_pages_add()"},
    {"init_reserved_page", "init_deferred_page() in mm_init.h and __SetPageReserved() in internal.h"},
    {"accept_memory", "accept_memory() in mm_init.h"},
    {"kmemleak", "kmemleak_alloc_phys() and kmemleak_free_part_phys() in linux/kmemleak.h"},
    {"print", "printk() in linux/printk.h"},
    {"warn", "WARN_ON() in tools/include/asm/bug.h"},
    {"dump_stack", "dump_stack() in linux/kmemleak.h"},
    {"kmalloc", "slab_is_available() in lib/slab.c"},
    {"kfree", "slab_is_available() in lib/slab.c"},
    {"panic", "panic() in tools/include/linux/panic.h, which ends the program"},
    {"BUG", "BUG() in tools/include/asm/bug.h, which ends the program"},
    {"kho", "none: the suite is built without CONFIG_KEXEC_HANDOVER"},
    {"seq", "none: the suite is built without CONFIG_DEBUG_FS"},
    {"debugfs", "none: the suite is built without CONFIG_DEBUG_FS"},
    {"physmem", "none: the suite is built without CONFIG_HAVE_MEMBLOCK_PHYS_MAP"},
};

std::string_view stub_for(std::string_view how)
{
    for (const auto &[word, stub] : stubs)
        if (how.find(word) != how.npos)
            return stub;
    return {};
}

/// Traces, each once: those that kill, the shortest first, the same where the arrays are fuller, and others.
std::vector<Trace> candidates(const MutatedTree &tree, const Results::All &results, const SuiteWish &wish)
{
    std::vector<Trace> found;
    for (const size_t number : wish.numbers)
        if (const auto is = results.judgements.find(number);
            is != results.judgements.end() && !is->second.trace.empty())
            found.push_back(parse_trace(is->second.trace, "a trace that kills"));
    const auto length = [](const Trace &trace) { return trace.steps.size(); };
    std::ranges::stable_sort(found, {}, length);
    std::ranges::copy_if(wish.kept, std::back_inserter(found),
                         [&](const Trace &trace) { return length(trace) <= steps_max; });
    std::map<std::string, std::unique_ptr<Engine>> engines; // by variant
    for (size_t i = 0, count = found.size(); i < count; i++) {
        if (found[i].variant.empty())
            continue;
        const std::string variant = variant_name(found[i].variant);
        if (std::ranges::find(tree.variants(), variant) == tree.variants().end())
            continue;
        std::unique_ptr<Engine> &engine = engines[variant];
        if (!engine)
            engine = open_engine_file(tree.engines(variant).first);
        std::ranges::move(filled_up(found[i], *engine), std::back_inserter(found));
    }
    if (wish.is_whole)
        std::ranges::move(plain_calls(), std::back_inserter(found));
    std::set<std::string> texts;
    std::erase_if(found, [&](Trace &trace) {
        trace.variant.clear();
        return !texts.insert(print_trace(trace)).second;
    });
    return found;
}

/// Checks that assert what is right, and what is not made into one.
struct Exported {
    std::vector<exporting::SuiteCheck> checks;
    std::map<std::string, std::vector<std::string>> left_out; // calls, by why
};

class Exporter {
  public:
    explicit Exporter(const Side &tree)
    {
        for (const char *variant : suite_variants)
            sides_.push_back({variant, open_engine(tree.folder, variant), open_engine("model", variant)});
    }

    void add(const Trace &trace, Exported &out) const
    {
        std::vector<exporting::Subject> subjects;
        try {
            for (const auto &[variant, engine, model] : sides_) {
                const exporting::Wrong wrong = exporting::what_is_wrong(trace, *engine, *model, variant);
                if (!wrong.is_right())
                    throw Error("not right today: " +
                                (wrong.violation ? wrong.violation->title : wrong.departure->title));
                subjects.push_back({*engine, variant});
            }
            out.checks.push_back(exporting::to_suite_check({trace, "a trace"}, subjects));
        } catch (const Error &error) {
            out.left_out[error.what()].push_back(print_op(trace.steps.back().op));
        }
    }

  private:
    struct Of {
        std::string variant;
        std::unique_ptr<Engine> engine, model;
    };
    std::vector<Of> sides_;
};

std::string list_of(const MutatedTree &tree, const Results::All &results, const SuiteWish &wish, const Kills &kills,
                    const Exported &exported, const std::vector<size_t> &chosen)
{
    std::string text = "Checks, and how many mutants each kills:\n";
    for (const size_t check : chosen)
        text += fmt::format("  {} {}\n", kills.killed[check].size(), kills.checks[check].name);
    const std::set<size_t> killed = kills.all();
    text +=
        "\nMutants that the lab kills and no check does, how it sees them, and the stub that would have to record:\n";
    for (const size_t number : wish.numbers) {
        const auto is = results.judgements.find(number);
        if (is == results.judgements.end() || !is->second.is_killed() || killed.contains(number))
            continue;
        const Mutant &mutant = tree.mutants()[number - 1];
        const std::string_view stub = stub_for(is->second.how);
        text += fmt::format("  {} {}: {}: {}{}\n", mutant.id(), mutant.title(), is->second.how,
                            stub.empty() ? "none: the calls cannot be made in the suite" : stub,
                            kills.reached.contains(number) ? "" : "; no check reaches it");
    }
    text += "\nTraces that are no check, by why, with their last calls:\n";
    for (const auto &[why, calls] : exported.left_out)
        text += fmt::format("  {}: {} ({})\n", calls.size(), why, calls.front());
    for (const std::string &name : kills.failing)
        text += fmt::format("  1: it fails in the tree's own suite, whose stubs do something else ({})\n", name);
    return text;
}

/// Of all mutants, and of those of lines that the suite compiles.
std::string totals(const MutatedTree &tree, const Results::All &results, const SuiteWish &wish,
                   const std::set<size_t> &reached, const std::set<size_t> &killed)
{
    Lines lines;
    for (const char *variant : suite_variants)
        lines.merge(compiled_lines(tree.tree(), variant));
    const auto is_compiled = [&](const Mutant &mutant) {
        return mutant.is_in_macro || lines.contains({file_of(mutant), mutant.line});
    };
    std::string text;
    for (const bool only_compiled : {false, true}) {
        size_t all = 0, by_lab = 0, reach = 0, kill = 0;
        for (const size_t number : wish.numbers) {
            const auto is = results.judgements.find(number);
            if (is == results.judgements.end() || (only_compiled && !is_compiled(tree.mutants()[number - 1])))
                continue;
            all++;
            by_lab += is->second.is_killed();
            reach += reached.contains(number);
            kill += killed.contains(number);
        }
        text += fmt::format("of {} mutants{} the lab kills {}, these checks reach {} and kill {}\n", all,
                            only_compiled ? " in what the suite compiles" : "", by_lab, reach, kill);
    }
    return text;
}

} // namespace

std::string write_suite(const MutatedTree &tree, const Results::All &results, const SuiteWish &wish)
{
    Exported exported;
    const Exporter exporter(tree.tree());
    for (const Trace &trace : candidates(tree, results, wish))
        exporter.add(trace, exported);
    if (exported.checks.empty())
        throw Error("no trace that kills can be written as a check");
    const size_t tried = exported.checks.size();
    const Kills kills = kills_of(tree, std::move(exported.checks), wish.numbers, wish.jobs, wish.progress);
    const std::vector<size_t> chosen = choose(kills, wish.checks_max);
    std::vector<exporting::SuiteCheck> checks;
    std::set<size_t> killed;
    for (const size_t check : chosen) {
        checks.push_back(kills.checks[check].check);
        killed.insert(kills.killed[check].begin(), kills.killed[check].end());
    }
    const std::string suite = wish.folder + "/memblock";
    write_suite_folder(tree.tree(), named(std::move(checks)), suite);
    write_new_file(wish.folder + "/outcomes.patch", suite_patch(tree.tree(), suite));
    write_new_file(wish.folder + "/outcomes.txt", list_of(tree, results, wish, kills, exported, chosen));
    return fmt::format("{} checks, of {} that pass and {} that traces make, written to {}\n", chosen.size(),
                       kills.checks.size(), tried, wish.folder) +
           totals(tree, results, wish, kills.reached, killed);
}

} // namespace mblab::mutate
