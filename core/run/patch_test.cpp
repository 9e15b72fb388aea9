// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/patch.hpp"

#include "core/base/error.hpp"

#include <gtest/gtest.h>

namespace mblab {
namespace {

constexpr std::string_view known[] = {"mm/memblock.c", "include/linux/memblock.h"};

// One hunk, in each dress that it has on its way from one to another.
const std::string hunk = "@@ -1,2 +1,2 @@ int f(void)\n-old\n+new\n \n";

std::vector<FilePatch> read(const std::string &text)
{
    return read_patch(text, "a.patch", known);
}

std::string error_of(const std::string &text)
{
    try {
        read(text);
    } catch (const Error &error) {
        return error.what();
    }
    return "none";
}

TEST(Patch, IsReadInEveryDress)
{
    const std::string crlf = "--- a/mm/memblock.c\r\n+++ b/mm/memblock.c\r\n@@ -1 +1 @@\r\n-old\r\n+new\r\n";
    const std::string dresses[] = {
        "diff --git a/mm/memblock.c b/mm/memblock.c\nindex 1..2 100644\n--- a/mm/memblock.c\n+++ b/mm/memblock.c\n" +
            hunk,
        "diff --git mm/memblock.c mm/memblock.c\n--- mm/memblock.c\n+++ mm/memblock.c\n" + hunk,
        "diff --git i/mm/memblock.c w/mm/memblock.c\n--- i/mm/memblock.c\n+++ w/mm/memblock.c\n" + hunk,
        "diff -ru linux.orig/mm/memblock.c linux/mm/memblock.c\n--- linux.orig/mm/memblock.c\t2026-01-01\n"
        "+++ linux/mm/memblock.c\t2026-01-02\n" +
            hunk,
        "--- a/memblock.c\n+++ b/memblock.c\n" + hunk, // git diff --relative in mm
        "From 1 Mon Sep 17\nSubject: [PATCH] mm\n\n---\n mm/memblock.c | 2 +-\n\ndiff --git a/mm/memblock.c "
        "b/mm/memblock.c\n--- a/mm/memblock.c\n+++ b/mm/memblock.c\n" +
            hunk + "-- \n2.39\n",
        "--- a/mm/memblock.c\n+++ b/mm/memblock.c\n@@ -1,2 +1,2 @@ int f(void)\n-old\n+new\n\n", // a blank was dropped
        crlf,
    };
    for (const std::string &text : dresses) {
        const std::vector<FilePatch> files = read(text);
        ASSERT_EQ(files.size(), 1u) << text;
        EXPECT_EQ(files[0].path, "mm/memblock.c") << text;
        EXPECT_EQ(files[0].hunks, &text == &dresses[7] ? "@@ -1 +1 @@\n-old\n+new\n" : hunk) << text;
        EXPECT_FALSE(files[0].removes);
    }
}

TEST(Patch, OfSeveralFilesAndMailsIsReadInOrder)
{
    const std::string first = "--- a/mm/memblock.c\n+++ b/mm/memblock.c\n" + hunk;
    const std::string other = "--- a/tools/testing/memblock/linux/memblock.h\n+++ b/tools/testing/memblock/linux/"
                              "memblock.h\n" +
                              hunk;
    const std::vector<FilePatch> files = read("From 1\n" + first + "-- \n2.39\n\nFrom 2\n" + other + first);
    ASSERT_EQ(files.size(), 3u);
    EXPECT_EQ(files[1].path, "tools/testing/memblock/linux/memblock.h");
    EXPECT_EQ(files[2].path, "mm/memblock.c");
    // A line that begins like a header within a hunk is none.
    const std::vector<FilePatch> dashes = read("--- a/mm/memblock.c\n+++ b/mm/memblock.c\n@@ -1 +1 @@\n--- x\n+++ y\n");
    ASSERT_EQ(dashes.size(), 1u);
    EXPECT_EQ(dashes[0].hunks, "@@ -1 +1 @@\n--- x\n+++ y\n");
}

TEST(Patch, ThatRemovesOrRenamesSaysSo)
{
    EXPECT_TRUE(read("--- a/mm/memblock.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-old\n")[0].removes);
    const std::vector<FilePatch> renamed = read("diff --git a/mm/memblock.c b/mm/other.c\nsimilarity index "
                                                "100%\nrename from mm/memblock.c\nrename to mm/other.c\n");
    EXPECT_EQ(renamed[0].path, "mm/memblock.c");
    EXPECT_TRUE(renamed[0].removes);
}

TEST(Patch, ThatIsNoneOrIsCutSaysWhere)
{
    EXPECT_EQ(error_of(""), "a.patch: no patch in it");
    EXPECT_EQ(error_of("hello\n"), "a.patch: no patch in it");
    EXPECT_EQ(error_of("--- a/mm/memblock.c\n+++ b/mm/memblock.c\n@@ -1,9 +1,9 @@\n a\n"),
              "a.patch:3: the patch ends within this hunk");
    EXPECT_EQ(error_of("--- a/mm/memblock.c\n+++ b/mm/memblock.c\n@@ -1,2 +1,2 @@\n a\nrubbish\n"),
              "a.patch:5: expected a line of the hunk at line 3");
}

} // namespace
} // namespace mblab
