// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/search/explore.hpp"

#include "core/base/error.hpp"
#include "core/search/explore_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>

namespace mblab {
namespace {

/// What a checkpoint is of: whatever decides its content.
std::string title_of(const World &world, const std::vector<Engine *> &engines, const ExploreOptions &options)
{
    std::string title = fmt::format("{} {:016x} on", world.name, fingerprint(world.text));
    for (const Engine *engine : engines)
        title += fmt::format(" {}", engine->name());
    return title + fmt::format(", {}shard {}/{}", options.explanation ? "by traits, " : "", options.shard.number,
                               options.shard.of);
}

// The kinds of notes: their first word.
constexpr std::string_view finding_note = "finding ", known_note = "known ";

class Explorer {
  public:
    Explorer(const World &world, const std::vector<Engine *> &engines, const ExploreOptions &options)
        : world_(world), options_(options),
          all_(engines, {.laws = options.laws, .explanation = options.explanation, .budget = search_budget}),
          first_({engines.front()}, {.laws = options.laws, .budget = search_budget}),
          log_(options.checkpoint, title_of(world, engines, options)), resumed_(log_.counts()), counts_(log_.counts())
    {
        for (const ExploreLog::Note &note : log_.notes())
            noted_.insert(note.text);
        const std::optional<Finding> finding = all_.run(world.first);
        if (finding)
            throw Error(fmt::format("{}: its initial calls are a finding: {}", world.name, finding->title));
        if (!all_.can_go_on())
            throw Error(fmt::format("{}: its initial calls end the trace", world.name));
        note_known({}, 0, false);
        state_ = all_.state();
        state_.totalram = 0;
        if (const std::string_view why = cannot_load(state_); !why.empty())
            throw Error(fmt::format("{}: its initial state cannot be loaded into an engine: {}", world.name, why));
        if (counts_.distinct)
            return;
        counts_.generated = 1;
        add({}, state_);
        log_.done(counts_);
    }

    Exploration run()
    {
        const auto begin = std::chrono::steady_clock::now();
        const auto is_over = [&] {
            return (options_.first && found_) || (options_.calls_max && counts_.calls >= options_.calls_max) ||
                   (options_.states_max && counts_.distinct >= options_.states_max) ||
                   (options_.seconds_max &&
                    std::chrono::steady_clock::now() - begin >= std::chrono::seconds(options_.seconds_max));
        };
        while (!is_over()) {
            const std::optional<ExploreLog::Entry> from = log_.next();
            if (!from)
                break;
            expand(*from);
            counts_.done++;
            log_.done(counts_);
        }
        log_.flush();
        return result();
    }

    Exploration result()
    {
        Exploration result{counts_, resumed_, log_.depth(), log_.bytes(), {}, {}, all_.statistics()};
        for (const ExploreLog::Note &note : log_.notes()) {
            std::vector<uint32_t> path = log_.path_to(note.where);
            path.push_back(note.call);
            const Trace trace = world_.trace(path);
            if (note.text.starts_with(known_note))
                result.known.push_back({note.text.substr(known_note.size()), trace});
            else
                result.findings.push_back(found_again({note.text.substr(finding_note.size()), trace}));
        }
        return result;
    }

  private:
    bool is_mine(std::string_view state) const
    {
        return fingerprint(state) % options_.shard.of + 1 == options_.shard.number;
    }

    /// Make every call from this state.
    void expand(const ExploreLog::Entry &from)
    {
        const bool is_mine = this->is_mine(from.state);
        Executor &executor = is_mine ? all_ : first_;
        take_state(from.state, state_);
        executor.load(state_);
        counts_.checked += is_mine;
        for (uint32_t call = 0; call < world_.calls.size(); call++)
            if (make(executor, from, call, is_mine) && !world_.is_last(call)) {
                counts_.generated++;
                if (executor.has_moved())
                    reach(executor.state(), from, call);
            }
    }

    /// Make one call; whether it leads to a state that can be gone on from.
    bool make(Executor &executor, const ExploreLog::Entry &from, uint32_t call, bool is_mine)
    {
        const Op &op = world_.calls[call];
        const uint64_t before = executor.statistics().ops;
        const std::optional<Finding> finding = executor.run_from_loaded(op);
        const bool was_made = executor.statistics().ops != before;
        if (is_mine) {
            note_known(from, call);
            counts_.calls += was_made;
            counts_.ended += !executor.can_go_on();
            counts_.refused += !was_made && executor.can_go_on();
            found_ = found_ || finding;
            if (finding)
                note(from, call, finding_note, finding->signature({{}, {{op}}}));
        }
        return !finding && was_made && executor.can_go_on();
    }

