// SPDX-License-Identifier: GPL-2.0-or-later
// One night: a revision against the last good one, in every way that the lab has.
#pragma once

#include "apps/diff/compare.hpp"
#include "apps/watch/baseline.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mblab::watch {

struct WatchOptions : CompareOptions {
    std::string revision;    // git:REPO@REF
    std::string folder;      // of the baseline and the reports
    std::string good;        // the revision to begin with, where there is no baseline yet
    std::string date;        // empty for the commit's own
    uint64_t inputs = 20000; // random traces that laws are checked on, in each variant
    bool accept = false;     // take the revision as the last good one, whatever it differs in
};

/// What one of the four parts of a night came to.
struct Part {
    std::string name;    // diff, laws, suite, boots
    std::string verdict; // one line
    bool ran = true;
};

/// Something found, before it is known whether it is new.
struct Found : Known {
    std::string text; // its trace in the text form; empty where it has none
    bool is_new = false;
    bool is_of_today = false; // of a difference: the night before differs from the head in it, too
    bool was_there = false;   // of the head alone: its trace shows the same the night before
};

struct Night {
    Side base, head;
    std::optional<Side> before; // the revision of the last night that built, where it is not the base
    std::string date, files;    // as NightRecord has them
    std::string base_date;
    std::vector<Part> parts;
    std::vector<Found> found;             // of the head alone, and in which it differs from the base
    std::vector<Known> gone;              // what was known until this night
    std::optional<Comparison> comparison; // nothing where the revision has the files of the night before
    bool builds = true;                   // whether the head does
    bool accepted = false;                // as the last good revision, whatever it differs in
};

/// Throws Error, also where the base does not build.
Night look(const WatchOptions &options, const Baseline &baseline);

/// Say of all that was found whether it is new, which comes first then, and of what was known whether it is gone. A
/// difference to the last good revision is new where the night before shows it not.
void hold_against(const Baseline &baseline, Night &night);

/// What of the known has not been looked for stays known: that whose key begins so.
void keep_known(const Baseline &baseline, Night &night, std::string_view beginning);

/// What the suite came to, by the JSON of mblab suite: an item for each check that fails, and one where it stops.
std::vector<Found> found_in_suite(std::string_view json);

/// The new ones, a group for each cluster.
std::vector<std::vector<const Found *>> clusters_of_new(const Night &night);

} // namespace mblab::watch
