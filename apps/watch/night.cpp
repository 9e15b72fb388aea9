// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/watch/night.hpp"

#include "apps/cli/command.hpp"
#include "apps/diff/entries.hpp"
#include "apps/diff/progress.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/run/process.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <utility>

namespace mblab::watch {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// This program with other words.
ProcessResult run_self(std::vector<std::string> words)
{
    words.insert(words.begin(), own_program());
    return run_process(words);
}

/// A trace that is run on both revisions by whoever has the repository.
std::string on_both(const Trace &trace, const Side &base, const Side &head)
{
    Trace with = trace;
    for (const Side *side : {&base, &head})
        with.engines.push_back(fmt::format("git:{}@{}", side->repository, side->commit));
    return print_trace(with);
}

/// What differences have in common: the changed line that they went through, a trait, or a call.
std::string cluster_of(const Entry &entry)
{
    if (!entry.change)
        return entry.key;
    const Change &change = *entry.change;
    return !change.through.empty() ? change.through.front() : !change.trait.empty() ? change.trait : change.op;
}

std::vector<Found> found_in(const Comparison &comparison, const Side &base, const Side &head)
{
    std::vector<Found> found;
    for (const Entry &entry : entries_of(comparison))
        if (entry.counts)
            found.push_back({{entry.key, entry.title, base.commit, {}, {}, {}, cluster_of(entry)},
                             entry.trace ? on_both(*entry.trace, base, head) : ""});
    return found;
}

/// Of a key that several share, the one of each: "KEY #2".
std::string signature_of(const std::string &key)
{
    return key.substr(0, key.find(" #"));
}

const EnginePair *pair_of(const Comparison &comparison, const std::string &variant)
{
    const auto pair = std::ranges::find(comparison.pairs, variant, &EnginePair::variant);
    return pair == comparison.pairs.end() ? nullptr : &*pair;
}

/// A trace that showed a difference between other revisions, or on another night: what it shows between these.
void add_shown(const Comparison &comparison, const std::string &signature, const Trace &trace,
               std::vector<FoundDifference> &shown)
{
    const EnginePair *pair = pair_of(comparison, trace.variant);
    if (!pair || trace.steps.empty())
        return;
    const IsolatedRun run = run_pair(*pair, trace);
    if (!run.findings.empty())
        shown.push_back({run.has(signature) ? signature : run.findings.back().signature, pair->variant, trace, 1});
}

/// The differences that were known, where they still are: a search need not find all of them each night.
std::vector<FoundDifference> shown_of_known(const WatchOptions &options, const Baseline &baseline, const Night &night)
{
    std::vector<FoundDifference> shown;
    for (const Known &known : baseline.known) {
        const std::string path = options.folder + '/' + known.trace;
        if (known.base != night.base.commit || known.trace.empty() || !fs::is_regular_file(path))
            continue;
        std::vector<FoundDifference> one;
        add_shown(*night.comparison, signature_of(known.key), parse_trace(read_file(path), path), one);
        if (!one.empty() && one.front().signature == signature_of(known.key))
            shown.push_back(std::move(one.front()));
    }
    return shown;
}

/// Make what these traces show a part of the comparison. One that it has already is replaced where that is asked for.
void add_changes(Comparison &comparison, std::vector<FoundDifference> shown, bool replaces)
{
    const auto as_they_are = std::chrono::steady_clock::now(); // they are small
    SearchResult found;
    found.differences = std::move(shown);
    for (Change &change : find_changes(comparison.pairs, found, as_they_are, [](size_t, size_t) {})) {
        const auto same = std::ranges::find(comparison.changes, change.signature, &Change::signature);
        if (same == comparison.changes.end()) {
            comparison.changes.push_back(std::move(change));
        } else if (replaces) {
            change.through = same->through;
            change.inputs = same->inputs;
            *same = std::move(change);
        }
    }
}

/// Compare the head with the night before: which of its differences to the base that one has not. What only the night
/// before shows is repaired, and no difference.
void look_at_night_before(const WatchOptions &options, Night &night)
{
    const Comparison since = compare(*night.before, night.head, options);
    const std::vector<Entry> entries = entries_of(since);
    night.parts.push_back({"since the night before", verdict(since, entries)});
    std::vector<FoundDifference> shown;
    for (const Entry &entry : entries)
        if (entry.change)
            add_shown(*night.comparison, entry.change->signature, entry.change->trace, shown);
    add_changes(*night.comparison, std::move(shown), true);
    night.found = found_in(*night.comparison, night.base, night.head);
    const std::vector<Entry> all = entries_of(*night.comparison);
    for (Found &found : night.found) {
        const auto entry = std::ranges::find(all, found.key, &Entry::key);
        const EnginePair *pair = entry->change ? pair_of(since, entry->variant) : nullptr;
        found.is_of_today = pair ? !run_pair(*pair, entry->change->trace).findings.empty()
                                 : std::ranges::find(entries, found.key, &Entry::key) != entries.end();
    }
}

void add_differences(const WatchOptions &options, const Baseline &baseline, Night &night)
{
    night.comparison = compare(night.base, night.head, options);
    add_changes(*night.comparison, shown_of_known(options, baseline, night), false);
    night.found = found_in(*night.comparison, night.base, night.head);
    if (night.before && !night.found.empty() && night.before->folder != night.head.folder)
        look_at_night_before(options, night);
    night.parts.insert(night.parts.begin(), {"diff", verdict(*night.comparison, entries_of(*night.comparison))});
    night.parts.push_back({"boots", night.comparison->boots, !night.comparison->boots.empty()});
}

/// The head does not build, where the error is of it and the base builds: a night like any other, of one finding.
void add_failed_build(const WatchOptions &options, const Baseline &baseline, Night &night, const SideError &error)
{
    std::string said = error.what();
    if (!said.starts_with(night.head.spec + ": "))
        throw error;
    for (const std::string &variant : options.variants)
        build_side(night.base, "base", variant);
    said.erase(0, night.head.spec.size() + 2);
    for (size_t at = 0; (at = said.find(night.head.folder + '/')) != said.npos;)
        said.erase(at, night.head.folder.size() + 1);
    const std::string line = last_line(said); // the compiler's first error, where there is one
    night.builds = false;
    night.before.reset();
    night.comparison.reset();
    night.parts.clear();
    night.found.clear();
    night.parts.push_back({"diff", "the revision does not build: " + line});
    for (const char *part : {"boots", "laws", "suite"})
        night.parts.push_back({part, "the revision does not build", false});
    night.found.push_back({{"build", "does not build: " + line, night.base.commit, {}, {}, {}, "build"}, ""});
    keep_known(baseline, night, "");
}

/// Whether a trace violates the same law on the revision of the night before: another bug may have hidden that.
bool was_there(const Night &night, const std::string &law, const std::string &trace)
{
    const Side &last = night.before ? *night.before : night.base;
    if (last.commit == night.head.commit)
        return false;
    const TemporaryFolder folder;
    const std::string file = folder.path() + "/found.trace";
    write_new_file(file, trace);
    const ProcessResult result =
        run_self({"run", file, "--engine", fmt::format("git:{}@{}", last.repository, last.commit)});
    return result.status == status_finding && result.output.find(fmt::format("# {}: ", law)) != std::string::npos;
}

/// Laws on random traces. What is found is a trace with its law, title and state as comments.
void check_laws(const WatchOptions &options, Night &night)
{
    const std::string head = fmt::format("git:{}@{}", night.head.repository, night.head.commit);
    std::string verdict;
    for (const std::string &variant : options.variants) {
        const ProcessResult result =
            run_self({"random", "--engine", head, "--laws", "--variant", variant, "--seed",
                      std::to_string(options.seed), "--inputs", std::to_string(options.inputs)});
        if (result.status == status_error)
            throw Error(std::string(first_lines(result.errors)));
        if (result.status == status_good)
            continue;
        // "# LAW: CALL(...): ENGINE violates ...", or what the process died of.
        const std::string title(first_lines(result.output.starts_with("# ") ? result.output.substr(2) : result.output));
        const std::string law = title.substr(0, title.find(':'));
        verdict += (verdict.empty() ? "" : "; ") + title;
        Found found{{"law " + law, title, {}, {}, {}, {}, "law " + law}, result.output};
        found.was_there = was_there(night, law, result.output);
        night.found.push_back(std::move(found));
    }
    night.parts.push_back({"laws", verdict.empty()
                                       ? fmt::format("{} on {}: all kept", counted(options.inputs, "random trace"),
                                                     fmt::join(options.variants, " and as many on "))
                                       : verdict});
}

/// mblab suite on a revision; nothing where it has none.
std::optional<ProcessResult> run_suite_of(const Side &side)
{
    const TemporaryFolder tree;
    if (!take_suite(side, tree.path()))
        return std::nullopt;
    return run_self({"suite", tree.path(), "--subject", "tree", "--json"});
}

/// The kernel's own suite, where the revision has it.
void run_suite(const Baseline &baseline, Night &night)
{
    const std::optional<ProcessResult> result = run_suite_of(night.head);
    if (!result) {
        night.parts.push_back({"suite", "the revision has no tools/testing/memblock", false});
        return;
    }
    if (result->status == status_error) {
        const std::string said = last_line(result->errors);
        night.parts.push_back({"suite", said, false});
        keep_known(baseline, night, "suite");
        const std::optional<ProcessResult> of_base = run_suite_of(night.base);
        if (of_base && of_base->status != status_error)
            night.found.push_back(
                {{"suite build", "the kernel's own suite does not build: " + said, {}, {}, {}, {}, "suite"}, ""});
        return;
    }
    const Json facts = Json::parse(result->output);
    night.parts.push_back(
        {"suite", fmt::format("{} of {} checks pass", facts.at("passed").get<int>(), facts.at("planned").get<int>())});
    std::ranges::move(found_in_suite(result->output), std::back_inserter(night.found));
    const Json &build = facts.at("builds").at(0);
    if (build.at("passed").get<size_t>() + build.at("failed").size() < build.at("planned").get<size_t>())
        keep_known(baseline, night, "suite"); // what comes after the stop was not run
}

Night begin(const WatchOptions &options, const Baseline &baseline)
{
    Night night;
    night.head = resolve_side(options.revision);
    if (night.head.commit.empty() || !night.head.patches.empty())
        throw Error(fmt::format("{}: expected git:REPO@REF", options.revision));
    const std::string good = !baseline.good.empty()  ? baseline.good
                             : !options.good.empty() ? options.good
                                                     : night.head.commit;
    night.base = resolve_side(fmt::format("git:{}@{}", night.head.repository, good));
    const auto built = std::ranges::find(baseline.nights.rbegin(), baseline.nights.rend(), true, &NightRecord::builds);
    if (built != baseline.nights.rend() && built->commit != night.base.commit)
        night.before = resolve_side(fmt::format("git:{}@{}", night.head.repository, built->commit));
    night.base_date = commit_date(night.base);
    night.date = options.date.empty() ? commit_date(night.head) : options.date;
    night.files = fs::path(night.head.folder).filename().string() + ' ' + suite_of(night.head);
    return night;
}

/// What was said of the night before is true of the same files.
void repeat(const WatchOptions &options, const Baseline &baseline, Night &night)
{
    night.builds = baseline.nights.back().builds;
    for (const char *part : {"diff", "boots", "laws", "suite"})
        if (options.boots || part != std::string_view("boots"))
            night.parts.push_back({part, "nothing that the lab runs changed since the night before", false});
    for (const Known &known : baseline.known)
        night.found.push_back({known, {}});
}

} // namespace

