// SPDX-License-Identifier: GPL-2.0-or-later
// The log's kernel while the log is read: the model with room for every array, given what is believed to have been
// called.
#pragma once

#include "apps/boot/items.hpp"
#include "core/oracle/model/model.hpp"

namespace mblab::boot {

class Simulation {
  public:
    explicit Simulation(const Dialect &dialect = {}) : model_(kernel, dialect) {}

    void reset();
    void run(const Op &op) { model_.run(op); }
    /// As an allocation for the node reserves what it found, or as the log says that it did.
    void take(Interval range, int32_t nid, const std::optional<Attributes> &shown);
    /// As a doubling reserves its new array.
    void take_array(Interval range);
    /// What a call would make of it.
    Simulation after(const Op &op) const
    {
        Simulation then = *this;
        then.run(op);
        return then;
    }
    /// Go on from the arrays of a dump or of a debugfs file.
    void load(const Snapshot &dump);

    /// Where memblock would put an allocation; 0 when it would find nothing. Nothing stays allocated.
    uint64_t place(const Op &allocation) const;

    Regions memory() const { return regions(MBLAB_TYPE_memory); }
    Regions reserved() const { return regions(MBLAB_TYPE_reserved); }
    uint64_t end_of_memory() const { return memory().empty() ? 0 : end_of(memory().back()); }
    /// As memblock counts it, which trimming does not lower.
    uint64_t memory_size() const { return model_.state().type[MBLAB_TYPE_memory].total_size + extra_size_; }
    uint64_t limit() const { return model_.state().current_limit; }
    bool bottom_up() const { return model_.state().bottom_up; }

    bool is_free(Interval range) const { return covers(memory(), range) && !overlaps(reserved(), range); }
    /// The free range that place is in, without what is on the other side of the range but.
    Interval hole_around(uint64_t place, Interval but) const;

  private:
    Regions regions(mblab_type type) const
    {
        const mblab_type_state &array = model_.state().type[type];
        const bool is_empty = array.cnt == 1 && array.regions[0].size == 0; // where a dialect counts that as a region
        return {array.regions, is_empty ? 0 : array.cnt};
    }

    static constexpr Variant kernel{MBLAB_CONFIG_numa | MBLAB_CONFIG_kho, nid_unset, UINT32_MAX, UINT32_MAX};

    mutable Model model_;
    uint64_t extra_size_ = 0; // of memory, in a dump that was loaded
};

} // namespace mblab::boot
