// SPDX-License-Identifier: GPL-2.0-or-later
// A second change behind a trait: what the trait alone makes of a call is explained, one effect or number more is not.
#include "core/oracle/model/model.hpp"
#include "core/oracle/traits.hpp"
#include "core/run/executor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace mblab {
namespace {

/// What an invented change adds to an outcome, in which the trait lets something else differ.
struct Invented {
    std::vector<Effect> effects;
    mblab_result result{};
};
using Change = std::function<void(Invented &)>;

/// A kernel that means what a dialect says, but for a change at one call.
class Kernel final : public Engine {
  public:
    Kernel(const Variant &variant, const Dialect &dialect, Change change = nullptr, size_t at = 0)
        : model_(variant, dialect), change_(std::move(change)), at_(at)
    {
        set_dialect(dialect);
    }

    std::string_view name() const override { return change_ ? "changed" : "kernel"; }
    const Variant &variant() const override { return model_.variant(); }
    bool has(uint16_t kind) const override { return model_.has(kind); }
    void reset() override
    {
        model_.reset();
        calls_ = 0;
    }
    const Outcome &run(const Op &op) override
    {
        outcome_ = model_.run(op);
        const std::span<const Effect> effects = outcome_.effect_list();
        made_ = {{effects.begin(), effects.end()}, outcome_.result};
        if (change_ && calls_++ == at_)
            change_(made_);
        outcome_.effects = {made_.effects.data(), "", static_cast<uint32_t>(made_.effects.size()), 1};
        outcome_.result = made_.result;
        return outcome_;
    }
    const mblab_state &state() override { return model_.state(); }

  private:
    Model model_;
    Change change_;
    size_t at_, calls_ = 0;
    Invented made_;
    Outcome outcome_;
};

Change one_more(mblab_effect_kind kind)
{
    return [=](Invented &made) { made.effects.push_back({static_cast<uint32_t>(kind), 0, 0x5000, 0, 1}); };
}

Change without(mblab_effect_kind kind)
{
    return [=](Invented &made) {
        EXPECT_TRUE(std::erase_if(made.effects, [=](const Effect &effect) { return effect.kind == kind; }));
    };
}

Change first_number(mblab_effect_kind kind, uint64_t number)
{
    return [=](Invented &made) {
        const auto found = std::ranges::find(made.effects, static_cast<uint32_t>(kind), &Effect::kind);
        ASSERT_NE(found, made.effects.end());
        found->c = number;
    };
}

void fails(Invented &made)
{
    made.result.value[0] = static_cast<uint64_t>(-12);
}

/// A trait, by the members of a dialect that are otherwise on the other side, and what may be invented behind it.
struct Behind {
    std::string_view trait;
    std::vector<bool Dialect::*> members;
    std::vector<Change> changes;
    Variant variant = {.config = MBLAB_CONFIG_numa, .max_nodes = 16, .memory_regions = 4, .reserved_regions = 4};
};

std::ostream &operator<<(std::ostream &out, const Behind &behind)
{
    return out << behind.trait;
}

const Variant highmem{.config = MBLAB_CONFIG_highmem, .max_nodes = 1, .memory_regions = 8, .reserved_regions = 8};
const Variant memmap{
    .config = MBLAB_CONFIG_numa | MBLAB_CONFIG_memmap, .max_nodes = 16, .memory_regions = 8, .reserved_regions = 8};

const Behind behind_traits[] = {
    {"S01", {&Dialect::reserve_has_no_node}, {one_more(MBLAB_EFFECT_warn), fails}},
    {"S05", {&Dialect::plain_overlap_is_silent}, {one_more(MBLAB_EFFECT_warn)}},
    {"S06",
     {&Dialect::reserve_has_no_node, &Dialect::alloc_keeps_node},
     {one_more(MBLAB_EFFECT_warn), without(MBLAB_EFFECT_warn)}},
    {"S08",
     {&Dialect::late_free_to_buddy},
     {first_number(MBLAB_EFFECT_page_to_buddy, 2), without(MBLAB_EFFECT_kmemleak_free_part_phys), fails}},
    {"S10",
     {&Dialect::discard_frees_late},
     {one_more(MBLAB_EFFECT_page_to_buddy), without(MBLAB_EFFECT_kmemleak_free_part_phys)}},
    {"S11", {&Dialect::deferred_pages_stay}, {one_more(MBLAB_EFFECT_warn), one_more(MBLAB_EFFECT_page_to_buddy)}},
    {"S13", {&Dialect::estimate_counts_kern}, {fails}},
    {"S15", {&Dialect::scratch_flag_filters}, {one_more(MBLAB_EFFECT_range), fails}},
    {"S18",
     {&Dialect::free_all_reaches_highmem},
     {first_number(MBLAB_EFFECT_page_to_buddy, 2), one_more(MBLAB_EFFECT_page_to_buddy)},
     highmem},
    {"S30",
     {&Dialect::late_free_to_buddy},
     {first_number(MBLAB_EFFECT_page_to_buddy, 2), without(MBLAB_EFFECT_kmemleak_free_part_phys)}},
    {"E02", {&Dialect::warns_of_max_numnodes}, {one_more(MBLAB_EFFECT_warn)}},
    {"E04", {&Dialect::accepts_memory}, {one_more(MBLAB_EFFECT_accept_memory)}},
    {"E05", {&Dialect::phys_alloc_uses_slab}, {without(MBLAB_EFFECT_kzalloc_node)}},
    {"E12", {&Dialect::counts_before_adding, &Dialect::counts_at_half}, {one_more(MBLAB_EFFECT_warn)}},
    {"E14", {&Dialect::nomap_pages_are_reserved}, {one_more(MBLAB_EFFECT_page_to_buddy)}},
    {"E15", {&Dialect::memory_map_is_freed}, {one_more(MBLAB_EFFECT_kmemleak_free_part_phys)}, memmap},
    {"E16", {&Dialect::invalid_node_is_any}, {without(MBLAB_EFFECT_range)}},
};

class ASecondChange : public testing::TestWithParam<Behind> {
  public:
    /// All traits by which the two dialects differ, as their engines would be asked.
    static std::vector<Finding> findings(Change change) { return findings(GetParam(), nullptr, std::move(change)); }

