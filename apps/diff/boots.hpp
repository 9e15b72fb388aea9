// SPDX-License-Identifier: GPL-2.0-or-later
// Real boots, replayed on both sides: what machines did to memblock is no invention of a search.
#pragma once

#include "apps/diff/search.hpp"

#include <functional>
#include <string>
#include <vector>

namespace mblab {

/// The calls of a boot, and the variant that stands for its machine.
struct BootTrace {
    std::string name;
    Trace trace;
};

/// Those of the logs and recordings of a folder, boots/ and recordings/ in it, by name. What is no boot is left out.
std::vector<BootTrace> read_boots(const std::string &folder);

/// What the boots came to.
struct BootsCompared {
    size_t boots = 0;                         // that were compared
    std::vector<std::string> differing;       // names of those with a difference that counts
    std::vector<FoundDifference> differences; // theirs
    /// "26 boots: placement identical", or the first that differs; a sentence.
    std::string text;
};

/// Replay them on the pairs, of which there is one for each variant that a boot asks for. Differences with a cause that
/// does not count are none.
BootsCompared compare_boots(const std::vector<BootTrace> &boots, const std::vector<EnginePair> &pairs,
                            const std::function<bool(const std::string &cause)> &counts);

} // namespace mblab
