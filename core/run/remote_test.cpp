// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/remote.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/op/typed.hpp"
#include "core/run/catalog.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <sstream>

#include <sys/types.h>

namespace mblab {
namespace {

class RemoteEngineTest : public testing::Test {
  protected:
    void SetUp() override
    {
        if (!has_engine("port", "m32-phys32-8"))
            GTEST_SKIP() << "no engine of 32 bits is built here";
        engine = open_engine("port", "m32-phys32-8");
    }

    uint64_t memory_after_adding(uint64_t size)
    {
        engine->run(ops::memblock_add{.base = 0x1000, .size = size});
        return engine->state().type[MBLAB_TYPE_memory].total_size;
    }

    std::unique_ptr<Engine> engine;
};

/// Children of this process, which are the engine's.
void kill_children()
{
    std::istringstream children(read_file("/proc/thread-self/children"));
    for (pid_t child = 0; children >> child;)
        kill(child, SIGKILL);
}

TEST_F(RemoteEngineTest, AnswersAsAnEngineThatIsLoaded)
{
    EXPECT_EQ(engine->name(), "port");
    EXPECT_TRUE(engine->variant().has(MBLAB_CONFIG_m32));
    const Outcome &added = engine->run(ops::memblock_add{.base = 0x1000, .size = 0x5000});
    ASSERT_EQ(added.regions(MBLAB_TYPE_memory).size(), 1);
    EXPECT_EQ(added.regions(MBLAB_TYPE_memory)[0], (Region{0x1000, 0x5000, 0, 0}));
    // What did not change is not sent again, and still there.
    EXPECT_EQ(engine->run(ops::memblock_phys_mem_size{}).result.value[0], 0x5000);
    EXPECT_EQ(engine->run(ops::memblock_bottom_up{}).regions(MBLAB_TYPE_memory).size(), 1);
}

TEST_F(RemoteEngineTest, WrapsAnUnsignedLongAt32Bits)
{
    engine->run(ops::memblock_add{.base = 0xffffe000, .size = 0x1fff});
    // The frame that the range touches last has no number: PFN_UP() is 0.
    engine->run(ops::memblock_reserve{.base = 0xfffff000, .size = 0xfff});
    const uint64_t region = 0;
    const Op end = make_op(MBLAB_OP_memblock_region_reserved_end_pfn, {MBLAB_TYPE_reserved, region});
    EXPECT_EQ(engine->run(end).result.value[0], 0);
}

TEST_F(RemoteEngineTest, AProcessThatEndsIsAFaultAndTheNextTraceHasANewOne)
{
    EXPECT_EQ(memory_after_adding(0x3000), 0x3000);
    kill_children();
    EXPECT_EQ(engine->run(ops::memblock_phys_mem_size{}).result.exit, MBLAB_FAULT);
    EXPECT_EQ(engine->run(ops::memblock_phys_mem_size{}).result.exit, MBLAB_FAULT);
    engine->reset();
    EXPECT_EQ(engine->run(ops::memblock_phys_mem_size{}).result.value[0], 0);
    EXPECT_EQ(memory_after_adding(0x7000), 0x7000);
}

TEST(RemoteEngine, SaysOfAProgramThatItIsNone)
{
    try {
        open_engine_file("/bin/true");
        FAIL() << "it was taken for an engine";
    } catch (const Error &error) {
        EXPECT_NE(std::string(error.what()).find("/bin/true: not an engine"), std::string::npos) << error.what();
    }
}

} // namespace
} // namespace mblab
