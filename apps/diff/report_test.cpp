// SPDX-License-Identifier: GPL-2.0-or-later
// The forms of a comparison: all list the same groups, what is expected counts for nothing, and a mail is a mail.
#include "apps/diff/entries.hpp"

#include "core/base/text.hpp"
#include "core/op/typed.hpp"

#include <gtest/gtest.h>

#include <regex>

namespace mblab {
namespace {

Change change(std::string signature, std::string trait, size_t regions)
{
    Change made;
    made.op = "memblock_add";
    made.what = "memory.cnt: 2 / 1";
    made.signature = std::move(signature);
    made.trait = std::move(trait);
    made.field = "reserved attributes";
    made.variants = {"numa-4"};
    made.inputs = 7;
    made.trace.variant = "numa-4";
    made.trace.add(ops::memblock_add{0, 0x1000});
    made.trace.add(make_op(MBLAB_OP_memblock_alloc_range_nid, {0x100000, 0x1000, 0x40000000, 0x7fffffff0000, 3, 1}));
    for (Change::Shown *side : {&made.base, &made.head}) {
        side->outcome = "  returned ret=0\n";
        for (size_t i = 0; i < regions; i++)
            side->outcome += "    [" + std::to_string(i) + ", " + std::to_string(i + 1) + ") nid 0\n";
        side->picture = "                    a         b         c         d         e         f         g         h\n"
                        "  memory, before    |#########|.........|#########|.........|#########|.........|#########|\n"
                        "  a = 0x0   b = 0x1000   c = 0x2000   d = 0x3000   e = 0x4000   f = 0x5000   g = 0x6000\n";
    }
    made.base.outcome += "    [100, 200) nid NUMA_NO_NODE\n";
    return made;
}

Comparison comparison()
{
    Comparison made;
    made.base = "a";
    made.head = "b";
    made.revisions = {"0123456789ab \"mm: one\"", "ba9876543210 \"mm: a subject that is as long as a subject of a "
                                                  "commit is allowed to be, and then a little longer\""};
    made.variants = {"numa-4"};
    made.traits.push_back({"S03", "allocations keep their node", "no", "yes", true, "numa-4", {}});
    made.changes = {change("difference memblock_add memory:cnt", "", 3),
                    change("trait S03 reserved attributes", "S03", 3), change("trait messages print", "messages", 90)};
    made.functions.push_back({"memblock_new", true, true});
    return made;
}

size_t lines_like(const std::string &text, const std::string &pattern)
{
    size_t count = 0;
    const std::regex wanted(pattern);
    each_line(text, [&](std::string_view line) { count += std::regex_search(std::string(line), wanted); });
    return count;
}

TEST(DiffReport, EveryFormListsAllGroups)
{
    const Comparison made = comparison();
    const size_t groups = 5;
    EXPECT_EQ(entries_of(made).size(), groups);
    EXPECT_EQ(lines_like(as_text(made), "^[0-9]+\\. "), groups);
    EXPECT_EQ(lines_like(as_mail(made), "^[0-9]+\\. "), groups);
    for (const std::string page = as_html(made); const Entry &entry : entries_of(made))
        EXPECT_NE(page.find(entry.title), page.npos) << entry.title;
    EXPECT_EQ(lines_like(as_json(made), "\"cause\":"), groups);
    EXPECT_EQ(lines_like(as_ktap(made), "^(not )?ok "), groups);
    EXPECT_EQ(lines_like(as_junit(made), "<testcase "), groups);
    EXPECT_EQ(lines_like(as_markdown(made), "^### "), groups);
}

TEST(DiffReport, NamesAreOfTheGroupAloneAndNoOthers)
{
    Comparison made = comparison();
    made.changes.push_back(change("difference memblock_add memory:cnt", "", 5));
    made.changes.back().inputs = 99;
    const std::string ktap = as_ktap(made);
    EXPECT_EQ(lines_like(ktap, "^not ok [0-9]+ difference memblock_add memory:cnt$"), 1U);
    EXPECT_EQ(lines_like(ktap, "^not ok [0-9]+ difference memblock_add memory:cnt #2$"), 1U);
    EXPECT_EQ(lines_like(as_junit(made), "name=\"difference memblock_add memory:cnt #2\""), 1U);
}

TEST(DiffReport, AMailHas75Columns)
{
    const std::string mail = as_mail(comparison());
    EXPECT_EQ(lines_like(mail, "^.{76}"), 0U) << mail;
    EXPECT_EQ(lines_like(mail, "^-    \\[100, 200\\) nid NUMA_NO_NODE$"), 3U) << mail;
    EXPECT_EQ(lines_like(mail, "^  memory, before "), 3U);
    EXPECT_EQ(lines_like(mail, "BASE: 0123456789ab \"mm: one\""), 1U);
    // The call that is longer than a line is read as one.
    const size_t start = mail.find("    variant numa-4");
    const Trace read = parse_trace(std::string_view(mail).substr(start, mail.find("\n\n", start) - start), "mail");
    ASSERT_EQ(read.steps.size(), 2U);
    EXPECT_TRUE(same_op(read.steps[1].op, comparison().changes[0].trace.steps[1].op));
}

TEST(DiffReport, WhatIsExpectedIsNoFailure)
{
    Comparison made = comparison();
    EXPECT_TRUE(made.fails());
    made.expected = {"S03", "messages", "memblock_new"};
    made.traits[0].expected = true;
    EXPECT_TRUE(made.fails()) << "one is left";
    EXPECT_EQ(lines_like(as_ktap(made), "^not ok "), 1U);
    made.changes.erase(made.changes.begin());
    EXPECT_FALSE(made.fails());
    EXPECT_FALSE(made.counts_cause("S03"));
    EXPECT_TRUE(made.counts_cause("S04"));
    EXPECT_EQ(lines_like(as_text(made), "4 expected"), 1U);
    made.changes[0].head.judged = "violates a law";
    EXPECT_TRUE(made.fails()) << "the head is not what the trait means";
    EXPECT_EQ(lines_like(as_text(made), "^1\\. S03 explains it, but HEAD does not follow it"), 1U);
    made.changes[0].head.is_known = true;
    EXPECT_FALSE(made.fails()) << "a known issue is what the trait means";
    made.changes[0].head.is_known = false;
    made.changes[0].base.judged = "violates a law";
    EXPECT_FALSE(made.fails()) << "neither is the base";
}

TEST(DiffReport, ACleanRunSaysSoInEveryForm)
{
    Comparison made;
    made.variants = {"numa-4"};
    for (const std::string &text :
         {as_text(made), as_mail(made), as_html(made), as_json(made), as_ktap(made), as_junit(made), as_markdown(made)})
        EXPECT_GE(lines_like(text, "no difference"), 1U) << text;
    made.elsewhere = {"mm/other.c"};
    EXPECT_GE(lines_like(as_markdown(made), "incomplete"), 1U);
}

std::string verdict_of(const Comparison &made)
{
    return verdict(made, entries_of(made));
}

TEST(DiffReport, TheVerdictSaysFirstWhatFails)
{
    Comparison made = comparison();
    EXPECT_EQ(verdict_of(made), "1 difference that no trait explains, 1 difference in messages alone, 1 trait differs, "
                                "1 field of outcomes that a trait explains, 1 function is on one side only");
    made.explained_is_good = true;
    EXPECT_EQ(
        verdict_of(made),
        "1 difference that no trait explains, 1 difference in messages alone; explained: 1 trait differs, 1 field "
        "of outcomes that a trait explains, 1 function is on one side only");
    made.changes = {made.changes[1]};
    EXPECT_FALSE(made.fails());
    EXPECT_EQ(verdict_of(made), "every difference is explained; 1 trait differs, 1 field of outcomes that a trait "
                                "explains, 1 function is on one side only");
    made.explained_is_good = false;
    EXPECT_TRUE(made.fails());
    EXPECT_EQ(verdict_of(made), "1 trait differs, 1 field of outcomes that a trait explains, 1 function is on one side "
                                "only; every difference is explained by it");
    made.functions.push_back({"memblock_old", false, true});
    made.changes.clear();
    made.traits.push_back(made.traits.front());
    EXPECT_EQ(verdict_of(made),
              "2 traits differ, 2 functions are on one side only; every difference is explained by them");
    made.expected = {"S03", "memblock_new", "memblock_old"};
    for (TraitChange &trait : made.traits)
        trait.expected = true;
    EXPECT_EQ(verdict_of(made), "no unexpected difference; 4 expected");
    made.elsewhere = {"mm/other.c"};
    EXPECT_EQ(verdict_of(made),
              "no unexpected difference; 4 expected; incomplete: 1 changed file is none that the lab runs");
}

TEST(DiffReport, NoDifferenceHasItsGrades)
{
    Comparison made;
    EXPECT_EQ(verdict_of(made), "no difference; searched: none found, everything changed was run");
    made.lines_known = true;
    EXPECT_EQ(verdict_of(made), "no difference; searched: none found, no line of code changed");
    made.identical = true;
    EXPECT_EQ(verdict_of(made), "identical: nothing changed");
    made.lines.push_back({.file = "mm/memblock.c", .line = 7, .text = "x", .compiled = true, .is_code = true});
    EXPECT_EQ(verdict_of(made), "no difference found; incomplete: no input ran 1 changed line");
    made.lines.push_back(made.lines.front());
    EXPECT_EQ(verdict_of(made), "no difference found; incomplete: no input ran 2 changed lines");
}

TEST(DiffReport, AMailHasWhatWasNotRunAtItsEndAndInShort)
{
    Comparison made = comparison();
    made.lines_known = true;
    for (unsigned line = 1; line <= 30; line++)
        made.lines.push_back({.file = "mm/memblock.c",
                              .line = line,
                              .text = std::string(6, '\t') + "if (size == 1)",
                              .compiled = true,
                              .is_code = true});
    const std::string mail = as_mail(made);
    EXPECT_EQ(mail.find('\t'), mail.npos) << "a tab is up to 8 columns";
    EXPECT_EQ(lines_like(mail, "^.{76}"), 0U) << mail;
    EXPECT_GT(mail.find("Not run:"), mail.find("1. memblock_add")) << "the differences come first";
    EXPECT_EQ(lines_like(mail, "changed, not run: mm/memblock.c:"), 5U);
    EXPECT_EQ(lines_like(mail, "and 25 more"), 1U) << mail;
}

TEST(DiffReport, ThePageNamesBothSidesAndOpensAtTheDifference)
{
    Comparison made = comparison();
    made.revisions[1] = "build/trees/linux-7.3/";
    made.patch = "--- a/mm/memblock.c\n+++ b/mm/memblock.c\n@@ -1 +1 @@\n-a\n+b\n";
    const std::string page = as_html(made);
    EXPECT_NE(page.find("<title>memblock: 0123456789ab \"mm: one\" and linux-7.3</title>"), page.npos);
    EXPECT_NE(page.find("\"opensAtDifference\":true"), page.npos);
    EXPECT_EQ(lines_like(page, "The patch\\. .*\\\\n[^\"]*\",true\\]"), 1U) << "the patch is unfolded";
}

TEST(DiffReport, WhatNoCallerMayPassIsMarked)
{
    Comparison made = comparison();
    for (const std::string &text : {as_text(made), as_mail(made), as_markdown(made), as_json(made)})
        EXPECT_EQ(lines_like(text, "no power of two"), 0U) << text;
    made.changes[0].trace.add(ops::memblock_trim_memory{0x3000});
    for (const std::string &text : {as_text(made), as_mail(made), as_markdown(made), as_json(made)})
        EXPECT_GE(lines_like(text, "no power of two|outside of what callers"), 1U) << text;
    EXPECT_EQ(outside_of_contract(made.changes[0].trace), "an argument is outside of what callers may pass: align of "
                                                          "memblock_trim_memory, 0x3000, is no power of two");
}

TEST(DiffReport, LinesThatWereRunAreRanges)
{
    Change made;
    for (const int line : {7, 8, 8, 9, 12})
        made.through.push_back("HEAD:mm/memblock.c:" + std::to_string(line));
    made.through.emplace_back("HEAD:mm/memblock.c:9#2");
    made.through.emplace_back("BASE:mm/memblock.c:3");
    EXPECT_EQ(made.through_lines(), "BASE mm/memblock.c:3; HEAD mm/memblock.c:7-9, 12");
}

} // namespace
} // namespace mblab
