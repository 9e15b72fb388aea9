// SPDX-License-Identifier: GPL-2.0-or-later
// One night: a revision against the last good one, in every way that the lab has.
#pragma once

#include "apps/diff/compare.hpp"
#include "apps/watch/baseline.hpp"

#include <optional>
#include <string>
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
};

struct Night {
    Side base, head;
    std::optional<Side> before; // the revision of the night before, where that was not good
    std::string date, files;    // as NightRecord has them
    std::vector<Part> parts;
    std::vector<Found> found;             // of the head alone, and in which it differs from the base
    std::vector<Found> since;             // in which it differs from the night before
    std::optional<Comparison> comparison; // nothing where the revision has the files of the night before
};

Night look(const WatchOptions &options, const Baseline &baseline);

/// Say of all that was found whether it is new. What differs from the night before is, though something by the same
/// key was known: it is added where the comparison with the base lacks it. Where nothing does, nothing else is new.
void hold_against(const Baseline &baseline, Night &night);

/// The new ones, a group for each cluster.
std::vector<std::vector<const Found *>> clusters_of_new(const Night &night);

} // namespace mblab::watch
