// SPDX-License-Identifier: GPL-2.0-or-later
// Explanations: what each trait explains, what it does not, and where the states part.
#include "core/oracle/explanation.hpp"

#include "core/op/typed.hpp"

#include <gtest/gtest.h>

#include <set>

namespace mblab {
namespace {

const Variant numa{.config = MBLAB_CONFIG_numa, .max_nodes = 16, .memory_regions = 4, .reserved_regions = 4};

/// An outcome that owns what it shows.
struct Made {
    std::vector<Region> reserved;
    std::vector<Effect> effects;
    std::string text = std::string(1, '\0');
    uint64_t result = 0;
    uint64_t max = 8;
    mblab_exit exit = MBLAB_RETURNED;

    Made &add(mblab_effect_kind kind, std::string_view words = "")
    {
        effects.push_back(
            {static_cast<uint32_t>(kind), words.empty() ? 0 : static_cast<uint32_t>(text.size()), 0, 0, 0});
        text.append(words) += '\0';
        return *this;
    }
    Outcome outcome() const
    {
        Outcome made;
        made.result = {exit, 1, {result}};
        made.effects = {effects.data(), text.data(), static_cast<uint32_t>(effects.size()),
                        static_cast<uint32_t>(text.size())};
        made.state.type[MBLAB_TYPE_reserved] = {reserved.size(), max, 0, MBLAB_STATIC_ADDR, 0, reserved.data()};
        return made;
    }
};

const Op reserve = make_op(MBLAB_OP_memblock_reserve, {0, 0x1000});

/// The verdict in a line: the traits that explain something, then what is left, then whether states part.
std::string judge(std::string_view traits, const Op &op, const Made &a, const Made &b, uint64_t slab = MBLAB_SLAB_DOWN,
                  bool deferred = false)
{
    State before(numa);
    before.slab = slab;
    before.deferred_pages = deferred;
    const Outcome left = a.outcome(), right = b.outcome();
    const Explanation::Verdict verdict = Explanation(traits).judge({before, op, left, right}, all_effects);
    std::string text;
    for (const Explanation::Explained &each : verdict.explained)
        text += std::string(each.trait) + " " + std::string(each.field) + "; ";
    text += verdict.unexplained ? "not " + std::string(verdict.unexplained->field()) : "all";
    return text + (verdict.states_agree ? "" : ", ends");
}

Made regions(std::vector<Region> reserved)
{
    Made made;
    made.reserved = std::move(reserved);
    return made;
}

TEST(Explanation, NamesTraitsAndFieldsThatExist)
{
    std::set<std::string_view> ids, of_rows;
    for (const Trait &trait : traits())
        ids.insert(trait.id);
    for (const ExpectedField &field : expected_fields())
        ids.insert(field.name);
    for (const Explains &row : explains()) {
        EXPECT_TRUE(ids.contains(row.trait)) << row.trait;
        of_rows.insert(row.trait);
    }
    for (const ExpectedField &field : expected_fields())
        EXPECT_TRUE(of_rows.contains(field.name)) << field.name;
}

TEST(Explanation, WithoutTraitsExplainsNothing)
{
    EXPECT_EQ(judge("", reserve, regions({{0, 0x1000, 0, 16}}), regions({{0, 0x1000, 0, -1}})),
              "not reserved attributes, ends");
}

TEST(Explanation, NodesAndFlagsOfReservations)
{
    const Made old = regions({{0, 0x1000, 0, 16}}), none = regions({{0, 0x1000, 0, -1}});
    EXPECT_EQ(judge("S01", reserve, old, none), "S01 reserved attributes; all");
    EXPECT_EQ(judge("S01", reserve, old, regions({{0, 0x1000, 0, 3}})), "not reserved attributes, ends");
    EXPECT_EQ(judge("S01 S03", reserve, old, regions({{0, 0x1000, 0, 3}})), "S03 reserved attributes; all");
    EXPECT_EQ(judge("S01", reserve, old, regions({{0, 0x2000, 0, -1}})), "not reserved ranges, ends");
    EXPECT_EQ(judge("S02", reserve, old, regions({{0, 0x1000, 0x20, 16}})), "S02 reserved attributes; all");
    EXPECT_EQ(judge("S02", reserve, old, regions({{0, 0x1000, 0x220, 16}})), "not reserved attributes, ends");
}

TEST(Explanation, ReservationsThatDoNotJoin)
{
    const Made one = regions({{0, 0x2000, 0, 0}}), two = regions({{0, 0x1000, 0, 0}, {0x1000, 0x1000, 0x20, 0}});
    EXPECT_EQ(judge("S02 S04", reserve, one, two), "S04 reserved ranges; all");
    EXPECT_EQ(judge("S04", reserve, one, two), "not reserved ranges, ends") << "nothing that it could follow from";
    EXPECT_EQ(judge("S02 S04", reserve, one, regions({{0, 0x1000, 0, 0}, {0x1800, 0x800, 0x20, 0}})).substr(0, 3),
              "not");
}

TEST(Explanation, AnArrayThatGrowsEarlierEndsTheComparison)
{
    Made one = regions({{0, 0x2000, 0, 0}}), two = regions({{0, 0x1000, 0, 0}, {0x1000, 0x1000, 0x20, 0}});
    one.max = two.max = 2;
    two.exit = MBLAB_PANIC;
    EXPECT_EQ(judge("S02 S04", reserve, one, two).substr(0, 14), "S04 result; al");
    one.max = two.max = 100;
    two.exit = MBLAB_RETURNED;
    two.result = 1;
    EXPECT_EQ(judge("S02 S04", reserve, one, two), "not result") << "there was room";
}

TEST(Explanation, AnAllocationOfNothingFindsRoomBetweenReservations)
{
    const Made one = regions({{0, 0x2000, 0, 0}});
    Made two = regions({{0, 0x1000, 0, 0}, {0x1000, 0x1000, 0x20, 0}});
    two.result = 0x1000;
    EXPECT_EQ(judge("S02 S04", make_op(MBLAB_OP_memblock_phys_alloc, {0, 0}), one, two), "S04 result; all");
    EXPECT_EQ(judge("S02 S04", make_op(MBLAB_OP_memblock_phys_alloc, {1, 0}), one, two), "not result");
}

TEST(Explanation, MessagesAreComparedInTheWordsThatBothHave)
{
    const auto prints = [](std::string_view text) { return std::move(Made().add(MBLAB_EFFECT_print, text)); };
    const Made old = prints("memblock_reserve: [0-1] caller");
    EXPECT_EQ(judge("S12", reserve, old, prints("__memblock_reserve: [0-1] nid=-1 flags=0 caller")), "S12 print; all");
    EXPECT_EQ(judge("S12", reserve, old, prints("__memblock_reserve: [0-2] nid=-1 flags=0 caller")),
              "S12 print; not print");
    EXPECT_EQ(judge("S12", reserve, old, prints("other")), "not print");
    const Made node = prints("__memblock_reserve: [0-1] nid=-1 flags=0 caller");
    EXPECT_EQ(judge("S01", reserve, node, prints("__memblock_reserve: [0-1] nid=16 flags=0 caller")), "S01 print; all");
    EXPECT_EQ(judge("S01", reserve, node, prints("__memblock_reserve: [0-1] nid=-1 flags=20 caller")),
              "S01 print; not print");
    EXPECT_EQ(judge("S02", reserve, node, prints("__memblock_reserve: [0-1] nid=-1 flags=20 caller")),
              "S02 print; all");
    const Op parameter = make_op(MBLAB_OP_early_param, {}, "reserve_mem=1");
    EXPECT_EQ(judge("S21", parameter, Made(), prints("reserve_mem: empty or malformed parameter")), "S21 print; all");
    EXPECT_EQ(judge("S21", parameter, Made(), prints("reserve_mem: no more room")), "not print");
    EXPECT_EQ(judge("S21b", parameter, Made(), prints("reserve_mem: no more room")), "S21b print; all");
    EXPECT_EQ(judge("S21c", parameter, Made(), prints("reserve_mem: name \"a\" was used")), "S21c print; all");
    EXPECT_EQ(judge("S21d", parameter, Made(), prints("reserve_mem: memblock allocation failed")), "S21d print; all");
    EXPECT_EQ(judge("S21", reserve, Made(), prints("reserve_mem: empty or malformed parameter")), "not print");
}

TEST(Explanation, FilesOfDebugfsAreComparedInWhatBothShow)
{
    const auto shows = [](std::string_view text) { return std::move(Made().add(MBLAB_EFFECT_seq, text)); };
    const Op show = make_op(MBLAB_OP_debugfs_show, {MBLAB_TYPE_memory});
    const Made named = shows("   0: 0x0..0xfff    0 KHO_SCRATCH\n   1: 0x2000..0x2fff    0 NONE\n");
    const Made unknown = shows("   0: 0x0..0xfff    0 UNKNOWN\n   1: 0x2000..0x2fff    0 NONE\n");
    const Made elsewhere = shows("   0: 0x0..0xfff    1 UNKNOWN\n   1: 0x2000..0x2fff    0 NONE\n");
    const Made places = shows("   0: 0x0..0xfff\n   1: 0x2000..0x2fff\n");
    const Made others = shows("   0: 0x0..0xfff\n   1: 0x2000..0x3fff\n");
    EXPECT_EQ(judge("S22", show, unknown, named), "S22 seq; all");
    EXPECT_NE(judge("S22", show, elsewhere, named).find("not seq"), std::string::npos);
    EXPECT_EQ(judge("S23", show, unknown, named), "S23 seq; all");
    EXPECT_EQ(judge("S22", show, places, named), "S22 seq; S22 seq; all");
    EXPECT_NE(judge("S22", show, others, named).find("not seq"), std::string::npos);
    EXPECT_EQ(judge("", show, unknown, named), "not seq");
}

TEST(Explanation, ALateFreeThatHasToWaitSaysSo)
{
    const Op free = make_op(MBLAB_OP_memblock_phys_free, {0, 0x1000});
    Made waits;
    waits.add(MBLAB_EFFECT_warn).add(MBLAB_EFFECT_print, "Cannot free reserved memory because of deferred pages");
    EXPECT_EQ(judge("S11", free, Made(), waits, MBLAB_SLAB_UP, true), "S11 effects; all");
    EXPECT_EQ(judge("S11", free, Made(), waits, MBLAB_SLAB_UP), "not warn") << "nothing is deferred";
    EXPECT_EQ(judge("S11", free, Made(), waits, MBLAB_SLAB_DOWN, true), "not warn") << "the slab is down";
    waits.add(MBLAB_EFFECT_print, "Another message");
    EXPECT_EQ(judge("S11", free, Made(), waits, MBLAB_SLAB_UP, true), "S11 effects; not print");
}

TEST(Explanation, TextsAreNotPartOfAllEffects)
{
    const auto late = [](std::string_view text) {
        return std::move(Made().add(MBLAB_EFFECT_page_to_buddy).add(MBLAB_EFFECT_print, text));
    };
    const Made prints = std::move(Made().add(MBLAB_EFFECT_print, "memblock_phys_free: [0-1] caller"));
    const Op free = make_op(MBLAB_OP_memblock_phys_free, {0, 0x1000}), discard = make_op(MBLAB_OP_memblock_discard);
    EXPECT_EQ(judge("S08", free, prints, late("memblock_phys_free: [0-1] caller"), MBLAB_SLAB_UP), "S08 effects; all");
    EXPECT_NE(judge("S08", free, prints, late("memblock_phys_free: [0-2] caller"), MBLAB_SLAB_UP).find("not print"),
              std::string::npos);
    EXPECT_EQ(judge("S10", discard, late("memblock_free_late: [0-1] caller"), prints), "S10 effects; all");
    EXPECT_NE(judge("S10", discard, late("memblock_free_late: [0-2] caller"), prints).find("not print"),
              std::string::npos);
}

TEST(Explanation, OnlyInItsCalls)
{
    Made ten, eleven;
    ten.result = 10;
    eleven.result = 11;
    EXPECT_EQ(judge("S13", make_op(MBLAB_OP_memblock_estimated_nr_free_pages), ten, eleven), "S13 result; all");
    EXPECT_EQ(judge("S13", make_op(MBLAB_OP_memblock_phys_mem_size), ten, eleven), "not result");
    const Made warns = std::move(Made().add(MBLAB_EFFECT_warn));
    EXPECT_EQ(judge("S05", reserve, warns, Made()), "S05 warn; all");
    EXPECT_EQ(judge("S05", make_op(MBLAB_OP_memblock_is_memory), warns, Made()), "not warn");
    const Op walk = make_op(MBLAB_OP___for_each_mem_range, {0, 3, 0, 0x40, 4});
    EXPECT_EQ(judge("S15", walk, ten, eleven), "S15 result; all");
    EXPECT_EQ(judge("S15", make_op(MBLAB_OP___for_each_mem_range, {0, 3, 0, 0x1, 4}), ten, eleven), "not result");
}

TEST(Explanation, ALateFreeEndsTheComparison)
{
    const Op free = make_op(MBLAB_OP_memblock_phys_free, {0, 0x1000});
    const Made kept = regions({{0, 0x1000, 0, 0}});
    const Made given = std::move(Made().add(MBLAB_EFFECT_page_to_buddy));
    EXPECT_EQ(judge("S08", free, given, kept, MBLAB_SLAB_UP), "S08 effects; S08 state; all, ends");
    EXPECT_EQ(judge("S08", free, given, kept), "not page_to_buddy, ends") << "the slab is down";
}

TEST(Explanation, PagesOutsideOfMemoryHaveTheNodeOfTheirReservation)
{
    const Op free_all = make_op(MBLAB_OP_memblock_free_all);
    Made zero, one;
    zero.add(MBLAB_EFFECT_init_reserved_page);
    one.add(MBLAB_EFFECT_init_reserved_page).effects.back().c = 1;
    EXPECT_EQ(judge("S03", free_all, zero, one), "S03 init_reserved_page; all");
    EXPECT_EQ(judge("S01", free_all, zero, one), "not init_reserved_page");
}

TEST(Explanation, ReadingShowsWhatDiffersInTheArray)
{
    Made one = regions({{0, 0x1000, 0, 16}}), two = regions({{0, 0x1000, 0, -1}}), same = one;
    two.result = 1;
    same.result = 1;
    const Op node = make_op(MBLAB_OP_memblock_get_region_node, {MBLAB_TYPE_reserved, 0});
    EXPECT_EQ(judge("S01", node, one, two), "S01 result; all");
    EXPECT_EQ(judge("S01", node, one, same), "not result") << "the arrays are alike";
    EXPECT_EQ(judge("S01", make_op(MBLAB_OP_memblock_get_region_node, {MBLAB_TYPE_memory, 0}), one, two), "not result");
}

/// What is expected to differ, and nothing besides, is left out; and with it what reads it.
TEST(Explanation, AnExpectedFieldHidesNoOther)
{
    const Made plain = regions({{0, 0x1000, 0, 0}});
    const auto of = [&](std::string_view field, const Region &other) {
        return judge(field, reserve, plain, regions({other}));
    };
    EXPECT_EQ(of("reserved.nid", {0, 0x1000, 0, 3}), "reserved.nid reserved attributes; all");
    EXPECT_EQ(of("reserved.nid", {0, 0x1000, 0x20, 3}),
              "reserved.nid reserved attributes; not reserved attributes, ends");
    EXPECT_EQ(of("reserved.nid", {0, 0x2000, 0, 3}), "not reserved ranges, ends");
    EXPECT_EQ(of("reserved.flags", {0, 0x1000, 0x220, 0}), "reserved.flags reserved attributes; all");
    EXPECT_EQ(of("reserved.flags", {0, 0x1000, 0x220, 3}),
              "reserved.flags reserved attributes; not reserved attributes, ends");
    EXPECT_EQ(of("memory.nid", {0, 0x1000, 0, 3}), "not reserved attributes, ends");
    EXPECT_EQ(of("reserved.nid reserved.flags", {0, 0x1000, 0x20, 3}),
              "reserved.nid reserved attributes; reserved.flags reserved attributes; all");

    Made read = regions({{0, 0x1000, 0, 3}});
    read.result = 3;
    const Op node = make_op(MBLAB_OP_memblock_get_region_node, {MBLAB_TYPE_reserved, 0});
    EXPECT_EQ(judge("reserved.nid", node, plain, read), "reserved.nid result; all");
    Made other = plain;
    other.result = 3;
    EXPECT_EQ(judge("reserved.nid", node, plain, other), "not result") << "the arrays are alike";
    EXPECT_EQ(judge("result", node, plain, other), "result result; all");
}

TEST(Explanation, MessagesAreAClassOfTheirOwn)
{
    Made silent = regions({{0, 0x1000, 0, 0}}), says = silent, moved = regions({{0, 0x2000, 0, 0}});
    says.add(MBLAB_EFFECT_print, "one");
    moved.add(MBLAB_EFFECT_print, "other");
    EXPECT_EQ(judge("messages", reserve, silent, says), "messages print; all");
    EXPECT_EQ(judge("messages", reserve, says, moved), "messages print; not reserved ranges, ends");
    EXPECT_EQ(judge("messages", reserve, silent, std::move(Made(silent).add(MBLAB_EFFECT_warn))), "not warn");
}

} // namespace
} // namespace mblab
