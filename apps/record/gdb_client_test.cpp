// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/gdb_client.hpp"

#include "core/base/error.hpp"
#include "core/run/process.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <future>

#include <sys/socket.h>

namespace mblab::recording {
namespace {

struct Exchange {
    std::string request;
    std::vector<std::string> answers;
};
using Script = std::deque<Exchange>;

/// Expect these requests in this order and give these answers; hang up at the end, or at another request.
/// Returns what did not go by the script.
std::string serve(UniqueFd socket, Script script)
{
    rsp::Decoder decoder;
    while (!script.empty()) {
        char block[256];
        const ssize_t got = recv(socket.get(), block, sizeof block, 0);
        if (got <= 0)
            return "not asked for: " + script.front().request;
        decoder.feed({block, static_cast<size_t>(got)});
        while (auto request = decoder.next()) {
            if (script.empty() || *request != script.front().request)
                return "unexpected request: " + *request;
            std::string stream = "+";
            for (const std::string &answer : script.front().answers)
                stream += rsp::encode(answer);
            script.pop_front();
            send(socket.get(), stream.data(), stream.size(), MSG_NOSIGNAL);
        }
    }
    return {};
}

/// Let a client talk to a stub that goes by a script.
void converse(Script script, const std::function<void(GdbClient &)> &talk)
{
    script.push_front({"?", {"T05thread:01;"}});
    script.push_front({"qSupported:hwbreak+;swbreak+;vContSupported+", {"PacketSize=1000"}});
    auto [ours, theirs] = connected_sockets();
    auto stub = std::async(std::launch::async, serve, std::move(ours), std::move(script));
    {
        const Deadline deadline(std::chrono::seconds(20));
        GdbClient client(std::move(theirs), machine_of(Architecture::x86_64), deadline);
        talk(client);
    }
    EXPECT_EQ(stub.get(), "");
}

std::string registers_with(uint64_t program_counter)
{
    uint64_t values[17];
    for (uint64_t i = 0; i < 17; i++)
        values[i] = i == 16 ? program_counter : i;
    return rsp::to_hex({reinterpret_cast<const uint8_t *>(values), sizeof values});
}

TEST(GdbClient, ReadsRegisters)
{
    converse({{"g", {registers_with(0xffffffff81000000)}}}, [](GdbClient &client) {
        const Registers registers = client.registers();
        EXPECT_EQ(registers.size(), 17u);
        EXPECT_EQ(registers[7], 7u);
        EXPECT_EQ(registers[16], 0xffffffff81000000);
    });
}

TEST(GdbClient, RefusesRegistersOfAnotherMachine)
{
    converse({{"g", {"00000000"}}}, [](GdbClient &client) { EXPECT_THROW(client.registers(), Error); });
}

TEST(GdbClient, ReadsMemoryInBlocks)
{
    converse({{"mffffffff82000000,400", {std::string(0x800, '1')}}, {"mffffffff82000400,8", {"0102030405060708"}}},
             [](GdbClient &client) {
                 const auto bytes = client.read(0xffffffff82000000, 0x408);
                 ASSERT_TRUE(bytes);
                 EXPECT_EQ(bytes->size(), 0x408u);
                 EXPECT_EQ(bytes->back(), 8);
             });
}

TEST(GdbClient, SaysWhatIsNotMapped)
{
    converse({{"m0,8", {"E14"}}, {"qRcmd,6776613267706120307830", {"O" + rsp::to_hex({}), "OK"}}},
             [](GdbClient &client) {
                 EXPECT_FALSE(client.read_integer(0, 8));
                 EXPECT_FALSE(client.physical(0));
             });
}

TEST(GdbClient, AsksTheMonitorForPhysicalAddresses)
{
    // "gva2gpa 0x10" answered by "gpa: 0x2a10\n", in two packets
    converse({{"qRcmd,677661326770612030783130", {"O6770613a20", "O3078326131300a", "OK"}}},
             [](GdbClient &client) { EXPECT_EQ(client.physical(0x10), 0x2a10u); });
}

TEST(GdbClient, StepsOverTheBreakpointWhereItStands)
{
    converse({{"Z0,1000,1", {"OK"}},
              {"g", {registers_with(0x500)}},
              {"vCont;c", {"T05thread:02;"}},
              {"g", {registers_with(0x1000)}},
              {"vCont;s:02", {"T05thread:02;"}},
              {"vCont;c", {"W00"}}},
             [](GdbClient &client) {
                 client.insert_breakpoint(0x1000);
                 EXPECT_TRUE(client.resume());
                 EXPECT_FALSE(client.resume());
             });
}

TEST(GdbClient, TakesHardwareBreakpointsWhereSoftwareOnesAreRefused)
{
    converse({{"Z0,1000,1", {"E22"}}, {"Z1,1000,1", {"OK"}}, {"Z0,2000,1", {"E22"}}, {"Z1,2000,1", {"E22"}}},
             [](GdbClient &client) {
                 client.insert_breakpoint(0x1000);
                 client.insert_breakpoint(0x1000); // there already
                 EXPECT_THROW(client.insert_breakpoint(0x2000), Error);
             });
}

TEST(GdbClient, NoticesThatTheStubHasGone)
{
    converse({}, [](GdbClient &client) { EXPECT_THROW(client.registers(), Error); });
}

TEST(GdbClient, GivesUpAtTheDeadline)
{
    auto [ours, theirs] = connected_sockets();
    const Deadline passed(std::chrono::seconds(0));
    EXPECT_THROW(GdbClient(std::move(ours), machine_of(Architecture::x86_64), passed), Error);
}

} // namespace
} // namespace mblab::recording
