// SPDX-License-Identifier: GPL-2.0-or-later
// The cache folder as a whole: what is in it, and how it stays small. All in it can be made, or fetched, again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mblab {

/// What is kept of one kind.
struct CachePart {
    std::string_view name; // of its folder, or how its files' names begin
    std::string_view what;
    bool is_bounded; // whether what was used longest ago goes by itself
    uint64_t bytes = 0;
    size_t entries = 0; // files or folders, of which each goes as a whole
};

std::vector<CachePart> cache_parts();

/// Bytes that the bounded parts may have together: engines of some 400 KB, and what they are made of.
inline constexpr uint64_t cache_bytes_usual = uint64_t{1} << 30;

/// That entry was used now: it is the last to go.
void note_cache_use(const std::string &entry);

/// Remove of the bounded parts what was used longest ago, until they have no more than that many bytes together.
/// Returns how many entries went.
size_t bound_cache(uint64_t bytes);

/// Remove all that cache_parts() lists. What else lies in the folder stays.
void clear_cache();

} // namespace mblab