Night look(const WatchOptions &options, const Baseline &baseline)
{
    Night night = begin(options, baseline);
    if (!baseline.nights.empty() && baseline.nights.back().files == night.files) {
        repeat(options, baseline, night);
    } else {
        try {
            add_differences(options, baseline, night);
        } catch (const SideError &error) {
            add_failed_build(options, baseline, night, error);
        }
        if (night.builds) {
            ProgressLine progress(options.quiet);
            progress.show(0, "checking laws");
            check_laws(options, night);
            progress.show(10, "running the kernel's own suite");
            run_suite(baseline, night);
        }
        hold_against(baseline, night);
    }
    night.accepted = options.accept;
    if (night.accepted && !night.builds)
        throw Error(fmt::format("--accept: {} does not build", options.revision));
    return night;
}

void keep_known(const Baseline &baseline, Night &night, std::string_view beginning)
{
    for (const Known &known : baseline.known)
        if (known.key.starts_with(beginning) && std::ranges::none_of(night.found, [&](const Found &found) {
                return found.base == known.base && found.key == known.key;
            }))
            night.found.push_back({known, {}});
}

std::vector<Found> found_in_suite(std::string_view json)
{
    std::vector<Found> found;
    const auto add = [&](const std::string &key, const std::string &what) {
        found.push_back({{"suite " + key, "the kernel's own suite: " + what, {}, {}, {}, {}, "suite"}, ""});
    };
    const Json facts = Json::parse(json);
    for (const Json &build : facts.at("builds")) {
        for (const Json &name : build.at("failed"))
            add(name, name.get<std::string>() + " fails");
        const auto run = build.at("passed").get<size_t>() + build.at("failed").size();
        const bool is_all = run >= build.at("planned").get<size_t>(); // also where a first run stopped at a failure
        if (!is_all && !build.at("finished").get<bool>())
            add(fmt::format("stops at {}", run + 1),
                fmt::format("it stops at check {}, and the rest is unknown", run + 1));
        else if (!is_all)
            add("incomplete", fmt::format("{} of {} run", run, counted(build.at("planned").get<size_t>(), "check")));
    }
    return found;
}

