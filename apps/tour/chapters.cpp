// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/tour/chapters.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/run/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace mblab::tour {
namespace {

namespace fs = std::filesystem;

Chapter read(const std::string &path)
{
    Chapter chapter{path, fs::path(path).filename().string(), view::read_story(read_file(path), path)};
    std::string &about = chapter.story.about;
    if (const size_t end = about.find("\n\n"); end != about.npos) {
        chapter.story.title = about.substr(0, end);
        about.erase(0, end + 2);
    }
    return chapter;
}

std::vector<std::string> paths()
{
    std::vector<std::string> found;
    std::error_code error;
    for (const fs::directory_entry &entry : fs::directory_iterator(source_folder() + "/corpus/tour", error))
        if (entry.path().extension() == ".trace")
            found.push_back(entry.path().string());
    if (found.empty())
        throw Error("no chapters in " + source_folder() + "/corpus/tour");
    std::ranges::sort(found);
    return found;
}

} // namespace

std::vector<Chapter> chapters()
{
    std::vector<Chapter> all;
    for (const std::string &path : paths())
        all.push_back(read(path));
    return all;
}

Chapter chapter(const std::string &number_or_path)
{
    if (number_or_path.find_first_not_of("0123456789") != std::string::npos)
        return read(number_or_path);
    const std::vector<std::string> all = paths();
    const size_t number = number_or_path.size() < 4 ? std::stoul('0' + number_or_path) : 0;
    if (number < 1 || number > all.size())
        throw Error(fmt::format("no chapter {}: there are 1 to {}", number_or_path, all.size()));
    return read(all[number - 1]);
}

} // namespace mblab::tour
