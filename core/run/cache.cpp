// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/cache.hpp"

#include "core/base/files.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>

namespace mblab {
namespace {

namespace fs = std::filesystem;

/// Errors are left alone here: what another process removed, or may not be read, is not there.
uint64_t bytes_of(const fs::path &entry)
{
    std::error_code error;
    if (!fs::is_directory(entry, error))
        return fs::is_regular_file(entry, error) ? fs::file_size(entry, error) : 0;
    uint64_t bytes = 0;
    for (fs::recursive_directory_iterator file(entry, error), end; !error && file != end; file.increment(error))
        if (file->is_regular_file(error) && !file->is_symlink(error))
            bytes += file->file_size(error);
    return bytes;
}

struct Used {
    std::string entry;
    uint64_t bytes;
    fs::file_time_type when;
};

constexpr CachePart kinds[] = {
    {"engines", "engines of trees, patches and the port", true},
    {"trees", "files out of repositories", true},
    {"worlds", "objects that every engine of a variant shares", true},
    {"kernels", "kernel images (mblab kernel get)", false},
    {"apt", "lists and downloads of Debian's suites", false},
    {"kallsyms-", "symbols of kernels (mblab record)", false},
};

std::vector<std::string> entries_of(const CachePart &part)
{
    std::vector<std::string> entries;
    const bool is_folder = !part.name.ends_with('-');
    const fs::path root = cache_folder();
    std::error_code error;
    for (fs::directory_iterator entry(is_folder ? root / part.name : root, error), end; !error && entry != end;
         entry.increment(error))
        if (is_folder || entry->path().filename().string().starts_with(part.name))
            entries.push_back(entry->path().string());
    std::ranges::sort(entries);
    return entries;
}

} // namespace

std::vector<CachePart> cache_parts()
{
    std::vector<CachePart> parts(std::begin(kinds), std::end(kinds));
    for (CachePart &part : parts)
        for (const std::string &entry : entries_of(part)) {
            part.entries++;
            part.bytes += bytes_of(entry);
        }
    return parts;
}

void note_cache_use(const std::string &entry)
{
    utimensat(AT_FDCWD, entry.c_str(), nullptr, 0); // of another user's cache it cannot be said
}

size_t bound_cache(uint64_t bytes)
{
    uint64_t held = 0;
    std::vector<Used> all;
    std::error_code ignored;
    for (const CachePart &part : kinds)
        if (part.is_bounded)
            for (const std::string &entry : entries_of(part)) {
                all.push_back({entry, bytes_of(entry), fs::last_write_time(entry, ignored)});
                held += all.back().bytes;
            }
    std::ranges::sort(all, {}, [](const Used &used) { return std::pair(used.when, used.entry); });
    size_t removed = 0;
    for (const Used &used : all) {
        if (held <= bytes)
            break;
        held -= used.bytes;
        removed += fs::remove_all(used.entry, ignored) > 0;
    }
    return removed;
}

void clear_cache()
{
    std::error_code ignored;
    for (const CachePart &part : kinds)
        for (const std::string &entry : entries_of(part))
            fs::remove_all(entry, ignored);
}

} // namespace mblab
