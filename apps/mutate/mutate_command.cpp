// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output.hpp"

#include "apps/diff/lines.hpp"
#include "apps/diff/search.hpp"
#include "apps/diff/worlds.hpp"
#include "apps/mutate/by_suite.hpp"
#include "apps/mutate/report.hpp"
#include "apps/mutate/share_out.hpp"
#include "apps/mutate/write_suite.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/run/catalog.hpp"
#include "core/run/patch.hpp"
#include "core/run/process.hpp"
#include "core/search/explore_state.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <sstream>
#include <thread>

namespace mblab::mutate {
namespace {

namespace fs = std::filesystem;

constexpr int status_open = 3;

constexpr Form forms[] = {{"html", "one HTML page"}, {"md", "Markdown", "markdown"}};
constexpr std::string (*writers[])(const Report &report) = {as_html, as_markdown};

struct Options {
    std::string tree, shard, in_diff, results, reasons, write_suite;
    std::vector<std::string> variants = {"numa-4", "uma-4", "numa-keep-8", "numa-kho-8", "numa-handover-8"};
    std::vector<std::string> worlds, functions, ids;
    uint64_t calls = 100000, seed = 1;
    unsigned search = 10, proof = 30, jobs = std::max(1u, std::thread::hardware_concurrency());
    std::string by = "lab";
    std::string suite; // the folder of "suite:FOLDER"; empty for the tree's own
    bool list = false, quiet = false, again = false;
    bool sanitize = false; // main() has started this program again with it (core/run/sanitized.hpp)
};

/// The lines of its source and its header that a patch adds or changes; the tree is what it was put on.
Lines lines_in(const std::string &patch)
{
    constexpr std::string_view known[] = {memblock_source, memblock_header};
    Lines lines;
    for (const FilePatch &file : read_patch(read_file(patch), patch, known)) {
        if (std::ranges::find(known, file.path) == std::end(known))
            continue;
        unsigned number = 0;
        each_line(file.hunks, [&](std::string_view line) {
            if (line.starts_with("@@ ")) {
                std::istringstream in(std::string(line.substr(std::min(line.find('+'), line.size() - 1) + 1)));
                in >> number;
                return;
            }
            if (line.starts_with('+'))
                lines.emplace(file.path, number);
            number += !line.starts_with('-') && !line.starts_with('\\');
        });
    }
    if (lines.empty())
        throw Error(fmt::format("{}: it adds no line to {} or {}", patch, memblock_source, memblock_header));
    return lines;
}

/// The tree, and the lines of it that are to be mutated.
std::pair<Side, Lines> tree_of(const Options &options)
{
    Side tree;
    Lines lines;
    const bool is_range = options.tree.starts_with("git:") && options.tree.find("..") != std::string::npos;
    if (is_range) {
        const auto [base, head] = resolve_sides(options.tree);
        tree = head;
        for (const ChangedLine &line : changed_lines(base, head))
            if (!line.in_base)
                lines.emplace(line.file, line.line);
        if (lines.empty())
            throw Error(fmt::format("{}: no line of {} or {} changed", options.tree, memblock_source, memblock_header));
    } else {
        tree = resolve_side(options.tree);
    }
    if (tree.is_port())
        throw Error("mutate: a kernel tree is mutated, not the port");
    if (!options.in_diff.empty())
        lines = lines_in(options.in_diff);
    return {tree, lines};
}

std::vector<World> worlds_of(const Options &options)
{
    std::vector<World> worlds;
    for (const std::string &name : options.worlds.empty() ? world_names() : options.worlds)
        worlds.push_back(read_world(name));
    return worlds;
}

std::vector<std::string> variants_of(const Options &options, const std::vector<World> &worlds)
{
    std::vector<std::string> variants;
    for (const std::string &variant : options.variants)
        variants.push_back(variant_name(variant));
    for (const World &world : worlds)
        variants.push_back(variant_name(world.variant));
    for (size_t i = 0; i < variants.size(); i++)
        variants.erase(std::remove(variants.begin() + static_cast<ptrdiff_t>(i) + 1, variants.end(), variants[i]),
                       variants.end());
    return variants;
}

void read_traces(JudgeOptions &out)
{
    out.names = kept_traces();
    for (std::string &name : out.names) {
        out.traces.push_back(read_trace(name));
        name = fs::path(name).filename().string();
    }
}

/// The mutants that are to be judged, by number.
std::vector<size_t> chosen(const Options &options, const MutatedTree &tree)
{
    const Shard shard = options.shard.empty() ? Shard{} : parse_shard(options.shard);
    std::vector<size_t> numbers;
    const auto is_in = [](const std::vector<std::string> &list, const std::string &what) {
        return list.empty() || std::ranges::find(list, what) != list.end();
    };
    size_t count = 0;
    for (size_t i = 0; i < tree.mutants().size(); i++) {
        const Mutant &mutant = tree.mutants()[i];
        if (is_in(options.functions, mutant.function) &&
            (is_in(options.ids, mutant.id()) || is_in(options.ids, mutant.title())) &&
            count++ % shard.of + 1 == shard.number)
            numbers.push_back(i + 1);
    }
    if (numbers.empty())
        throw Error("mutate: no mutant matches these lines, functions and ids");
    return numbers;
}

int print_list(const MutatedTree &tree, const std::vector<size_t> &numbers)
{
    for (const size_t number : numbers)
        say("{:<24} {}\n", tree.mutants()[number - 1].id(), tree.mutants()[number - 1].title());
    if (!tree.unread().empty())
        remark("not parsed, and not mutated: {}\n", fmt::join(tree.unread(), ", "));
    return status_good;
}

/// A line now and then on standard error.
std::function<void(size_t)> progress_of(const Options &options, std::string what, size_t count)
{
    return [=, last = std::chrono::steady_clock::now()](size_t done) mutable {
        const auto now = std::chrono::steady_clock::now();
        if (options.quiet || now - last < std::chrono::seconds(10))
            return;
        last = now;
        remark("{}: {} of {}\n", what, done, count);
    };
}

/// What is known of these worlds, as they read now.
std::vector<WorldReach> reach_of(const std::vector<World> &worlds, const Results &results)
{
    std::vector<WorldReach> known;
    for (const WorldReach &reach : results.read().worlds)
        if (std::ranges::any_of(worlds, [&](const World &world) {
                return world.name == reach.world && fingerprint(world.text) == reach.text;
            }))
            known.push_back(reach);
    return known;
}

/// Those that are left to be judged, by number.
std::vector<size_t> left_of(const Options &options, const MutatedTree &tree, const std::vector<size_t> &numbers,
                            const Results &results, const std::map<std::string, Reason> &reasons)
{
    const Results::All known = results.read();
    std::vector<size_t> left;
    for (const size_t number : numbers) {
        const auto is = known.judgements.find(number);
        const bool is_wanted = is == known.judgements.end() || (options.again && !is->second.is_killed() &&
                                                                !reasons.contains(tree.mutants()[number - 1].title()));
        if (is_wanted && !tree.left_out().contains(number - 1))
            left.push_back(number);
    }
    return left;
}

void judge_all(const Options &options, const MutatedTree &tree, const std::vector<size_t> &left,
               const JudgeOptions &judging, const Results &results)
{
    if (left.empty())
        return;
    const auto progress = progress_of(options, "mutants judged", left.size());
    if (options.by.starts_with("suite")) {
        const SuiteJudge judge(tree, options.suite);
        return share_out(left.size(), options.jobs, [&](size_t i) { results.add(judge.judge(left[i])); }, progress);
    }
    const std::vector<WorldReach> known = reach_of(judging.worlds, results);
    std::vector<const World *> worlds;
    for (const World &world : judging.worlds)
        if (options.by == "lab" && std::ranges::find(known, world.name, &WorldReach::world) == known.end())
            worlds.push_back(&world);
    share_out(
        worlds.size(), options.jobs, [&](size_t i) { results.add(Judge(tree, judging).reach_of(*worlds[i])); },
        progress_of(options, "worlds explored", worlds.size()));
    const std::vector<WorldReach> reach = reach_of(judging.worlds, results);
    share_out(
        left.size(), options.jobs,
        [&](size_t i) {
            static Judge judge(tree, judging); // of this process
            results.add(judge.judge(left[i], reach));
        },
        progress);
}

Report report_of(const Options &options, const MutatedTree &tree, const std::vector<size_t> &numbers,
                 const Results::All &results, const std::map<std::string, Reason> &reasons)
{
    Report report;
    report.title = tree.tree().title();
    report.judge = options.by == "suite"    ? "the tree's own tools/testing/memblock"
                   : !options.suite.empty() ? "the tree's tools/testing/memblock with the checks of " + options.suite
                   : options.by == "search" ? fmt::format("{} s of search", options.search)
                                            : fmt::format("closed worlds ({} calls each), kept traces, {} s of search, "
                                                          "{} s for proofs",
                                                          options.calls, options.search, options.proof);
    report.worlds = results.worlds;
    report.unread = tree.unread();
    report.places = static_cast<unsigned>(tree.mutants().size());
    for (const size_t number : numbers) {
        Judged of{&tree.mutants()[number - 1]};
        if (const auto is = results.judgements.find(number); is != results.judgements.end())
            of.judgement = &is->second;
        if (const auto why = reasons.find(of.mutant->title()); why != reasons.end())
            of.reason = &why->second;
        of.is_left_out = tree.left_out().contains(number - 1);
        report.all.push_back(of);
    }
    return report;
}

/// What a result is written to must not exist yet; what it is judged by must.
void check_paths(Options &options)
{
    if (!options.write_suite.empty() && fs::exists(options.write_suite))
        throw Error(fmt::format("{}: exists", options.write_suite));
    if (!options.write_suite.empty() && options.by != "lab")
        throw Error("--write-suite needs --by lab");
    constexpr std::string_view with_folder = "suite:";
    if (options.by.starts_with(with_folder)) {
        options.suite = options.by.substr(with_folder.size());
        if (!fs::exists(options.suite + "/memblock/main.c"))
            throw Error(fmt::format("{}: not a folder that --write-suite wrote", options.suite));
    }
}

int run(Options options)
{
    check_paths(options);
    const auto [side, lines] = tree_of(options);
    const std::map<std::string, Reason> reasons =
        read_reasons(options.reasons.empty() ? source_folder() + "/corpus/equivalent-mutants" : options.reasons);
    JudgeOptions judging;
    judging.worlds = worlds_of(options);
    judging.calls = options.calls;
    judging.search_seconds = options.search;
    judging.proof_seconds = options.proof;
    judging.seed = options.seed;
    judging.only_search = options.by == "search";
    MutatedTree tree(side, variants_of(options, judging.worlds), lines);
    const std::vector<size_t> numbers = chosen(options, tree);
    if (options.list)
        return print_list(tree, numbers);
    read_traces(judging);
    const Results results(options.results,
                          fmt::format("{} {:016x} {}", options.by, tree.hash(), fmt::join(tree.variants(), " ")));
    tree.build();
    const TemporaryFolder seeds;
    if (options.search && !options.by.starts_with("suite"))
        make_seeds(seeds.path());
    judging.seeds = seeds.path() + "/seeds";
    judge_all(options, tree, left_of(options, tree, numbers, results, reasons), judging, results);
    const Results::All all = results.read();
    if (!options.write_suite.empty()) {
        const bool is_whole = options.functions.empty() && options.ids.empty();
        say("{}", write_suite(tree, all,
                              {.folder = options.write_suite,
                               .numbers = numbers,
                               .kept = is_whole ? judging.traces : std::vector<Trace>{},
                               .is_whole = is_whole,
                               .jobs = options.jobs,
                               .progress = progress_of(options, "mutants tried", numbers.size())}));
        return status_good;
    }
    const Report report = report_of(options, tree, numbers, all, reasons);
    for (size_t i = 0; i < std::size(forms); i++)
        if (output().wants(forms[i].ending))
            output().write(forms[i].ending, writers[i](report));
    say("{}", as_text(report));
    output().facts() = nlohmann::ordered_json::parse(as_json(report));
    if (!report.passes())
        return status_finding;
    return report.count([](const Judged &of) { return of.is_open(); }) ? status_open : status_good;
}

} // namespace
} // namespace mblab::mutate

