// SPDX-License-Identifier: GPL-2.0-or-later
// The executor on made-up engines: what it reports, what it lets pass, and where it stops.
#include "core/base/error.hpp"
#include "core/op/typed.hpp"
#include "core/run/executor.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace mblab {
namespace {

/// An engine that says what a function tells it to.
class FakeEngine final : public Engine {
  public:
    using Behaviour = std::function<void(const Op &, Outcome &)>;
    FakeEngine(std::string name, Behaviour behaviour) : name_(std::move(name)), behaviour_(std::move(behaviour)) {}

    std::string_view name() const override { return name_; }
    const Variant &variant() const override { return variant_; }
    bool has(uint16_t kind) const override { return kind != MBLAB_OP_memblock_has_mirror; }
    void reset() override { calls = 0; }
    const Outcome &run(const Op &op) override
    {
        calls++;
        outcome_ = {};
        behaviour_(op, outcome_);
        return outcome_;
    }
    const mblab_state &state() override { return outcome_.state; }

    mblab_coverage coverage() const override { return {&counter, pcs[0] ? 1U : 0U, pcs}; }

    int calls = 0;
    Variant variant_;
    uint8_t counter = 0; // of its one block, where it has one
    uint64_t pcs[2] = {};

  private:
    std::string name_;
    Behaviour behaviour_;
    Outcome outcome_;
};

void returns_zero(const Op &, Outcome &outcome)
{
    outcome.result = {MBLAB_RETURNED, 1, {}};
}

Trace two_queries()
{
    Trace trace;
    trace.add(make_op(MBLAB_OP_memblock_is_memory, {1}));
    trace.add(make_op(MBLAB_OP_memblock_is_memory, {2}));
    return trace;
}

const ExecutorOptions compare_only = {.laws = false};

/// An engine with one region, whose end and whose count of changes a test sets.
struct OneRegion {
    Region region{0x1000, 0x1000, 0, 0};
    uint64_t version = 1;

    void operator()(const Op &op, Outcome &outcome)
    {
        returns_zero(op, outcome);
        outcome.state.type[MBLAB_TYPE_memory] = {1, 128, 0x1000, MBLAB_STATIC_ADDR, version, &region};
    }
};

TEST(Executor, EqualOutcomesAreNoFinding)
{
    FakeEngine a("a", returns_zero), b("b", returns_zero);
    EXPECT_FALSE(Executor({&a, &b}, compare_only).run(two_queries()));
    EXPECT_EQ(a.calls, 2);
}

TEST(Executor, StopsAtTheFirstDifferenceAndNamesIt)
{
    FakeEngine a("a", returns_zero),
        b("b", [](const Op &op, Outcome &outcome) { outcome.result = {MBLAB_RETURNED, 1, {op.arg[0] == 2}}; });
    const Trace trace = two_queries();
    const std::optional<Finding> finding = Executor({&a, &b}, compare_only).run(trace);
    ASSERT_TRUE(finding);
    EXPECT_EQ(finding->step, 1u);
    EXPECT_EQ(finding->id, "difference");
    EXPECT_NE(finding->title.find("result ret: false / true"), std::string::npos) << finding->title;
    EXPECT_NE(reproducer(trace, *finding).find("memblock_is_memory(0x2)\n"), std::string::npos);
}

TEST(Executor, DifferencesInEffectsAndStateCountAsWell)
{
    FakeEngine plain("plain", returns_zero);
    static const mblab_effect warn = {MBLAB_EFFECT_warn, 0, 0, 0, 0};
    FakeEngine warns("warns", [](const Op &, Outcome &outcome) {
        outcome.result = {MBLAB_RETURNED, 1, {}};
        outcome.effects = {&warn, "", 1, 1};
    });
    FakeEngine limits("limits", [](const Op &, Outcome &outcome) {
        outcome.result = {MBLAB_RETURNED, 1, {}};
        outcome.state.current_limit = 5;
    });
    EXPECT_NE(Executor({&plain, &warns}, compare_only).run(two_queries())->title.find("only the second has warn()"),
              std::string::npos);
    EXPECT_NE(Executor({&plain, &limits}, compare_only).run(two_queries())->title.find("current_limit: 0x0 / 0x5"),
              std::string::npos);
}

/// Lacks a call that the other has; else both answer alike.
class LacksReserve final : public Engine {
  public:
    explicit LacksReserve(Engine &as) : as_(as) {}
    std::string_view name() const override { return "lacks"; }
    const Variant &variant() const override { return as_.variant(); }
    bool has(uint16_t kind) const override { return kind != MBLAB_OP_memblock_reserve; }
    void reset() override { calls = 0; }
    const Outcome &run(const Op &op) override
    {
        calls++;
        return as_.run(op);
    }
    const mblab_state &state() override { return as_.state(); }
    int calls = 0;

