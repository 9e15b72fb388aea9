// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/diff/compare.hpp"

#include "apps/cli/command.hpp"
#include "apps/diff/boots.hpp"
#include "apps/diff/growth.hpp"
#include "apps/diff/lines.hpp"
#include "apps/diff/progress.hpp"
#include "apps/diff/worlds.hpp"
#include "apps/tree/inventory.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/oracle/explanation.hpp"
#include "core/oracle/traits.hpp"
#include "core/run/process.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <future>
#include <map>
#include <set>

namespace mblab {

std::vector<EnginePair> build_engines(const Side &base, const Side &head, const std::vector<std::string> &variants)
{
    std::vector<EnginePair> pairs;
    for (const std::string &variant : variants) {
        auto other = std::async(std::launch::async, [&] { return build_side(base, "base", variant); });
        std::string built = build_side(head, "head", variant);
        pairs.push_back({variant, other.get(), std::move(built)});
    }
    return pairs;
}

std::vector<Change> changes_of_opening(const std::vector<EnginePair> &pairs, const std::vector<Introductions> &asked)
{
    std::vector<Change> changes;
    for (size_t i = 0; i < pairs.size(); i++)
        for (const auto &[side, name] : {std::pair{&asked[i][0], "BASE"}, std::pair{&asked[i][1], "HEAD"}})
            if (!side->death.empty()) {
                Change &change = changes.emplace_back();
                change.what = fmt::format("{} fails while it is opened: {}", name, side->death);
                change.signature = fmt::format("opening {}", name);
                change.variants = {pairs[i].variant};
                change.trace.variant = pairs[i].variant;
                change.inputs = 1;
            }
    return changes;
}

namespace {

/// Functions that one side has: those that ops call, by the engines, and those that no op speaks of, by the text.
std::vector<FunctionChange> compare_functions(const Side &base, const Side &head, const Introductions &asked)
{
    std::vector<FunctionChange> changes;
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
        if (const bool has = asked[1].answers.functions()[kind]; has != asked[0].answers.functions()[kind])
            changes.push_back({std::string(op_info(kind).name), has, true});
    if (base.is_port() || head.is_port())
        return changes;               // the port has what ops call, and no more
    std::map<std::string, int> names; // 1: only in head, -1: only in base
    for (const auto &[side, step] : {std::pair{&base, -1}, std::pair{&head, 1}})
        for (const std::string &name :
             tree::read_inventory(read_file(side->file(memblock_header)), read_file(side->file(memblock_source)))
                 .without_op)
            names[name] += step;
    for (const auto &[name, where] : names)
        if (where)
            changes.push_back({name, where > 0, false});
    return changes;
}

constexpr unsigned least_for_more = 20; // seconds of a comparison that builds engines for what is left to try

bool mentions_scratch(const Side &side)
{
    return !side.is_port() &&
           read_file(side.file(memblock_header)).find("CONFIG_MEMBLOCK_KHO_SCRATCH") != std::string::npos;
}

/// Variants that are asked, and not searched, for traits that only they can tell. What HIGHMEM or a handover decides is
/// in no block of its own: a changed line names the option.
std::vector<std::string> variants_to_ask(const Side &base, const Side &head, const Comparison &comparison)
{
    const auto is_named = [&](std::string_view option) {
        return std::ranges::any_of(
            comparison.lines, [=](const ChangedLine &line) { return line.text.find(option) != std::string::npos; });
    };
    std::vector<std::string> variants;
    if (mentions_scratch(base) || mentions_scratch(head))
        variants.emplace_back("numa-kho-8");
    for (const auto &[option, variant] :
         {std::pair{"CONFIG_HIGHMEM", "uma-highmem-8"}, std::pair{"CONFIG_KEXEC_HANDOVER", "numa-handover-8"}})
        if (is_named(option))
            variants.emplace_back(variant);
    std::erase_if(variants, [&](const std::string &variant) {
        return std::ranges::find(comparison.variants, variant) != comparison.variants.end();
    });
    return variants;
}

/// Which changed lines ran, in builds where each line is code of its own; reached anywhere is reached. And an example
/// for each that a difference went through.
void note_lines(Comparison &out, const Side &base, const Side &head, const std::vector<EnginePair> &pairs,
                const SearchOptions &search, std::chrono::steady_clock::time_point deadline)
{
    out.lines_known = !base.is_port() && !head.is_port() && can_tell_lines();
    if (!out.lines_known || out.lines.empty())
        return;
    std::vector<EnginePair> watched;
    std::vector<FoundDifference> differences;
    for (const EnginePair &pair : pairs) {
        EnginePair covered{pair.variant, build_covered(base, "base", pair.variant),
                           build_covered(head, "head", pair.variant), pair.traits};
        std::array<Blocks, 2> blocks = run_again(covered, search).blocks;
        add_blocks_of_witnesses(covered, blocks);
        note_reached(out.lines, true, covered.base, blocks[0]);
        note_reached(out.lines, false, covered.head, blocks[1]);
        covered.watched = watched_blocks(out.lines, covered, blocks);
        if (covered.watched.empty())
            continue;
        std::ranges::move(run_again(covered, search).differences, std::back_inserter(differences));
        watched.push_back(std::move(covered));
    }
    add_examples(out.changes, watched, differences, deadline);
}

bool is_in(const std::vector<EnginePair> &pairs, const std::string &variant)
{
    return std::ranges::find(pairs, variant, &EnginePair::variant) != pairs.end();
}

/// Engines for more variants, which know what they mean; those that the comparison lacks are added to it.
std::vector<EnginePair> build_more(const Side &base, const Side &head, const std::vector<std::string> &variants,
                                   Comparison &comparison)
{
    std::vector<EnginePair> pairs = build_engines(base, head, variants);
    std::vector<TraitChange> traits = compare_dialects(pairs, introduce(pairs));
    expect(traits, pairs, comparison.expected);
    for (const EnginePair &pair : pairs)
        if (!is_in(comparison.pairs, pair.variant))
            comparison.pairs.push_back(pair);
    return pairs;
}

/// What was found first stays first.
void add(SearchResult &out, SearchResult &&more)
{
    out.inputs += more.inputs;
    out.ops += more.ops;
    out.processor += more.processor;
    std::ranges::move(more.differences, std::back_inserter(out.differences));
}

/// What boots come to on engines that are built for their variants.
BootsCompared replay_boots(const Side &base, const Side &head, Comparison &comparison)
{
    const std::vector<BootTrace> boots = read_boots(source_folder() + "/corpus");
    std::set<std::string> variants;
    for (const BootTrace &boot : boots)
        variants.insert(boot.trace.variant);
    const std::vector<EnginePair> pairs = build_more(base, head, {variants.begin(), variants.end()}, comparison);
    return compare_boots(boots, pairs, [&](const std::string &cause) { return comparison.counts_cause(cause); });
}

/// What is expected is named as the lab names it: a trait, a field, or a function that one side has.
void check_expected(const std::vector<std::string> &expected, const auto &is_function)
{
    for (const std::string &word : expected)
        if (std::ranges::find(traits(), word, &Trait::id) == traits().end() && !is_expected_field(word) &&
            !is_function(word))
            throw Error(
                fmt::format("--expect {}: no trait (mblab semantics lists them), no function that one side has, "
                            "and none of the fields {}",
                            word, names_of_expected_fields()));
}

/// What can be no name of a function is refused before anything is built; which side has one the engines tell.
void check_names(const std::vector<std::string> &expected, const Side &base, const Side &head)
{
    check_expected(expected, [&](const std::string &word) {
        return find_op(word) || std::ranges::any_of(std::initializer_list{&base, &head}, [&](const Side *side) {
                   if (side->is_port())
                       return false;
                   const auto names = tree::read_inventory(read_file(side->file(memblock_header)),
                                                           read_file(side->file(memblock_source)))
                                          .without_op;
                   return std::ranges::find(names, word) != names.end();
               });
    });
}

} // namespace

Comparison compare(const Side &base, const Side &head, const CompareOptions &options)
{
    check_names(options.expected, base, head);
    ProgressLine progress(options.quiet);
    progress.show(0, "building engines");
    Comparison out;
    out.lines = changed_lines(base, head);
    // Where nobody named one, what the change is compiled in is compared, too.
    out.variants = options.asks_more ? variants_for(out.lines, base, head, options.variants) : options.variants;
    if (!options.asks_more)
        for (const std::string &variant : out.variants)
            note_compiled(out.lines, base, head, variant);
    std::vector<EnginePair> pairs = build_engines(base, head, out.variants);
    out.base = base.title();
    out.head = head.title();
    out.revisions = {base.revision(), head.revision()};
    out.commits = commits_between(base, head);
    out.patch = patch_between(base, head);
    out.elsewhere = changed_elsewhere(base, head);
    out.identical = has_same_files(base, head);
    out.explained_is_good = options.unexplained;
    // More variants are asked, and not searched, for traits that only they can tell.
    if (options.asks_more)
        std::ranges::move(build_engines(base, head, variants_to_ask(base, head, out)), std::back_inserter(pairs));
    const std::vector<Introductions> asked = introduce(pairs);
    out.changes = changes_of_opening(pairs, asked);
    if (!out.changes.empty())
        return out; // there is nothing to compare
    out.traits = compare_dialects(pairs, asked);
    out.functions = compare_functions(base, head, asked.front());
    check_expected(options.expected, [&](const std::string &word) {
        return std::ranges::find(out.functions, word, &FunctionChange::name) != out.functions.end();
    });
    out.expected = options.expected;
    expect(out.traits, pairs, out.expected);
    out.pairs = pairs;
    pairs.resize(out.variants.size());
    if (options.first && std::ranges::any_of(out.traits, [&](const TraitChange &trait) { return out.counts(trait); }))
        return out; // found without a search
    // The time is for all: looking for differences, and making them small.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(options.seconds);
    const TemporaryFolder work;
    const SearchOptions search{std::max(1u, options.seconds - options.seconds / 4),
                               options.jobs,
                               options.first,
                               [&](const std::string &cause) { return out.counts_cause(cause); },
                               options.seed,
                               work.path()};
    SearchResult found;
    progress.show(0, "exploring small worlds");
    const auto time_of_worlds = std::chrono::milliseconds(options.seconds * 1000 / 4);
    out.closed_worlds = try_worlds(pairs, time_of_worlds, options.first, found);
    if (!options.first || found.differences.empty())
        try_traces(pairs, options.first, found);
    if (!options.first || found.differences.empty()) {
        make_seeds(work.path());
        add(found,
            search_differences(pairs, search, [&](unsigned seconds, uint64_t inputs, uint64_t ops, size_t differences) {
                out.seconds = seconds;
                progress.show(seconds, fmt::format("{:4} s  {}, {}, {}", seconds, counted(inputs, "input"),
                                                   counted(ops, "op"), counted(differences, "difference")));
            }));
    }
    // Worlds of variants that nobody named are for what no other way has shown.
    if (options.asks_more && found.differences.empty() && options.seconds >= least_for_more) {
        std::vector<std::string> more = variants_of_worlds();
        std::erase_if(more, [&](const std::string &variant) { return is_in(pairs, variant); });
        out.closed_worlds += try_worlds(build_more(base, head, more, out), time_of_worlds, options.first, found);
    }
    if (!options.first || found.differences.empty())
        out.largest_arrays = compare_large_arrays(pairs.front(), std::chrono::seconds(options.seconds), found);
    if (options.boots) {
        progress.show(out.seconds, "replaying boots");
        BootsCompared boots = replay_boots(base, head, out);
        out.boots = boots.text;
        std::ranges::move(boots.differences, std::back_inserter(found.differences));
    }
    out.inputs = found.inputs;
    out.ops = found.ops;
    if (options.first) { // of those that ended it
        std::erase_if(found.differences,
                      [&](const FoundDifference &difference) { return !out.counts_cause(difference.cause()); });
        found.differences.resize(std::min<size_t>(found.differences.size(), 1));
    }
    out.changes = find_changes(out.pairs, found, deadline, [&](size_t done, size_t groups) {
        progress.show(out.seconds + static_cast<unsigned>(done),
                      fmt::format("minimizing differences: {} of {}", done, groups));
    });
    // A search that stopped at its first difference says nothing of the rest.
    if (!options.first || out.changes.empty())
        note_lines(out, base, head, pairs, search, deadline);
    return out;
}

int status_of(const Comparison &comparison)
{
    if (comparison.fails())
        return status_finding;
    // Where all that differs is expected, the rest is to be known as well as if nothing did.
    const bool asks_for_all = !comparison.differs() || !comparison.expected.empty();
    return asks_for_all && !comparison.gaps().empty() ? status_incomplete : status_good;
}

} // namespace mblab
