// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/deadline.hpp"

#include "core/base/error.hpp"
#include "core/run/supervised.hpp"

#include <array>
#include <csignal>

namespace mblab::recording {
namespace {

constexpr std::array interrupting = {SIGINT, SIGTERM, SIGHUP};

volatile std::sig_atomic_t interrupted = 0;
std::array<struct sigaction, interrupting.size()> former_actions;

} // namespace

Deadline::Deadline(std::chrono::seconds limit) : end_(std::chrono::steady_clock::now() + limit), limit_(limit)
{
    struct sigaction action = {};
    action.sa_handler = [](int) { interrupted = 1; };
    interrupted = 0;
    for (size_t i = 0; i < interrupting.size(); i++)
        sigaction(interrupting[i], &action, &former_actions[i]);
    note_own_handlers();
}

Deadline::~Deadline()
{
    for (size_t i = 0; i < interrupting.size(); i++)
        sigaction(interrupting[i], &former_actions[i], nullptr);
    note_own_handlers();
}

bool Deadline::passed() const
{
    if (interrupted)
        throw Error("interrupted");
    return std::chrono::steady_clock::now() >= end_;
}

} // namespace mblab::recording
