// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/patch.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace mblab {
namespace {

/// "mm/memblock.c" of "b/mm/memblock.c<tab>a date"; of a path that git quotes, without the quotes.
std::string_view path_in(std::string_view rest)
{
    rest = rest.substr(0, rest.find('\t'));
    while (rest.ends_with('\r') || rest.ends_with(' '))
        rest.remove_suffix(1);
    if (rest.size() > 1 && rest.starts_with('"') && rest.ends_with('"'))
        rest = rest.substr(1, rest.size() - 2);
    return rest;
}

/// The known path that it is; else without the one letter that git puts before it.
std::string in_tree(std::string_view path, std::span<const std::string_view> known)
{
    for (const std::string_view is : known) {
        const bool longer =
            path.ends_with(is) && (path.size() == is.size() || path[path.size() - is.size() - 1] == '/');
        const std::string_view bare = path.size() > 2 && path[1] == '/' ? path.substr(2) : path;
        // Made in a folder below (git diff --relative), it begins later.
        const bool shorter = !bare.empty() && is.ends_with(bare) && is[is.size() - bare.size() - 1] == '/';
        // tools/testing has a file of that name, too.
        if ((longer && std::ranges::count(path.substr(0, path.size() - is.size()), '/') <= 1) || shorter)
            return std::string(is);
    }
    return std::string(path.size() > 2 && path[1] == '/' ? path.substr(2) : path);
}

class Reader {
  public:
    Reader(std::string_view text, const std::string &name, std::span<const std::string_view> known)
        : name_(name), known_(known)
    {
        each_line(text, [&](std::string_view line) { lines_.push_back(line); });
        // A mail that was saved with line ends of its own has them everywhere.
        if (std::ranges::all_of(lines_, [](std::string_view line) { return line.ends_with('\r'); }))
            for (std::string_view &line : lines_)
                line.remove_suffix(1);
    }

    std::vector<FilePatch> run()
    {
        while (at_ < lines_.size())
            read_line();
        if (files_.empty())
            throw Error(fmt::format("{}: no patch in it", name_));
        return std::move(files_);
    }

  private:
    void read_line()
    {
        const std::string_view line = lines_[at_];
        constexpr std::string_view git = "diff --git ", from = "--- ", to = "+++ ";
        if (line.starts_with(git)) {
            // Both paths are alike but for their letters, unless it is renamed, which a line of its own says.
            const std::string_view both = line.substr(git.size());
            add(path_in(both.substr(both.size() / 2 + 1)));
        } else if (line.starts_with("rename from ")) {
            files_.back().path = in_tree(path_in(line.substr(12)), known_);
            files_.back().removes = true;
        } else if (line.starts_with(from) && at_ + 1 < lines_.size() && lines_[at_ + 1].starts_with(to)) {
            const std::string_view before = path_in(line.substr(from.size())),
                                   after = path_in(lines_[at_ + 1].substr(to.size()));
            const bool removes = after == "/dev/null";
            const std::string path = in_tree(removes ? before : after, known_);
            if (files_.empty() || files_.back().path != path || !files_.back().hunks.empty())
                files_.push_back({path, "", false});
            files_.back().removes = removes;
            at_++;
        } else if (line.starts_with("@@ -") && !files_.empty()) {
            read_hunk();
            return;
        }
        at_++;
    }

    void add(std::string_view path) { files_.push_back({in_tree(path, known_), "", false}); }

    /// "@@ -a,b +c,d @@", and as many lines as it says.
    void read_hunk()
    {
        const size_t began = at_ + 1;
        const std::string_view header = lines_[at_++];
        size_t old_lines = count_behind(header, '-'), new_lines = count_behind(header, '+');
        std::string &hunks = files_.back().hunks;
        hunks.append(header) += '\n';
        while (old_lines || new_lines) {
            if (at_ == lines_.size())
                throw Error(fmt::format("{}:{}: the patch ends within this hunk", name_, began));
            const std::string_view line = lines_[at_++];
            const char kind = line.empty() ? ' ' : line[0]; // some mailers drop the blank of an empty line
            const bool is_old = kind == ' ' || kind == '-', is_new = kind == ' ' || kind == '+';
            if ((!is_old && !is_new && kind != '\\') || (is_old && !old_lines) || (is_new && !new_lines))
                throw Error(fmt::format("{}:{}: expected a line of the hunk at line {}", name_, at_, began));
            old_lines -= is_old;
            new_lines -= is_new;
            hunks.append(line.empty() ? " " : line) += '\n';
        }
        if (at_ < lines_.size() && lines_[at_].starts_with('\\')) // no newline at the end of the file
            hunks.append(lines_[at_++]) += '\n';
    }

    static size_t count_behind(std::string_view header, char sign)
    {
        std::string_view range = header.substr(std::min(header.size(), header.find(sign, 3)));
        range = range.substr(0, range.find(' '));
        const size_t comma = range.find(',');
        size_t count = 1;
        if (comma != range.npos)
            std::from_chars(range.data() + comma + 1, range.data() + range.size(), count);
        return count;
    }

    const std::string &name_;
    std::span<const std::string_view> known_;
    std::vector<std::string_view> lines_;
    size_t at_ = 0;
    std::vector<FilePatch> files_;
};

} // namespace

std::vector<FilePatch> read_patch(std::string_view text, const std::string &name,
                                  std::span<const std::string_view> known)
{
    return Reader(text, name, known).run();
}

std::string print_patch(const FilePatch &patch)
{
    return fmt::format("--- a/{0}\n+++ {1}{2}\n{3}", patch.path, patch.removes ? "" : "b/",
                       patch.removes ? "/dev/null" : patch.path, patch.hunks);
}

} // namespace mblab
