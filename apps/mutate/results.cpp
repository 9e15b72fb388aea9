// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/mutate/results.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

namespace mblab::mutate {
namespace {

using Json = nlohmann::json;

[[noreturn]] void fail(const std::string &path, std::string_view what)
{
    throw Error(fmt::format("{}: {}: {}", path, what, std::strerror(errno)));
}

Json as_json(const Judgement &of)
{
    return {{"mutant", of.number},       {"by", of.by},       {"how", of.how},
            {"calls", of.calls},         {"trace", of.trace}, {"reached", of.is_reached},
            {"closed", of.closed},       {"open", of.open},   {"inputs", of.inputs},
            {"ms", of.processor.count()}};
}

Judgement judgement_of(const Json &line)
{
    Judgement of;
    of.number = line.at("mutant");
    of.by = line.at("by");
    of.how = line.at("how");
    of.calls = line.at("calls");
    of.trace = line.at("trace");
    of.is_reached = line.at("reached");
    of.closed = line.at("closed");
    of.open = line.at("open");
    of.inputs = line.at("inputs");
    of.processor = std::chrono::milliseconds(line.at("ms").get<int64_t>());
    return of;
}

} // namespace

Results::Results(const std::string &path, const std::string &title)
    : path_(path), file_(path.empty() ? memfd_create("mutants", MFD_CLOEXEC)
                                      : open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644))
{
    const int fd = file_.get();
    if (fd < 0)
        fail(path, "cannot open");
    if (path.empty())
        path_ = fmt::format("/proc/self/fd/{}", fd);
    // What a killed run left behind is about to end.
    for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; tries++) {
        if (tries < 20)
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        else
            throw Error(fmt::format("{}: another process uses it", path));
    }
    if (fcntl(fd, F_SETFL, O_APPEND) != 0)
        fail(path, "cannot append");
    // What a kill left of a line was not counted.
    const std::string text = read_file(path_);
    const size_t whole = text.rfind('\n') + 1; // 0 where there is none
    if (ftruncate(fd, static_cast<off_t>(whole)) != 0)
        fail(path, "cannot cut");
    const std::string first = Json{{"results", title}}.dump();
    if (whole == 0)
        append(first);
    else if (first_lines(text) != first)
        throw Error(fmt::format("{}: of another tree, other mutants or other variants", path));
}

void Results::append(const std::string &line) const
{
    const std::string whole = line + '\n';
    if (write(file_.get(), whole.data(), whole.size()) != static_cast<ssize_t>(whole.size()))
        fail(path_, "cannot write");
}

void Results::add(const WorldReach &reach) const
{
    append(Json{{"world", reach.world},
                {"text", reach.text},
                {"calls", reach.calls},
                {"closed", reach.is_closed},
                {"reaches", reach.mutants}}
               .dump());
}

void Results::add(const Judgement &judgement) const
{
    append(as_json(judgement).dump(-1, ' ', false, Json::error_handler_t::replace));
}

Results::All Results::read() const
{
    All all;
    each_line(read_file(path_), [&](std::string_view text) {
        const Json line = Json::parse(text);
        if (line.contains("world"))
            all.worlds.push_back({line.at("world"), line.value("text", uint64_t{0}), line.at("calls"),
                                  line.at("closed"), line.at("reaches")});
        else if (line.contains("mutant"))
            all.judgements.insert_or_assign(line.at("mutant"), judgement_of(line));
    });
    return all;
}

} // namespace mblab::mutate
