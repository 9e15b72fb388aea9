// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/cache.hpp"

#include "core/base/files.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

namespace mblab {
namespace {

namespace fs = std::filesystem;

class CacheTest : public testing::Test {
  protected:
    CacheTest() { setenv("MBLAB_CACHE", folder_.path().c_str(), 1); }
    ~CacheTest() override { unsetenv("MBLAB_CACHE"); }

    /// A file of 1000 bytes that was used so many hours ago.
    void add(const std::string &entry, int hours)
    {
        const std::string path = folder_.file(entry);
        fs::create_directories(fs::path(path).parent_path());
        write_new_file(path, std::string(1000, 'x'));
        fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(hours));
    }
    bool has(const std::string &entry) const { return fs::exists(folder_.file(entry)); }

  private:
    TemporaryFolder folder_;
};

TEST_F(CacheTest, TheLongestUnusedGoFirst)
{
    add("engines/a.so", 3);
    add("worlds/b.o", 5);
    add("engines/c.so", 1);
    add("kernels/image", 9);
    note_cache_use(cache_folder() + "/worlds/b.o");
    EXPECT_EQ(bound_cache(3000), 0u) << "what is not bounded counted";
    EXPECT_EQ(bound_cache(2999), 1u);
    EXPECT_FALSE(has("engines/a.so"));
    EXPECT_EQ(bound_cache(1000), 1u);
    EXPECT_TRUE(has("worlds/b.o")) << "it was used last";
    EXPECT_TRUE(has("kernels/image"));
    for (const CachePart &part : cache_parts())
        EXPECT_EQ(part.bytes, part.name == "worlds" || part.name == "kernels" ? 1000u : 0u) << part.name;
}

TEST_F(CacheTest, WhatIsNotOfTheLabStays)
{
    add("kernels/image", 1);
    add("kallsyms-1", 1);
    add("mine", 1);
    clear_cache();
    EXPECT_FALSE(has("kernels/image") || has("kallsyms-1"));
    EXPECT_TRUE(has("mine"));
}

} // namespace
} // namespace mblab
