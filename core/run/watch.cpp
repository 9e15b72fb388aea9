// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/watch.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <sstream>
#include <unistd.h>

namespace mblab {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A busy machine leaves a process runnable; one that waits so long waits for something.
constexpr milliseconds longest_wait{1500};

} // namespace

Watch::Watch(pid_t pid, const BlackBox &box, milliseconds limit) : pid_(pid), box_(box), limit_(limit) {}

/// Of /proc/PID/stat, behind the name: the state, ten numbers that do not matter here, ticks as user and in the kernel.
Watch::Usage Watch::usage() const
{
    std::string text;
    try {
        text = read_file(fmt::format("/proc/{}/stat", pid_));
    } catch (const Error &) { // it has ended
        return {};
    }
    std::istringstream in(text.substr(std::min(text.size(), text.rfind(')') + 1)));
    char state = 'R';
    int64_t skipped = 0, user = 0, system = 0;
    in >> state;
    for (int i = 0; i < 10; i++)
        in >> skipped;
    in >> user >> system;
    return {milliseconds((user + system) * 1000 / sysconf(_SC_CLK_TCK)), state != 'S'};
}

bool Watch::is_stuck()
{
    const Usage now = usage();
    const auto time = steady_clock::now();
    const bool same_call = box_.is_inside() && box_.beats() == beats_;
    if (!same_call) {
        beats_ = box_.beats();
        at_beat_ = now;
    }
    if (!same_call || now.is_runnable || now.processor != earlier_.processor)
        waits_since_ = time;
    earlier_ = now;
    return same_call && (now.processor - at_beat_.processor > limit_ || time - waits_since_ > longest_wait);
}

} // namespace mblab
