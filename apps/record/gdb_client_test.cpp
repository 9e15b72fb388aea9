// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/gdb_client.hpp"

#include "core/base/error.hpp"
#include "core/run/process.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <thread>

#include <sys/socket.h>
#include <unistd.h>

namespace mblab::recording {
namespace {

/// A stub that expects these requests in this order and gives these answers; it hangs up at the end, or at
/// another request.
class Stub {
  public:
    struct Exchange {
        std::string request;
        std::vector<std::string> answers;
    };

    explicit Stub(std::deque<Exchange> script) : script_(std::move(script))
    {
        script_.push_front({"?", {"T05thread:01;"}});
        script_.push_front({"qSupported:hwbreak+;swbreak+;vContSupported+", {"PacketSize=1000"}});
        auto [ours, theirs] = connected_sockets();
        client = std::move(theirs);
        thread_ = std::thread([this, socket = std::move(ours)] { serve(socket.get()); });
    }

    ~Stub()
    {
        client.reset();
        thread_.join();
        EXPECT_TRUE(unexpected.empty()) << "unexpected request: " << unexpected;
        EXPECT_TRUE(script_.empty()) << "not asked for: " << script_.front().request;
    }

    UniqueFd client;
    std::string unexpected;

  private:
    void serve(int socket)
    {
        rsp::Decoder decoder;
        while (!script_.empty()) {
            char block[256];
            const ssize_t got = recv(socket, block, sizeof block, 0);
            if (got <= 0)
                return;
            decoder.feed({block, static_cast<size_t>(got)});
            while (auto request = decoder.next()) {
                if (script_.empty() || *request != script_.front().request) {
                    unexpected = *request;
                    return;
                }
                std::string stream = "+";
                for (const std::string &answer : script_.front().answers)
                    stream += rsp::encode(answer);
                script_.pop_front();
                send(socket, stream.data(), stream.size(), MSG_NOSIGNAL);
            }
        }
    }

    std::deque<Exchange> script_;
    std::thread thread_;
};

using Script = std::deque<Stub::Exchange>;

std::string registers_with(uint64_t program_counter)
{
    std::string digits;
    for (uint64_t i = 0; i < 17; i++) {
        const uint64_t value = i == 16 ? program_counter : i;
        for (unsigned byte = 0; byte < 8; byte++) {
            const uint8_t bytes[] = {static_cast<uint8_t>(value >> (8 * byte))};
            digits += rsp::to_hex(bytes);
        }
    }
    return digits;
}

class GdbClientTest : public testing::Test {
  protected:
    GdbClient connect(Stub &stub) { return {std::move(stub.client), machine_of(Architecture::x86_64), deadline}; }

    Deadline deadline{std::chrono::seconds(20)};
};

TEST_F(GdbClientTest, ReadsRegisters)
{
    Stub stub(Script{{"g", {registers_with(0xffffffff81000000)}}});
    const Registers registers = connect(stub).registers();
    EXPECT_EQ(registers.size(), 17u);
    EXPECT_EQ(registers[7], 7u);
    EXPECT_EQ(registers[16], 0xffffffff81000000);
}

TEST_F(GdbClientTest, RefusesRegistersOfAnotherMachine)
{
    Stub stub(Script{{"g", {"00000000"}}});
    GdbClient client = connect(stub);
    EXPECT_THROW(client.registers(), Error);
}

TEST_F(GdbClientTest, ReadsMemoryInBlocks)
{
    Stub stub(
        Script{{"mffffffff82000000,400", {std::string(0x800, '1')}}, {"mffffffff82000400,8", {"0102030405060708"}}});
    const auto bytes = connect(stub).read(0xffffffff82000000, 0x408);
    ASSERT_TRUE(bytes);
    EXPECT_EQ(bytes->size(), 0x408u);
    EXPECT_EQ(bytes->back(), 8);
}

TEST_F(GdbClientTest, SaysWhatIsNotMapped)
{
    Stub stub(Script{{"m0,8", {"E14"}}, {"qRcmd,6776613267706120307830", {"O" + rsp::to_hex({}), "OK"}}});
    GdbClient client = connect(stub);
    EXPECT_FALSE(client.read_integer(0, 8));
    EXPECT_FALSE(client.physical(0));
}

TEST_F(GdbClientTest, AsksTheMonitorForPhysicalAddresses)
{
    // "gva2gpa 0x10" answered by "gpa: 0x2a10\n", in two packets
    Stub stub(Script{{"qRcmd,677661326770612030783130", {"O6770613a20", "O3078326131300a", "OK"}}});
    EXPECT_EQ(connect(stub).physical(0x10), 0x2a10u);
}

TEST_F(GdbClientTest, StepsOverTheBreakpointWhereItStands)
{
    Stub stub(Script{{"Z0,1000,1", {"OK"}},
                     {"g", {registers_with(0x500)}},
                     {"vCont;c", {"T05thread:02;"}},
                     {"g", {registers_with(0x1000)}},
                     {"vCont;s:02", {"T05thread:02;"}},
                     {"vCont;c", {"W00"}}});
    GdbClient client = connect(stub);
    client.insert_breakpoint(0x1000);
    EXPECT_TRUE(client.resume());
    EXPECT_FALSE(client.resume());
}

TEST_F(GdbClientTest, TakesHardwareBreakpointsWhereSoftwareOnesAreRefused)
{
    Stub stub(Script{{"Z0,1000,1", {"E22"}}, {"Z1,1000,1", {"OK"}}, {"Z0,2000,1", {"E22"}}, {"Z1,2000,1", {"E22"}}});
    GdbClient client = connect(stub);
    client.insert_breakpoint(0x1000);
    client.insert_breakpoint(0x1000); // there already
    EXPECT_THROW(client.insert_breakpoint(0x2000), Error);
}

TEST_F(GdbClientTest, NoticesThatTheStubHasGone)
{
    Stub stub(Script{});
    GdbClient client = connect(stub);
    EXPECT_THROW(client.registers(), Error);
}

TEST_F(GdbClientTest, GivesUpAtTheDeadline)
{
    auto [ours, theirs] = connected_sockets();
    const Deadline passed(std::chrono::seconds(0));
    EXPECT_THROW(GdbClient(std::move(ours), machine_of(Architecture::x86_64), passed), Error);
}

} // namespace
} // namespace mblab::recording
