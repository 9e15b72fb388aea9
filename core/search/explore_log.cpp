// SPDX-License-Identifier: GPL-2.0-or-later
// A record is its kind, the length of its bytes, and the bytes. One that says that a state is done holds a sum of all
// records since the one before: what a killed process left half written is none, and is cut off.
#include "core/search/explore_log.hpp"

#include "core/base/error.hpp"
#include "core/search/explore_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

namespace mblab {
namespace {

constexpr char of_state = 'S', of_note = 'N', of_done = 'D';
constexpr size_t tail_bytes = 1 << 14, window_bytes = 1 << 16;
constexpr size_t head_bytes_max = 11; // kind and length

[[noreturn]] void fail(const std::string &path, std::string_view what)
{
    throw Error(fmt::format("{}: {}: {}", path, what, std::strerror(errno)));
}

UniqueFd open_file(const std::string &path)
{
    if (!path.empty())
        return UniqueFd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    const int on_disk = open(std::filesystem::temp_directory_path().c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    return UniqueFd(on_disk >= 0 ? on_disk : memfd_create("mblab", MFD_CLOEXEC)); // not every file system can
}

} // namespace

ExploreLog::ExploreLog(const std::string &path, std::string_view title)
    : path_(path.empty() ? "a temporary file" : path), file_(open_file(path)), known_(1 << 12)
{
    if (file_.get() < 0)
        fail(path_, "cannot open");
    if (flock(file_.get(), LOCK_EX | LOCK_NB) != 0)
        throw Error(fmt::format("{}: another process is exploring with it", path_));
    const std::string heading = fmt::format("mblab explore\n{}\n", title);
    first_ = head_ = heading.size();
    const auto size = static_cast<uint64_t>(lseek(file_.get(), 0, SEEK_END));
    written_ = size;
    const size_t held = std::min<uint64_t>(size, heading.size());
    if (view(0, held) != std::string_view(heading).substr(0, held))
        throw Error(fmt::format("{}: no checkpoint of this exploration (of the same world, engines and shard)", path_));
    if (held == heading.size()) {
        resume();
        return;
    }
    if (ftruncate(file_.get(), 0) != 0)
        fail(path_, "cannot cut");
    written_ = 0;
    tail_ = heading;
    flush();
}

/// Bytes of the file or of what follows it; fewer where it ends. Valid until the next call.
std::string_view ExploreLog::view(uint64_t where, size_t size) const
{
    if (where >= written_) {
        const std::string_view tail = tail_;
        return tail.substr(std::min<uint64_t>(where - written_, tail.size()), size);
    }
    if (where < window_at_ || where + size > window_at_ + window_.size()) {
        window_.resize(std::max(size, window_bytes));
        window_at_ = where;
        size_t got = 0;
        while (got < window_.size()) {
            const ssize_t count =
                pread(file_.get(), window_.data() + got, window_.size() - got, static_cast<off_t>(where + got));
            if (count < 0)
                fail(path_, "cannot read");
            if (count == 0)
                break;
            got += static_cast<size_t>(count);
        }
        window_.resize(got);
    }
    return std::string_view(window_).substr(where - window_at_, size);
}

std::optional<std::pair<char, std::string_view>> ExploreLog::record(uint64_t where, uint64_t *after) const
{
    try {
        std::string_view head = view(where, head_bytes_max);
        if (head.empty())
            return std::nullopt;
        const char kind = head.front();
        const size_t had = head.size();
        head.remove_prefix(1);
        const uint64_t size = take_number(head);
        const uint64_t begin = where + (had - head.size());
        if (size > bytes() || begin + size > bytes())
            return std::nullopt;
        *after = begin + size;
        return std::pair(kind, view(begin, size));
    } catch (const Error &) {
        return std::nullopt; // the length is cut off
    }
}

ExploreLog::Entry ExploreLog::entry_of(uint64_t where, std::string_view bytes)
{
    Entry entry;
    entry.where = where;
    entry.parent = take_number(bytes);
    entry.call = static_cast<uint32_t>(take_number(bytes));
    entry.depth = static_cast<uint32_t>(take_number(bytes));
    entry.state = bytes;
    return entry;
}

/// Read what is there; go on after the last state that was done.
void ExploreLog::resume()
{
    uint64_t where = first_, good = first_, sum = 0;
    std::vector<uint64_t> prints;
    std::vector<Note> notes;
    uint32_t depth = 0;
    while (true) {
        uint64_t after = where;
        const auto found = record(where, &after);
        if (!found)
            break;
        auto [kind, bytes] = *found;
        if (kind == of_done) {
            if (take_number(bytes) != sum)
                break;
            for (uint64_t *count : counts_.all())
                *count = take_number(bytes);
            for (const uint64_t print : prints)
                remember(print);
            notes_.insert(notes_.end(), notes.begin(), notes.end());
            prints.clear();
            notes.clear();
            sum = 0;
            good = after;
            depth_ = depth;
        } else {
            sum += fingerprint(bytes);
            if (kind == of_state) {
                const Entry entry = entry_of(where, bytes);
                prints.push_back(fingerprint(entry.state));
                depth = std::max(depth, entry.depth);
            } else if (kind == of_note) {
                const uint64_t of = take_number(bytes);
                const auto call = static_cast<uint32_t>(take_number(bytes));
                notes.push_back({of, call, std::string(bytes)});
            }
        }
        where = after;
    }
    if (ftruncate(file_.get(), static_cast<off_t>(good)) != 0)
        fail(path_, "cannot cut");
    written_ = good;
    window_.clear();
    // The states are in the order in which they are done, the one it begins with apart, which no state leads to.
    for (uint64_t left = counts_.done; left > 0; left--)
        if (!next())
            throw Error(fmt::format("{}: claims more states done than it holds", path_));
}

bool ExploreLog::remember(uint64_t print)
{
    print += print == 0;
    if (2 * (known_count_ + 1) > known_.size())
        grow();
    size_t at = print & (known_.size() - 1);
    for (; known_[at]; at = (at + 1) & (known_.size() - 1))
        if (known_[at] == print)
            return false;
    known_[at] = print;
    known_count_++;
    return true;
}

void ExploreLog::grow()
{
    std::vector<uint64_t> old(2 * known_.size());
    old.swap(known_);
    for (const uint64_t print : old) {
        size_t at = print & (known_.size() - 1);
        while (print && known_[at])
            at = (at + 1) & (known_.size() - 1);
        if (print)
            known_[at] = print;
    }
}

void ExploreLog::append(char kind, std::string_view bytes)
{
    tail_ += kind;
    put_number(tail_, bytes.size());
    tail_ += bytes;
    sum_ += kind == of_done ? 0 : fingerprint(bytes);
}

bool ExploreLog::add(const Entry &entry)
{
    if (!remember(fingerprint(entry.state)))
        return false;
    std::string bytes;
    put_number(bytes, entry.parent);
    put_number(bytes, entry.call);
    put_number(bytes, entry.depth);
    append(of_state, bytes + entry.state);
    depth_ = std::max(depth_, entry.depth);
    return true;
}

void ExploreLog::note(uint64_t where, uint32_t call, std::string_view text)
{
    std::string bytes;
    put_number(bytes, where);
    put_number(bytes, call);
    append(of_note, bytes + std::string(text));
    notes_.push_back({where, call, std::string(text)});
}

std::optional<ExploreLog::Entry> ExploreLog::next()
{
    while (true) {
        const uint64_t where = head_;
        const auto found = record(where, &head_);
        if (!found)
            return std::nullopt;
        if (found->first == of_state)
            return entry_of(where, found->second);
    }
}

void ExploreLog::done(const ExploreCounts &counts)
{
    counts_ = counts;
    std::string bytes;
    put_number(bytes, sum_);
    for (const uint64_t *count : counts_.all())
        put_number(bytes, *count);
    append(of_done, bytes);
    sum_ = 0;
    if (tail_.size() > tail_bytes)
        flush();
}

void ExploreLog::flush()
{
    std::string_view left = tail_;
    uint64_t where = written_;
    while (!left.empty()) {
        const ssize_t count = pwrite(file_.get(), left.data(), left.size(), static_cast<off_t>(where));
        if (count < 0)
            fail(path_, "cannot write");
        left.remove_prefix(static_cast<size_t>(count));
        where += static_cast<uint64_t>(count);
    }
    written_ = where;
    tail_.clear();
    window_.clear();
}

std::vector<uint32_t> ExploreLog::path_to(uint64_t where) const
{
    std::vector<uint32_t> path;
    while (where) {
        uint64_t after = 0;
        const Entry entry = entry_of(where, record(where, &after)->second);
        if (entry.parent)
            path.push_back(entry.call);
        where = entry.parent;
    }
    std::ranges::reverse(path);
    return path;
}

} // namespace mblab
