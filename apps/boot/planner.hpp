// SPDX-License-Identifier: GPL-2.0-or-later
// Finds the silent calls of a log: guesses what the kernel is known to do, walks, and explains each conflict or
// disputes it.
#pragma once

#include "apps/boot/architecture.hpp"
#include "apps/boot/plan.hpp"

namespace mblab::boot {

/// The layout at some line of the log.
struct Arrays {
    RegionSet memory, reserved;
};

class Planner {
  public:
    Planner(const Log &log, const std::vector<Item> &items, const Dialect &dialect);

    /// Decide until nothing conflicts any more.
    Plan run();

    /// What the log cannot prove, by the item that it is about.
    const std::multimap<size_t, std::string> &doubts() const { return doubts_; }
    /// Whether the log shows what was there before its first line.
    bool start_is_known() const { return start_is_known_; }

  private:
    static constexpr size_t none = SIZE_MAX;
    // What a log may cost follows from its length. What it would cost more to explain, of one that no boot has printed,
    // stays unexplained. Real ones cost at most a third.
    static constexpr uint64_t cost_of_any = 100'000, cost_per_item = 500;

    /// walk and walk_on, with what they cost counted.
    std::optional<Conflict> follow(const Plan &plan, size_t stop, Simulation &simulation) const;
    void follow_on(const Plan &plan, size_t stop, Simulation &simulation) const;
    void count_cost(size_t followed, const Simulation &simulation) const;
    /// No attempt is made any more, so that whoever makes many of them comes to an end.
    bool is_spent() const { return cost_ > cost_of_any + cost_per_item * items_.size(); }
    void dispute_all();

    // What is done before the first walk.
    void customary();
    void allow_resize();
    void start();
    void start_from_the_end();
    void make_room_at_start();
    void reserve_new_arrays();
    RegionSet memory_without_dump(std::string &evidence) const;
    Interval handed_out() const;

    // Each explains one conflict: true when the plan has changed for the better.
    bool explain(const Conflict &conflict, const Simulation &simulation);
    bool explain_place(size_t at, const Simulation &simulation);
    bool explain_unanswered(size_t at);
    bool explain_direct(size_t at, const Simulation &simulation);
    bool explain_nodes(size_t at);
    bool reaches(size_t dump);
    bool explain_snapshot(size_t at, const Simulation &simulation);

    // Places.
    bool raise_limit(size_t at, const Simulation &simulation);
    bool try_limit(size_t at, const Simulation &simulation);
    bool try_direction(size_t at, const Simulation &simulation);
    bool adopt_if_supported(Plan plan, size_t at);
    bool block_better_places(size_t at, const Simulation &simulation);
    bool may_be_reserved(uint64_t place, size_t at) const;
    bool free_place(size_t at, const Simulation &simulation);
    size_t last_loss(size_t at) const;

    // Dumps.
    bool try_trim(size_t at, const Simulation &simulation);
    bool try_cap(size_t at);
    bool try_flags(size_t at);
    Plan with_flags(size_t at) const;
    size_t behind_add(Interval range, size_t at) const;
    bool open_nodes(size_t at);
    bool try_untrimmed_start(size_t at, const Simulation &simulation);
    /// Lines that are lost before a snapshot: what they must have done, at the place of the loss.
    bool restore_loss(size_t at);

    /// The arrays as they were before the item from, read back from a whole snapshot.
    Arrays read_back(size_t snapshot, size_t from) const;
    /// Insert calls that turn one array into another; how many.
    size_t insert_difference(size_t at, mblab_type type, Regions have, Regions want, const std::string &evidence,
                             Certainty certainty);
    std::vector<Interval> reserved_between(size_t from, size_t to) const;
    size_t loss_among_adds(size_t dump) const;
    size_t next_dump(size_t from) const;
    size_t last_dump_before(size_t at) const;
    size_t behind_last_dump(size_t at) const;
    size_t first_item_by(std::string_view caller) const;
    /// How many allocations a plan follows without a conflict, from the item on.
    size_t support(const Plan &plan, size_t from) const;
    bool settles(const Plan &plan, size_t at, Part part) const;
    void doubt(size_t item, std::string text) { doubts_.emplace(item, std::move(text)); }
    /// A call has been inserted that was not known when the items from there on were judged.
    void reconsider(size_t from);

    const Log &log_;
    const std::vector<Item> &items_;
    const Dialect &dialect_; // of the log's kernel
    const Architecture &arch_;
    Plan plan_;
    std::multimap<size_t, std::string> doubts_;
    std::set<size_t> restored_; // losses that have been dealt with
    bool start_is_known_ = false;
    mutable uint64_t cost_ = 0; // items followed, each by the number of regions
};

} // namespace mblab::boot
