// SPDX-License-Identifier: GPL-2.0-or-later
// What is kept from night to night: the last good revision, what is known, and since when.
#pragma once

#include <string>
#include <vector>

namespace mblab::watch {

/// Something that a night found, by a key that is the same the next night.
struct Known {
    std::string key, title;
    std::string base; // of a difference: the revision that it is a difference to; empty for what is of one revision
    std::string first_seen; // a date
    std::string commit;     // and with which revision
    std::string trace;      // a file, from the folder of the baseline; empty where there is none
    std::string cluster;    // what it has in common with others: a changed line, a trait or a call

    bool is_difference() const { return !base.empty(); }
    /// Whether both have one key, or are differences that have the same in common with others.
    bool is_like(const Known &other) const
    {
        return base == other.base && (key == other.key || (is_difference() && cluster == other.cluster));
    }
};

struct NightRecord {
    std::string date{}, commit{}, subject{}, base{}; // the commits whole
    std::string files{};                             // stands for what of the revision the lab runs
    std::string report{};                            // its folder, from that of the baseline
    std::string verdict{};                           // one line
    std::vector<std::string> fresh{};                // titles of what is new, one for each cluster
    size_t new_findings = 0, known_findings = 0;
    std::vector<std::string> gone{}; // titles of what was known until then
    bool builds = true;              // whether the revision does
};

struct Baseline {
    std::string good; // a commit; empty before the first night
    std::string good_date, good_subject;
    std::vector<Known> known;
    std::vector<NightRecord> nights; // the oldest first

    /// What is known by the same key, or has the same in common with others; in a difference to the same revision.
    const Known *find(const Known &found) const;
};

/// Of a file that is not there yet: an empty one. Throws Error where it is none of ours.
Baseline read_baseline(const std::string &path);
std::string print_baseline(const Baseline &baseline);

/// Write a file in one step, over what is there. Throws Error.
void replace_file(const std::string &path, std::string_view content);

} // namespace mblab::watch