namespace mblab {

void add_mutate(CLI::App &app, int &status)
{
    auto options = std::make_shared<mutate::Options>();
    CLI::App *command = app.add_subcommand(
        "mutate",
        "Change a tree's memblock.c and its header one token at a time, and list which changes the lab detects");
    command
        ->add_option("TREE", options->tree,
                     "A kernel tree, git:REPO@REV, git:REPO@REV+PATCH, or git:REPO@A..B: the lines that changed")
        ->required();
    command->add_flag("--list", options->list, "List the mutants, and judge none");
    command->add_option("--variant", options->variants, "Variants to mutate and search in, besides those of the worlds")
        ->capture_default_str()
        ->delimiter(',');
    command->add_option("--in-diff", options->in_diff, "Only lines that this patch, which is in TREE, adds or changes");
    command->add_option("--function", options->functions, "Only these functions")->delimiter(',');
    command->add_option("--mutant", options->ids,
                        "Only these, by id (LINE:COLUMN:CHANGE) or title, as --list has them");
    command
        ->add_option("--by", options->by,
                     "What has to detect them: lab, search (that of mblab diff alone), suite, the tree's own "
                     "tools/testing/memblock, or suite:FOLDER, that with the checks which --write-suite wrote")
        ->check([](const std::string &by) {
            return by == "lab" || by == "search" || by == "suite" || by.starts_with("suite:")
                       ? ""
                       : "expected lab, search, suite or suite:FOLDER";
        })
        ->capture_default_str();
    command
        ->add_option("--write-suite", options->write_suite,
                     "Write a new folder: tools/testing/memblock with checks that kill what the lab kills, as far "
                     "as its stubs can see it, a patch, and a list of what they kill and what not")
        ->type_name("FOLDER");
    command->add_option("--shard", options->shard, "K/N: one of N shares of the mutants");
    command->add_option("--results", options->results, "File for the results; an existing one is continued");
    command->add_flag("--again", options->again, "Judge again the mutants in the file that survived without a reason");
    command->add_option("--world", options->worlds, "Worlds to judge by, names or files; default: all of corpus/worlds")
        ->delimiter(',');
    command->add_option("--calls", options->calls, "Calls in each world before the search")->capture_default_str();
    command
        ->add_option("--search", options->search, "Seconds to search for each mutant that no world and no trace shows")
        ->capture_default_str();
    command->add_option("--proof", options->proof, "Seconds to close the worlds in which a survivor is reached")
        ->capture_default_str();
    command->add_option("--reasons", options->reasons,
                        "Folder of reasons why mutants survive; default: corpus/equivalent-mutants");
    command->add_option("--seed", options->seed, "Seed of the search")->capture_default_str();
    command->add_flag("--sanitize", options->sanitize,
                      "Build engines with the address and the undefined-behaviour sanitizer: what one side "
                      "reads or writes beside its arrays is a difference");
    command->add_option("--jobs,-j", options->jobs, "Processes at a time; default is the number of processors")
        ->check(CLI::Range(1u, 1024u));
    output().add_to(*command, mutate::forms);
    command->footer("Exit status: 0 no survivor without a reason, 1 a survivor without one or a reason that does not "
                    "hold, 2 bad usage or set-up, 3 not all were judged.\n"
                    "Example: mblab mutate ~/linux --function memblock_add_range --results add.results");
    command->callback([options, &status] {
        options->quiet = output().is_quiet();
        status = mutate::run(*options);
    });
}

} // namespace mblab
