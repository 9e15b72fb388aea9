// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/diff/dialects.hpp"

#include "apps/diff/change.hpp"
#include "core/oracle/explanation.hpp"
#include "core/run/process.hpp"
#include "core/run/remote.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <set>
#include <sstream>

namespace mblab {
namespace {

using namespace std::chrono_literals;

// A hundred short traces; blocks that count cost ten times.
constexpr IsolationLimits limits_of_witnesses{.processor = 2s, .wall_clock = 20s};

/// Whether the witness shows nothing but what is expected.
bool is_within(const TraitChange &change, EnginePair pair, const std::vector<std::string> &expected)
{
    pair.traits = fmt::format("{}", fmt::join(expected, " "));
    const IsolatedRun run = run_pair(pair, change.witness);
    return !run.died && !run.findings.empty() && std::ranges::all_of(run.findings, [&](const auto &found) {
        const std::string cause = FoundDifference{found.signature, {}, {}}.cause();
        return std::ranges::find(expected, cause) != expected.end();
    });
}

/// The blocks of an engine, a line each: its offset, and whether one of these witnesses runs it. Nothing where the
/// engine does not survive them.
std::string blocks_of_witnesses(const std::string &path, size_t from, size_t to)
{
    const auto run = [&] {
        const std::unique_ptr<Engine> engine = open_engine_file(path);
        const std::map<uint64_t, const uint8_t *> counters = counters_of(*engine);
        Blocks blocks;
        for (size_t i = from; i < to; i++) {
            ask(*engine, i);
            for (const auto &[offset, counter] : counters)
                blocks[offset] |= *counter != 0; // it may be 0 again: it has 8 bits
        }
        std::string lines;
        for (const auto &[offset, is_run] : blocks)
            lines += fmt::format("{} {:d}\n", offset, is_run);
        return lines;
    };
    return run_isolated(run, limits_of_witnesses).answer;
}

} // namespace

std::vector<Introductions> introduce(const std::vector<EnginePair> &pairs)
{
    std::vector<Introductions> asked;
    for (const EnginePair &pair : pairs)
        asked.push_back({introduce(pair.base), introduce(pair.head)});
    return asked;
}

std::vector<TraitChange> compare_dialects(std::vector<EnginePair> &pairs, const std::vector<Introductions> &asked)
{
    std::vector<TraitChange> changes;
    for (size_t at = 0; at < pairs.size(); at++) {
        EnginePair &pair = pairs[at];
        const Answers answers[] = {asked[at][0].answers, asked[at][1].answers};
        pair.traits = differing_traits(answers);
        pair.told.resize(traits().size());
        for (size_t i = 0; i < traits().size(); i++) {
            const Trait &trait = traits()[i];
            const auto is_this = [&](const TraitChange &change) { return change.id == trait.id; };
            pair.told[i] = answers[0][i].has_value() && answers[1][i].has_value();
            if (!pair.told[i] || answers[0][i] == answers[1][i] || std::ranges::any_of(changes, is_this))
                continue;
            const std::string words[] = {answers[0].meaning(i), answers[1].meaning(i)};
            const bool described = !words[0].starts_with('"') && !words[1].starts_with('"');
            changes.push_back({trait.id, trait.statement, words[0], words[1], described, pair.variant,
                               witness_of(trait, asked[at][0].variant)});
        }
    }
    std::ranges::stable_sort(changes, {}, [](const TraitChange &change) {
        const auto is_this = [&](const Trait &trait) { return trait.id == change.id; };
        return std::ranges::find_if(traits(), is_this) - traits().begin();
    });
    return changes;
}

void expect(std::vector<TraitChange> &changes, std::vector<EnginePair> &pairs, const std::vector<std::string> &expected)
{
    std::set<std::string_view> within;
    for (TraitChange &change : changes) {
        change.expected = std::ranges::find(expected, change.id) != expected.end();
        const auto pair = std::ranges::find(pairs, change.variant, &EnginePair::variant);
        if (change.expected || pair == pairs.end() || !is_within(change, *pair, expected))
            continue;
        change.expected = true;
        within.insert(change.id);
    }
    for (EnginePair &pair : pairs) {
        std::string words(messages_field);
        for (const std::string &word : expected)
            words += ' ' + word;
        std::istringstream in(pair.traits);
        for (std::string id; in >> id;)
            words += within.contains(id) ? "" : ' ' + id;
        pair.traits = std::move(words);
    }
}

void add_blocks_of_witnesses(const EnginePair &covered, std::array<Blocks, 2> &blocks)
{
    const size_t count = traits().size();
    for (const auto &[path, into] : {std::pair{&covered.base, &blocks[0]}, std::pair{&covered.head, &blocks[1]}}) {
        std::string lines = blocks_of_witnesses(*path, 0, count);
        const bool died = lines.empty(); // of one, and it may survive the others
        for (size_t i = 0; died && i < count; i++)
            lines += blocks_of_witnesses(*path, i, i + 1);
        std::istringstream in(lines);
        bool is_run = false;
        for (uint64_t offset = 0; in >> offset >> is_run;)
            (*into)[offset] |= is_run;
    }
}

} // namespace mblab
