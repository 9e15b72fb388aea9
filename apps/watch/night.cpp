// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/watch/night.hpp"

#include "apps/cli/command.hpp"
#include "apps/diff/entries.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/run/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace mblab::watch {
namespace {

namespace fs = std::filesystem;

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

void add_differences(const WatchOptions &options, Night &night)
{
    night.comparison = compare(night.base, night.head, options);
    night.parts.push_back({"diff", verdict(*night.comparison, entries_of(*night.comparison))});
    night.parts.push_back({"boots", night.comparison->boots, !night.comparison->boots.empty()});
    night.found = found_in(*night.comparison, night.base, night.head);
    if (!night.before || night.found.empty() || night.before->folder == night.head.folder)
        return;
    const Comparison since = compare(*night.before, night.head, options);
    night.parts.push_back({"since the night before", verdict(since, entries_of(since))});
    night.since = found_in(since, *night.before, night.head);
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
        night.found.push_back({{"law " + law, title, {}, {}, {}, {}, "law " + law}, result.output});
    }
    night.parts.push_back({"laws", verdict.empty() ? fmt::format("{} random traces on each of {} variants: all kept",
                                                                 options.inputs, options.variants.size())
                                                   : verdict});
}

/// The kernel's own suite, where the revision has it.
void run_suite(Night &night)
{
    const TemporaryFolder tree;
    if (!take_suite(night.head, tree.path())) {
        night.parts.push_back({"suite", "the revision has no tools/testing/memblock", false});
        return;
    }
    const ProcessResult result = run_self({"suite", tree.path(), "--subject", "tree"});
    const std::string said = last_line(result.status == status_error ? result.errors : result.output);
    night.parts.push_back({"suite", said, result.status != status_error});
    if (result.status == status_finding)
        night.found.push_back({{"suite", "the kernel's own suite: " + said, {}, {}, {}, {}, "suite"}, ""});
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
    if (!baseline.nights.empty() && baseline.nights.back().commit != night.base.commit)
        night.before = resolve_side(fmt::format("git:{}@{}", night.head.repository, baseline.nights.back().commit));
    night.date = options.date.empty() ? commit_date(night.head) : options.date;
    night.files = fs::path(night.head.folder).filename().string() + ' ' + suite_of(night.head);
    return night;
}

} // namespace

Night look(const WatchOptions &options, const Baseline &baseline)
{
    Night night = begin(options, baseline);
    // What was said of the night before is true of the same files.
    if (!baseline.nights.empty() && baseline.nights.back().files == night.files) {
        for (const char *part : {"diff", "boots", "laws", "suite"})
            night.parts.push_back({part, "nothing that the lab runs changed since the night before", false});
        for (const Known &known : baseline.known)
            night.found.push_back({known, {}});
        return night;
    }
    add_differences(options, night);
    check_laws(options, night);
    run_suite(night);
    hold_against(baseline, night);
    return night;
}

void hold_against(const Baseline &baseline, Night &night)
{
    const auto is_like = [](const Known &a, const Known &b) { return a.key == b.key || a.cluster == b.cluster; };
    const auto is_in = [&](const std::vector<Found> &all, const Known &one) {
        return std::ranges::any_of(all, [&](const Found &each) { return is_like(each, one); });
    };
    std::vector<Found> differences = night.found;
    std::erase_if(differences, [](const Found &found) { return found.base.empty(); });
    for (Found &found : night.found) {
        const Known *known = baseline.find(found);
        const bool may_be_new = found.base.empty() || !night.before || !night.since.empty();
        found.is_new = (!known && may_be_new) || (!found.base.empty() && is_in(night.since, found));
        const bool is_old = known && !found.is_new;
        found.first_seen = is_old ? known->first_seen : night.date;
        found.commit = is_old ? known->commit : night.head.commit;
        found.trace = is_old ? known->trace : "";
    }
    for (Found &found : night.since) {
        if (is_in(differences, found))
            continue;
        found.key = "since the night before: " + found.key;
        found.is_new = true;
        found.first_seen = night.date;
        found.commit = night.head.commit;
        night.found.push_back(found);
    }
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
