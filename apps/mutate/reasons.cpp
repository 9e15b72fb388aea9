// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/mutate/reasons.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

namespace mblab::mutate {
namespace {

void read(const std::string &path, std::map<std::string, Reason> &out)
{
    constexpr std::string_view because = "  because ", worlds = "  worlds ";
    Reason *last = nullptr;
    size_t number = 0;
    each_line(read_file(path), [&](std::string_view line) {
        const std::string where = fmt::format("{}:{}", path, ++number);
        if (line.empty() || line.starts_with('#'))
            return;
        if (line.front() != ' ') {
            const auto [at, is_new] = out.emplace(line, Reason{{}, {}, where});
            if (!is_new)
                throw Error(fmt::format("{}: this mutant has a reason already", where));
            last = &at->second;
        } else if (last && line.starts_with(because)) {
            last->because.append(last->because.empty() ? "" : " ").append(line.substr(because.size()));
        } else if (last && line.starts_with(worlds)) {
            std::istringstream in{std::string(line.substr(worlds.size()))};
            for (std::string name; in >> name;)
                last->worlds.push_back(name);
        } else {
            throw Error(fmt::format("{}: expected the title of a mutant, '  because ...' or '  worlds ...'", where));
        }
    });
    for (const auto &[title, reason] : out)
        if (reason.because.empty())
            throw Error(fmt::format("{}: expected '  because ...' below it", reason.where));
}

} // namespace

std::map<std::string, Reason> read_reasons(const std::string &folder)
{
    namespace fs = std::filesystem;
    std::map<std::string, Reason> all;
    std::vector<std::string> files;
    if (fs::is_directory(folder))
        for (const fs::directory_entry &entry : fs::directory_iterator(folder))
            if (entry.path().extension() == ".txt")
                files.push_back(entry.path().string());
    std::ranges::sort(files);
    for (const std::string &file : files)
        read(file, all);
    return all;
}

} // namespace mblab::mutate
