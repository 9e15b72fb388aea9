// SPDX-License-Identifier: GPL-2.0-or-later
// Arrays that are larger than any input of a search makes them: an index that is too narrow goes wrong only there.
#pragma once

#include "apps/diff/search.hpp"

#include <chrono>

namespace mblab {

/// Reserved or memory regions, one more with each call, to a few more than so many; and then calls at their end.
Trace growth_trace(mblab_type type, uint64_t regions);

/// Compare both engines on them, for arrays of 255, 1024 and, where there is time for it, 65536 regions. Adds what
/// differs; returns the regions of the largest arrays that were compared.
uint64_t compare_large_arrays(const EnginePair &pair, std::chrono::seconds time, SearchResult &out);

} // namespace mblab