void hold_against(const Baseline &baseline, Night &night)
{
    for (Found &found : night.found) {
        const Known *known = baseline.find(found);
        found.is_new = found.is_difference() && night.before ? found.is_of_today : !known && !found.was_there;
        const bool is_old = known && !found.is_new;
        found.first_seen = is_old ? known->first_seen : night.date;
        found.commit = is_old ? known->commit : night.head.commit;
    }
    for (const Known &known : baseline.known)
        if ((!known.is_difference() || known.base == night.base.commit) &&
            std::ranges::none_of(night.found, [&](const Found &found) { return found.is_like(known); }))
            night.gone.push_back(known);
    const auto rank = [&](const Found &found) { // the new ones by their clusters
        const auto first = std::ranges::find_if(night.found, [&](const Found &each) {
            return each.is_new && found.is_new && each.cluster == found.cluster;
        });
        return first - night.found.begin();
    };
    std::vector<std::pair<std::ptrdiff_t, size_t>> order;
    for (size_t i = 0; i < night.found.size(); i++)
        order.emplace_back(rank(night.found[i]), i);
    std::ranges::sort(order);
    std::vector<Found> sorted;
    for (const auto &[first, at] : order)
        sorted.push_back(std::move(night.found[at]));
    night.found = std::move(sorted);
}

std::vector<std::vector<const Found *>> clusters_of_new(const Night &night)
{
    std::vector<std::vector<const Found *>> clusters;
    for (const Found &found : night.found) {
        if (!found.is_new)
            continue;
        const auto same = std::ranges::find_if(
            clusters, [&](const auto &cluster) { return cluster.front()->cluster == found.cluster; });
        if (same == clusters.end())
            clusters.push_back({&found});
        else
            same->push_back(&found);
    }
    return clusters;
}

} // namespace mblab::watch
