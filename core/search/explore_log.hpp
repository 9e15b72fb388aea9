// SPDX-License-Identifier: GPL-2.0-or-later
// The states of an exploration in one file that only grows, in the order in which they were reached: the file is the
// queue, the record of paths, and the checkpoint. In memory are 8 bytes of each, and the end of the file.
#pragma once

#include "core/base/files.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mblab {

/// What was counted until a state was done.
struct ExploreCounts {
    uint64_t distinct = 0;  // states
    uint64_t done = 0;      // states from which all calls were made
    uint64_t generated = 0; // states that calls led to, with the one it begins with
    uint64_t calls = 0;     // made on all engines
    uint64_t refused = 0;   // calls that a rule keeps from being made
    uint64_t ended = 0;     // calls after which nothing can be said, and nothing is gone on from
    uint64_t checked = 0;   // states from which this shard made calls on all engines
    uint64_t cut = 0;       // states beyond the world's total_size, that are not gone on from
    uint64_t not_loadable = 0;
    uint64_t set = 0; // sum of the fingerprints of all states: equal for equal sets

    bool operator==(const ExploreCounts &) const = default;
    std::array<uint64_t *, 10> all()
    {
        return {&distinct, &done, &generated, &calls, &refused, &ended, &checked, &cut, &not_loadable, &set};
    }
};

class ExploreLog {
  public:
    struct Entry {
        uint64_t where = 0;  // in the file
        uint64_t parent = 0; // where that state is; 0 for none
        uint32_t call = 0;   // that led to it
        uint32_t depth = 0;
        std::string state;
    };
    struct Note {
        uint64_t where; // of the state from which the call was made
        uint32_t call;
        std::string text;
    };

    /// A file that goes with the object where there is no path; else one that is gone on with where it exists. Throws
    /// Error where it is of another exploration, as the title says, or another process has it open.
    ExploreLog(const std::string &path, std::string_view title);

    /// A state that was reached from another. False where it is known already.
    bool add(const Entry &entry);
    /// Keep this of a call from a state.
    void note(uint64_t where, uint32_t call, std::string_view text);
    /// The next state to make calls from; nothing when there is none left.
    std::optional<Entry> next();
    /// All calls from that state were made. What was added since the last one counts from now on.
    void done(const ExploreCounts &counts);
    /// Write what is not written yet.
    void flush();

    /// What the file already held when it was opened.
    const ExploreCounts &counts() const { return counts_; }
    const std::vector<Note> &notes() const { return notes_; }
    /// The calls that led to a state, in order.
    std::vector<uint32_t> path_to(uint64_t where) const;
    uint64_t bytes() const { return written_ + tail_.size(); }
    uint32_t depth() const { return depth_; }

  private:
    void resume();
    bool remember(uint64_t print);
    void grow();
    /// The record at that place: its kind and its bytes.
    std::optional<std::pair<char, std::string_view>> record(uint64_t where, uint64_t *after) const;
    std::string_view view(uint64_t where, size_t size) const;
    void append(char kind, std::string_view bytes);
    static Entry entry_of(uint64_t where, std::string_view bytes);

    std::string path_;
    UniqueFd file_;
    uint64_t first_ = 0;   // where the first record is
    uint64_t written_ = 0; // bytes of the file
    std::string tail_;     // what follows them and is not written yet
    uint64_t head_ = 0;    // where the next record to look at is
    uint64_t sum_ = 0;     // of the records since the last state was done
    uint32_t depth_ = 0;
    ExploreCounts counts_;
    std::vector<Note> notes_;
    std::vector<uint64_t> known_; // fingerprints, open addressing; 0 is none
    size_t known_count_ = 0;
    mutable std::string window_; // of the file, where it was last read
    mutable uint64_t window_at_ = 0;
};

} // namespace mblab
