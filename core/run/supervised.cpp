// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/supervised.hpp"

#include "core/base/error.hpp"
#include "core/run/catalog.hpp"
#include "core/run/integrity.hpp"
#include "core/run/process.hpp"
#include "core/run/watch.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <sstream>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mblab {
namespace {

using namespace std::chrono_literals;

constexpr auto tick = 100ms;
constexpr int finding = 1, error = 2;

// Processor time that a call of an engine may take: a thousand times what the longest of a boot takes.
constexpr std::chrono::milliseconds call_limit = 8s;

std::optional<Integrity> integrity; // of the worker

volatile std::sig_atomic_t asked; // the last signal that asked us to end
volatile pid_t worker;

void pass_on(int number)
{
    asked = number;
    if (worker > 0)
        kill(worker, number);
}

/// The terminal's stop is for the worker, too, which is in a session of its own.
void stop_both(int)
{
    if (worker > 0)
        kill(-worker, SIGSTOP);
    raise(SIGSTOP);
    if (worker > 0)
        kill(-worker, SIGCONT);
}

constexpr int asking[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT}; // for an end

/// What is ignored stays so, as nohup leaves it.
void handle(int number, void (*handler)(int))
{
    struct sigaction now = {};
    sigaction(number, nullptr, &now);
    if (now.sa_handler != SIG_IGN)
        std::signal(number, handler);
}

void handle_signals()
{
    for (const int number : asking)
        handle(number, pass_on);
    std::signal(SIGTSTP, stop_both);
}

void usual_signals()
{
    for (const int number : asking)
        handle(number, SIG_DFL);
    handle(SIGTSTP, SIG_DFL);
}

[[noreturn]] void die_of(int number)
{
    std::signal(number, SIG_DFL);
    raise(number);
    _exit(128 + number);
}

/// An answer that could not be written is none.
int written(int status)
{
    if (std::fflush(stdout) == 0 && !std::ferror(stdout))
        return status;
    std::fprintf(stderr, "mblab: standard output: cannot write: %s\n", std::strerror(errno));
    return error;
}

/// What an engine left behind and what we still have: we inherit all of it.
void end_descendants()
{
    const std::string list = fmt::format("/proc/self/task/{}/children", getpid());
    for (int round = 0; round < 1000; round++) {
        std::istringstream children(read_file(list));
        pid_t child = 0;
        bool any = false;
        for (; children >> child; any = true)
            kill(child, SIGKILL);
        if (!any)
            return;
        while (waitpid(-1, nullptr, 0) > 0) {
        }
    }
}

/// The variant in the name of an engine's file: DIR/NAME@VARIANT.so.
std::string variant_in(std::string_view text)
{
    const size_t at = text.rfind('@'), end = text.find(".so", at);
    const std::string name = at == text.npos ? "" : std::string(text.substr(at + 1, end - at - 1));
    return name.empty() || variant_options(name).empty() ? "" : fmt::format("variant {}\n", name);
}

int report(const BlackBox &box, const std::string &death, bool as_json)
{
    const std::string doing = box.doing();
    if (doing.empty()) {
        std::fprintf(stderr, "mblab: unexpected: %s\n", death.c_str());
        return error;
    }
    const std::string what = !box.noted().empty() ? box.noted()
                             : death == "hang"    ? "the engine does not return"
                                                  : "the engine ended the process: " + death;
    const std::string trace = variant_in(doing) + print_trace(box.trace());
    using Json = nlohmann::ordered_json;
    const Json facts = {{"status", finding}, {"finding", what}, {"doing", doing}, {"trace", trace}};
    if (as_json)
        fmt::print("{}\n", facts.dump(1, ' ', false, Json::error_handler_t::replace));
    else
        fmt::print("finding: {}, {}\n{}", what, doing, trace);
    return written(finding);
}

} // namespace

void note_own_handlers()
{
    if (integrity)
        integrity->take_handlers();
}

void look_at_process()
{
    const std::string broken = integrity ? integrity->broken() : "";
    if (broken.empty())
        return;
    std::fflush(stdout);
    BlackBox::note(broken);
    _exit(finding);
}

int supervised(const std::function<int()> &work, bool as_json)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    BlackBox box;
    handle_signals();
    Child child([&] {
        usual_signals();
        BlackBox::use(&box);
        integrity.emplace();
        int status = work();
        look_at_process();
        status = written(status);
        BlackBox::finish(status);
        std::exit(status);
    });
    worker = child.pid();
    if (asked) // in the meantime
        kill(worker, asked);
    Watch watch(worker, box, call_limit);
    bool stuck = false;
    while (!child.ends_within(tick))
        if (watch.is_stuck()) {
            stuck = true;
            child.stop(0ms);
        }
    worker = 0;
    end_descendants();
    if (box.is_finished())
        return box.status();
    if (asked)
        die_of(asked);
    if (child.status() == 128 + SIGPIPE && !box.is_inside())
        die_of(SIGPIPE);
    return report(box, stuck ? "hang" : death_of(child.status()), as_json);
}

} // namespace mblab
