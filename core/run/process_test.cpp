// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/process.hpp"

#include "core/base/error.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mblab {
namespace {

using namespace std::chrono_literals;

TEST(Process, IsRunToItsEndAndItsOutputCollected)
{
    const std::string large(1 << 20, 'x'); // more than any pipe holds
    const ProcessResult result =
        run_process({"sh", "-c", "cat; head -c 1048576 /dev/zero | tr '\\0' x; echo two >&2; exit 3"});
    EXPECT_EQ(result.status, 3);
    EXPECT_EQ(result.output, large);
    EXPECT_EQ(result.errors, "two\n");
    EXPECT_EQ(run_process({"sh", "-c", "kill -9 $$"}).status, 128 + SIGKILL);
    EXPECT_THROW(run_process({"/no/such/program"}), Error);
}

TEST(Process, HasItsOwnSettingsAndWhatItInherits)
{
    const NamelessFile kept("kept"), output;
    Child child(Command{.words = {"sh", "-c", "echo $MBLAB_TEST; cat " + kept.path() + " /dev/fd/9 2>&1 || :"},
                        .settings = {"MBLAB_TEST=set"},
                        .inherited = {kept.fd()},
                        .output = output.fd()});
    child.wait();
    EXPECT_EQ(child.status(), 0);
    EXPECT_TRUE(read_file(output.path()).starts_with("set\nkept")) << read_file(output.path());
    EXPECT_EQ(getenv("MBLAB_TEST"), nullptr);
}

TEST(Process, EndsWhenItIsStopped)
{
    for (const auto &[script, status] :
         {std::pair("echo ready; exec sleep 60", 128 + SIGTERM),
          std::pair("trap '' TERM; echo ready; while :; do sleep 0.01; done", 128 + SIGKILL)}) {
        const NamelessFile output;
        Child child(Command{.words = {"sh", "-c", script}, .output = output.fd()});
        while (read_file(output.path()).empty())
            ASSERT_TRUE(child.is_running());
        EXPECT_FALSE(child.ends_within(20ms));
        child.stop(200ms);
        EXPECT_FALSE(child.is_running());
        EXPECT_EQ(child.status(), status) << script;
    }
}

TEST(Process, DiesWithItsParent)
{
    auto [ours, theirs] = connected_sockets(); // theirs stays open for as long as one of the two lives
    Child parent([&] {
        const Child child([&] {
            send(theirs.get(), "x", 1, 0);
            pause();
        });
        pause();
    });
    theirs.reset();
    char byte = 0;
    ASSERT_EQ(recv(ours.get(), &byte, 1, 0), 1);
    parent.stop(0ms);
    pollfd waiting{ours.get(), POLLIN, 0};
    ASSERT_EQ(poll(&waiting, 1, 20000), 1);
    EXPECT_EQ(recv(ours.get(), &byte, 1, 0), 0);
}

using Text = std::string;

[[noreturn]] void work_on()
{
    for (;;)
        getppid();
}

TEST(Isolated, AFunctionAnswersOrItsDeathIsTheAnswer)
{
    constexpr IsolationLimits patient{10s, 60s}, no_processor{50ms, 60s}, no_wall_clock{10s, 50ms};
    const struct {
        std::function<Text()> function;
        IsolationLimits limits;
        Text answer, death;
    } cases[] = {
        {[] { return Text(1 << 20, 'a'); }, patient, Text(1 << 20, 'a'), ""},
        {[]() -> Text { throw Error("no"); }, patient, "", "exit status 1"},
        {[]() -> Text { _exit(7); }, patient, "", "exit status 7"},
        {[] { return Text(1, raise(SIGKILL) ? 'a' : 'b'); }, patient, "", "killed by signal 9"},
        {[]() -> Text { work_on(); }, no_processor, "", "hang"},
        {[] { return Text(1, pause() ? 'a' : 'b'); }, no_wall_clock, "", "hang"},
    };
    for (const auto &[function, limits, answer, death] : cases) {
        const IsolatedResult result = run_isolated(function, limits);
        EXPECT_EQ(result.answer, answer);
        EXPECT_EQ(result.death, death);
    }
    int value = 1; // nothing is left behind here
    EXPECT_EQ(run_isolated([&] { return std::to_string(value = 2); }, patient).answer, "2");
    EXPECT_EQ(value, 1);
}

} // namespace
} // namespace mblab