    void reach(const State &state, const ExploreLog::Entry &from, uint32_t call)
    {
        next_ = state;
        // Nothing reads how many pages were given away so far; each call is compared by how many it gives.
        next_.totalram = 0;
        if (std::ranges::any_of(next_.arrays,
                                [&](const ArrayState &array) { return array.set.total > world_.total_size_max; })) {
            counts_.cut++;
        } else if (const std::string_view why = cannot_load(next_); !why.empty()) {
            counts_.not_loadable++;
            note(from, call, known_note, fmt::format("not continued: {}", why));
        } else {
            add({0, from.where, call, from.depth + 1, {}}, next_);
        }
    }

    void add(ExploreLog::Entry entry, const State &state)
    {
        put_state(entry.state, state);
        if (!log_.add(entry))
            return;
        counts_.distinct++;
        counts_.set += fingerprint(entry.state);
        State read = state;
        take_state(entry.state, read);
        if (!(read == state))
            throw Error(fmt::format("{}: a state that cannot be stored", world_.name));
    }

    void note(const ExploreLog::Entry &from, uint32_t call, std::string_view kind, std::string_view text)
    {
        std::string all = std::string(kind).append(text);
        if (noted_.insert(all).second)
            log_.note(from.where, call, all);
    }

    /// Known issues and rules that were met for the first time; those of the calls that it begins with need no note.
    void note_known(const ExploreLog::Entry &from, uint32_t call, bool is_new = true)
    {
        const auto note_id = [&](std::string_view id) {
            if (is_new)
                note(from, call, known_note, id);
        };
        const std::span<const uint64_t> known = all_.checkers().front().known();
        for (size_t i = 0; i < known.size(); i++)
            if (known[i] && !known_.contains(i)) {
                known_.insert(i);
                note_id(known_issues()[i].id);
            }
        if (all_.statistics().rules.size() == rules_.size())
            return;
        for (const auto &[id, count] : all_.statistics().rules)
            if (rules_.insert(id).second)
                note_id(id);
    }

    /// The finding once more, from the first moment of boot.
    Met found_again(Met met)
    {
        met.finding = all_.run(met.trace);
        if (!met.finding)
            met.finding = Finding{met.trace.steps.size() - 1,
                                  "load",
                                  "a finding from a loaded state does not occur from the first moment of boot",
                                  {}};
        return met;
    }

    const World &world_;
    const ExploreOptions &options_;
    Executor all_, first_;
    ExploreLog log_;
    ExploreCounts resumed_, counts_;
    State state_, next_;
    bool found_ = false;
    std::set<std::string> noted_;
    std::set<size_t> known_;
    std::set<std::string_view> rules_;
};

/// What one shard met, with what another did.
void keep_shortest(std::vector<Met> &all, std::vector<Met> &more)
{
    for (Met &met : more) {
        const auto same = std::ranges::find(all, met.id, &Met::id);
        if (same == all.end())
            all.push_back(std::move(met));
        else if (met.trace.steps.size() < same->trace.steps.size())
            *same = std::move(met);
    }
}

} // namespace

double Exploration::collision_chance() const
{
    const auto states = static_cast<double>(counts.distinct);
    return -std::expm1(-states * (states - 1) / std::ldexp(1.0, 65));
}

Exploration explore(const World &world, const std::vector<Engine *> &engines, const ExploreOptions &options)
{
    return Explorer(world, engines, options).run();
}

Exploration merge(const World &world, const std::vector<Engine *> &engines, const std::vector<std::string> &checkpoints)
{
    std::optional<Exploration> all;
    for (uint64_t i = 0; i < checkpoints.size(); i++) {
        ExploreOptions options;
        options.checkpoint = checkpoints[i];
        options.shard = {i + 1, checkpoints.size()};
        if (!std::filesystem::exists(options.checkpoint))
            throw Error(fmt::format("{}: no such file", options.checkpoint));
        Exploration one = Explorer(world, engines, options).result();
        if (one.left_on_queue())
            throw Error(fmt::format("{}: {} states are left on its queue", options.checkpoint, one.left_on_queue()));
        if (!all) {
            all = std::move(one);
            continue;
        }
        const ExploreCounts &a = all->counts, &b = one.counts;
        // Where engines differ, only the shard that made the call knows that nothing can follow it.
        const bool is_clean = all->findings.empty() && one.findings.empty();
        if (is_clean &&
            (a.distinct != b.distinct || a.generated != b.generated || a.set != b.set || all->depth != one.depth))
            throw Error(fmt::format("{}: reached other states than {}", options.checkpoint, checkpoints.front()));
        for (const auto sum :
             {&ExploreCounts::calls, &ExploreCounts::refused, &ExploreCounts::ended, &ExploreCounts::checked})
            all->counts.*sum += one.counts.*sum;
        keep_shortest(all->findings, one.findings);
        keep_shortest(all->known, one.known);
    }
    if (!all)
        throw Error("no checkpoint to merge");
    return *all;
}

} // namespace mblab
