// SPDX-License-Identifier: GPL-2.0-or-later
// Runs a trace on engines, op by op, and stops at the first finding.
#pragma once

#include "core/engine/engine.hpp"
#include "core/oracle/explanation.hpp"
#include "core/oracle/laws/laws.hpp"
#include "core/oracle/prediction.hpp"
#include "core/oracle/rules.hpp"
#include "core/state/difference.hpp"
#include "core/trace/trace.hpp"

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mblab {

/// An op whose outcomes differ between engines, that violates a law, or that is not what the trace expects.
struct Finding {
    /// In a signature, before the block that the call ran.
    static constexpr std::string_view through_mark = " through ";

    size_t step = 0;
    /// What kind of finding, the same for every instance of it: "difference", "untold" (engines differ as traits say,
    /// and one does something else besides), "fault", "expectation" or a law's id.
    std::string id;
    /// One line: the op, the engines, what differs.
    std::string title;
    /// The outcomes, whole.
    std::string detail;
    /// Of the kind "difference", and of one that a trait explains: what differs. Of the kind "untold": from what the
    /// model says in the engine's dialect.
    std::optional<Difference> difference{};
    /// The field of the outcome, where a trait explains it; the id is "trait" and the trait's.
    std::string_view explained{};
    /// The watched block that the call ran; empty where it ran none, or nobody watches.
    std::string through{};

    /// One line without the call, which is of this kind: what differs, else the id. max_nodes as describe() has it.
    std::string what(uint16_t kind, uint32_t max_nodes) const;
    /// The id and the op.
    std::string call(const Trace &trace) const;
    /// Equal for two findings that are likely one: the id, the op, and in what kind of thing outcomes differ; where a
    /// trait explains it, whichever the op.
    std::string signature(const Trace &trace) const;
};

/// A block of code of one of the engines, which counts how often it runs: where it is in the engine's file.
struct WatchedBlock {
    size_t engine = 0;
    uint64_t offset = 0;
    std::string name; // a line of the source, without blanks
};

struct ExecutorOptions {
    /// Compare each engine's outcomes with the first one's.
    bool compare = true;
    /// Check the laws on the first engine's outcomes (on all of them when they are not compared).
    bool laws = true;
    /// Let violations pass that are known issues.
    bool known_issues = true;
    /// Compare first results with what the trace expects.
    bool expectations = true;
    /// Differences that it explains end no run while states agree in the form that is shared; run_on() lists them.
    std::shared_ptr<const Explanation> explanation{};
    /// Make only calls that all engines have. Otherwise an engine that lacks a call which may change the state of the
    /// others is left out for the rest of the trace.
    bool shared_calls_only = false;
    /// Effects that the lab gives to one call; 0 for as many as a machine of the trace's memory takes. A search gives
    /// little, so that hostile sizes do not cost it its time.
    uint64_t budget = 0;
    /// run_on() gives what is found once more for each of these that the call ran.
    std::vector<WatchedBlock> watched{};
};

/// Where the counter of each block is, by the block's offset in the file of the engine; empty without counters.
std::map<uint64_t, const uint8_t *> counters_of(const Engine &engine);

/// What a search gives to one call.
inline constexpr uint64_t search_budget = 4096;

/// What was run, over all traces since the executor was made.
struct Statistics {
    uint64_t traces = 0, ops = 0;
    std::array<uint64_t, MBLAB_OP_COUNT> calls{};   // made, by op
    std::array<uint64_t, MBLAB_OP_COUNT> nonzero{}; // of them, those whose first result was not 0
    std::array<uint64_t, MBLAB_OP_COUNT> absent{};  // not made on some engine, which has no such function
    std::array<uint64_t, MBLAB_OP_COUNT> alone{};   // made on one engine only, and compared with nothing
    std::array<uint64_t, 7> exits{};                // by mblab_exit
    std::map<std::string_view, uint64_t> rules{};   // by rule id: refused calls and ended traces
    uint64_t doublings = 0, warnings = 0;
    uint64_t left_out = 0; // engines left out of the rest of a trace, over all traces
};

class Executor {
  public:
    /// The engines must be of one variant: throws Error when they are not. They are not owned.
    Executor(std::vector<Engine *> engines, ExecutorOptions options = {});

    /// Run from the first moment of boot. The trace must be normalized.
    std::optional<Finding> run(const Trace &trace);
    /// The same, but a difference that leaves the engines with equal states does not end the run: all findings, in
    /// order, those that a trait explains among them.
    std::vector<Finding> run_on(const Trace &trace);

    /// Put all engines into this state, which must be none that cannot_load() has something against.
    void load(const State &state);
    /// One call from the state that was loaded last, however many calls were made from it.
    std::optional<Finding> run_from_loaded(const Op &op);
    /// Whether the last call may have led away from that state.
    bool has_moved() const { return left_loaded_; }
    /// The state of the first engine after the last call.
    const State &state() const { return checkers_[checker_of(first_)].state(); }
    /// Whether anything can be said of calls that follow the last one.
    bool can_go_on() const { return !ended_ && !checkers_[checker_of(first_)].is_silent(); }

    /// Why and after which step (from 0) the last trace ended before its last; nothing when it was run to its end.
    struct Ended {
        size_t step;
        const Rule *rule;
    };
    const std::optional<Ended> &ended() const { return ended_; }

    /// The kinds of op that some engine has.
    std::vector<uint16_t> kinds_that_run() const;
    const Statistics &statistics() const { return statistics_; }
    const std::vector<Checker> &checkers() const { return checkers_; }
    /// A number that depends on every outcome of every op so far, and on nothing else.
    uint64_t outcome_hash() const { return hash_; }
    void set_hashing(bool on) { hashing_ = on; }

  private:
    void start();
    void begin();
    bool states_agree() const;
    std::optional<Finding> run_step(const Step &step, size_t index);
    const Rule *ending(const State &before, const Op &op) const;
    bool choose_runners(uint16_t kind);
    void leave_out_who_missed(uint16_t kind);
    void compare_with(size_t engine);
    EffectMask common_effects(size_t a, size_t b) const;
    const Rule *all_corrupted(const Op &op) const;
    bool is_followed(size_t engine) const;
    size_t checker_of(size_t engine) const;
    std::optional<Finding> judge(const Step &step, size_t index);
    std::optional<Finding> compare(const Op &op, size_t index);
    std::optional<Finding> differs(const Op &op, size_t index, size_t engine);
    std::optional<Finding> untold(const Op &op, size_t index, size_t engine);
    Finding finding_of(const Op &op, size_t index, size_t engine, const Difference &found) const;
    void count(const Op &op, const Outcome &outcome);
    void add_watched(std::vector<Finding> &findings, size_t first) const;

    std::vector<Engine *> engines_;
    ExecutorOptions options_;
    std::vector<const Outcome *> outcomes_;
    std::vector<Prediction> predictions_; // of each engine, where an explanation is asked for
    std::vector<Comparer> comparers_;     // of each engine with the first that runs
    std::vector<bool> in_step_;           // engines that have made all calls of the trace so far
    std::vector<size_t> runners_;         // of this step: those of them that have its function
    std::array<bool, MBLAB_OP_COUNT> all_have_{};
    std::vector<Finding> explained_;                                // in this step, and not earlier in the trace
    std::set<std::pair<std::string_view, std::string_view>> known_; // trait and field of those of the trace
    State loaded_;
    bool left_loaded_ = false; // calls have led away from it
    bool diverged_ = false;    // states differ, also in the form that is shared
    std::optional<Ended> ended_;
    size_t first_ = 0;              // the first engine that is in step
    std::vector<Checker> checkers_; // of the engine that others are compared with; of each one when none is
    Statistics statistics_;
    std::vector<const uint8_t *> watched_; // counters of options_.watched
    std::vector<uint8_t> counted_;         // what they were before this step
    uint64_t hash_ = 0xcbf29ce484222325;
    bool hashing_ = false;
};

/// The trace up to and with the step of the finding, with the finding as comments: what mblab run takes verbatim.
std::string reproducer(const Trace &trace, const Finding &finding);

} // namespace mblab