    static std::vector<Finding> findings(const Behind &behind, Change of_base, Change change)
    {
        const auto trait = std::ranges::find(traits(), behind.trait, &Trait::id);
        const Trace trace = witness_of(*trait, behind.variant);
        Dialect other;
        // Otherwise plain overlaps are silent, and there is nothing to count twice.
        if (behind.trait.starts_with("E12"))
            other.plain_overlap_is_silent = false;
        Dialect newest = other;
        for (bool Dialect::*const member : behind.members)
            other.*member = !(other.*member);
        const size_t last = trace.steps.size() - 1;
        Kernel base(behind.variant, other, std::move(of_base), last);
        Kernel head(behind.variant, newest, std::move(change), last);
        std::vector<Answers> answers;
        answers.push_back(ask(base));
        Kernel unchanged(behind.variant, newest);
        answers.push_back(ask(unchanged));
        const ExecutorOptions options{.laws = false,
                                      .explanation = std::make_shared<Explanation>(differing_traits(answers))};
        return Executor({&base, &head}, options).run_on(trace);
    }
};

TEST_P(ASecondChange, IsNoPartOfTheTrait)
{
    const std::vector<Finding> of_the_trait = findings(nullptr);
    for (const Finding &finding : of_the_trait)
        EXPECT_TRUE(finding.id.starts_with("trait ")) << finding.title;
    EXPECT_FALSE(of_the_trait.empty());
    for (const Change &change : GetParam().changes) {
        const std::vector<Finding> found = findings(change);
        EXPECT_EQ(std::ranges::count_if(found, [](const Finding &each) { return !each.id.starts_with("trait "); }), 1);
    }
}

TEST(AChangeOfBothSides, IsNoDifference)
{
    const Change warns = one_more(MBLAB_EFFECT_warn);
    const std::vector<Finding> found = ASecondChange::findings(behind_traits[0], warns, warns);
    EXPECT_FALSE(found.empty());
    for (const Finding &finding : found)
        EXPECT_TRUE(finding.id.starts_with("trait ")) << finding.title;
}

std::string name_of(const testing::TestParamInfo<Behind> &trait)
{
    return std::string(trait.param.trait);
}

INSTANTIATE_TEST_SUITE_P(Behind, ASecondChange, testing::ValuesIn(behind_traits), name_of);

} // namespace
} // namespace mblab