  private:
    Engine &as_;
};

TEST(Executor, WhoLacksACallThatChangesTheStateIsLeftOut)
{
    FakeEngine a("a", returns_zero), b("b", returns_zero);
    LacksReserve lacks(b);
    Trace trace = two_queries();
    trace.steps.insert(trace.steps.begin() + 1, Step{ops::memblock_reserve{0, 1}, {}});
    Executor executor({&lacks, &a}, compare_only);
    EXPECT_FALSE(executor.run(trace));
    EXPECT_EQ(lacks.calls, 1); // the query before it
    EXPECT_EQ(a.calls, 3);
    EXPECT_EQ(executor.statistics().left_out, 1u);
    EXPECT_EQ(executor.statistics().absent[MBLAB_OP_memblock_reserve], 1u);
    EXPECT_EQ(executor.statistics().alone[MBLAB_OP_memblock_reserve], 1u);
    ExecutorOptions shared = compare_only;
    shared.shared_calls_only = true;
    EXPECT_FALSE(Executor({&lacks, &a}, shared).run(trace));
    EXPECT_EQ(a.calls, 2);
}

TEST(Executor, AFaultIsAFindingEvenWhenAllAgree)
{
    const auto faults = [](const Op &, Outcome &outcome) { outcome.result = {MBLAB_FAULT, 0, {}}; };
    FakeEngine a("a", faults), b("b", faults);
    EXPECT_EQ(Executor({&a, &b}, compare_only).run(two_queries())->id, "fault");
}

TEST(Executor, ACallThatDoesNotReturnEndsTheTrace)
{
    FakeEngine a("a", [](const Op &, Outcome &outcome) { outcome.result = {MBLAB_PANIC, 0, {}}; });
    Executor executor({&a}, compare_only);
    EXPECT_FALSE(executor.run(two_queries()));
    EXPECT_EQ(a.calls, 1);
    EXPECT_EQ(executor.statistics().rules.at("exit.did-not-return"), 1u);
}

/// An engine that gives so many pages away, in these many runs, and may be stopped by the lab's budget.
FakeEngine::Behaviour gives(const std::vector<Effect> &runs, mblab_exit exit)
{
    return [=](const Op &, Outcome &outcome) {
        outcome.result = {exit, 0, {}};
        outcome.effects = {runs.data(), "", static_cast<uint32_t>(runs.size()), 1};
    };
}

TEST(Executor, HowFarACallGotWithinTheBudgetIsNoDifference)
{
    const Effect first{MBLAB_EFFECT_page_to_buddy, 0, 0, 0, 8}, half{MBLAB_EFFECT_page_to_buddy, 0, 16, 0, 4},
        whole{MBLAB_EFFECT_page_to_buddy, 0, 16, 0, 9}, other{MBLAB_EFFECT_page_to_buddy, 0, 32, 0, 1};
    const auto finding = [](const std::vector<Effect> &stopped, const std::vector<Effect> &returned) {
        FakeEngine a("a", gives(returned, MBLAB_RETURNED));
        FakeEngine b("b", gives(stopped, MBLAB_BUDGET));
        Executor forward({&a, &b}, compare_only), backward({&b, &a}, compare_only);
        const std::optional<Finding> found = forward.run(two_queries());
        EXPECT_EQ(found.has_value(), backward.run(two_queries()).has_value());
        EXPECT_EQ(a.calls, 1) << "one engine that the budget stopped ends the trace";
        if (!found) {
            EXPECT_EQ(forward.ended()->rule->id, "lab.budget");
            EXPECT_EQ(forward.ended()->step, 0u);
        }
        return found ? found->title : "";
    };
    EXPECT_EQ("", finding({first, whole}, {first, whole}));
    EXPECT_EQ("", finding({first}, {first, whole}));
    EXPECT_EQ("", finding({first, half}, {first, whole}));
    EXPECT_NE("", finding({first, whole}, {first, half})) << "it went on where the other had ended";
    EXPECT_NE("", finding({first, other}, {first, whole}));
    EXPECT_NE("", finding({half, first}, {whole, first})) << "only the last run can be one that was cut";
    EXPECT_NE("", finding({first, whole}, {first}));
}

TEST(Executor, CallsThatAreUndefinedOrAbsentAreCountedAndNotMade)
{
    FakeEngine a("a", returns_zero);
    Executor executor({&a}, compare_only);
    Trace trace;
    trace.add(make_op(MBLAB_OP_memblock_end_of_DRAM)); // of no memory
    trace.add(make_op(MBLAB_OP_memblock_has_mirror));  // which this engine lacks
    EXPECT_FALSE(executor.run(trace));
    EXPECT_EQ(a.calls, 0);
    EXPECT_EQ(executor.statistics().rules.at("ub.end-of-dram-empty"), 1u);
    EXPECT_EQ(executor.statistics().absent[MBLAB_OP_memblock_has_mirror], 1u);
}

TEST(Executor, ExpectationsOfTheTraceAreChecked)
{
    FakeEngine a("a", returns_zero);
    Trace trace = two_queries();
    trace.steps[1].expected = 7;
    EXPECT_EQ(Executor({&a}, compare_only).run(trace)->id, "expectation");
    EXPECT_FALSE(Executor({&a}, {.laws = false, .expectations = false}).run(trace));
}

TEST(Executor, EnginesOfDifferentVariantsAreRefused)
{
    FakeEngine a("a", returns_zero), b("b", returns_zero);
    b.variant_.max_nodes = 16;
    EXPECT_THROW(Executor({&a, &b}), Error);
    EXPECT_THROW(Executor({}), Error);
}

TEST(Executor, TheHashDependsOnOutcomes)
{
    FakeEngine a("a", returns_zero),
        b("b", [](const Op &, Outcome &outcome) { outcome.result = {MBLAB_RETURNED, 1, {1}}; });
    Executor one({&a}, compare_only), two({&b}, compare_only), three({&a}, compare_only);
    for (Executor *executor : {&one, &two, &three}) {
        executor->set_hashing(true);
        executor->run(two_queries());
    }
    EXPECT_NE(one.outcome_hash(), two.outcome_hash());
    EXPECT_EQ(one.outcome_hash(), three.outcome_hash());
}

/// Equal arrays are not read again until an engine says that it has changed one, or knows nothing of changes.
TEST(Executor, ArraysAreComparedAfterEveryChange)
{
    for (const uint64_t version : {0u, 1u}) {
        OneRegion state;
        state.version = version;
        int calls = 0;
        FakeEngine a("a", OneRegion{});
        FakeEngine b("b", [&](const Op &op, Outcome &outcome) {
            if (++calls == 2) {
                state.region.size = 0x2000;
                state.version += version;
            }
            state(op, outcome);
        });
        const std::optional<Finding> finding = Executor({&a, &b}, compare_only).run(two_queries());
        ASSERT_TRUE(finding);
        EXPECT_EQ(finding->step, 1u);
        EXPECT_EQ(finding->difference->text(), "memory[0]: [0x1000, 0x2000) nid 0 / [0x1000, 0x3000) nid 0");
    }
}

/// After a reset, an engine's count of changes may begin again.
TEST(Executor, ArraysAreComparedAfterReset)
{
    OneRegion state;
    FakeEngine a("a", OneRegion{});
    FakeEngine b("b", std::ref(state));
    Executor executor({&a, &b}, compare_only);
    EXPECT_FALSE(executor.run(two_queries()));
    state.region.flags = 1;
    EXPECT_TRUE(executor.run(two_queries()));
}

TEST(Executor, NamesTheWatchedBlockThatTheDifferingCallRan)
{
    FakeEngine base("base", returns_zero);
    FakeEngine *counting = nullptr;
    FakeEngine head("head", [&](const Op &op, Outcome &outcome) {
        outcome.result = {MBLAB_RETURNED, 1, {op.arg[0]}};
        counting->counter = static_cast<uint8_t>(counting->counter + (op.arg[0] == 2));
    });
    counting = &head;
    head.pcs[0] = reinterpret_cast<uintptr_t>(&returns_zero);
    const uint64_t offset = counters_of(head).begin()->first;
    ExecutorOptions watching = compare_only;
    watching.watched = {{1, offset, "mm/memblock.c:7"}, {1, offset + 1, "mm/memblock.c:8"}};
    const Trace trace = two_queries();
    std::vector<std::string> signatures;
    for (const Finding &finding : Executor({&base, &head}, watching).run_on(trace))
        signatures.push_back(finding.signature(trace));
    EXPECT_EQ(signatures, (std::vector<std::string>{"difference memblock_is_memory result:0",
                                                    "difference memblock_is_memory result:0",
                                                    "difference memblock_is_memory result:0 through mm/memblock.c:7"}));
}

} // namespace
} // namespace mblab
