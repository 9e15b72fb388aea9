// SPDX-License-Identifier: GPL-2.0-or-later
// Putting engines into a state: what is loaded is read back, and calls from it do what they did where it was reached.
#include "core/base/error.hpp"
#include "core/engine/fold.hpp"
#include "core/op/typed.hpp"
#include "core/oracle/rules.hpp"
#include "core/run/catalog.hpp"
#include "core/search/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mblab {
namespace {

struct Reached {
    State state;
    Op next;
    std::string outcome; // of next
};

bool takes_slab(const Outcome &outcome)
{
    return std::ranges::any_of(outcome.effect_list(), [](const Effect &effect) {
        return effect.kind == MBLAB_EFFECT_kmalloc || effect.kind == MBLAB_EFFECT_kzalloc_node;
    });
}

/// The states of a trace, and what the call after each does. Where slab blocks lie depends on how many there were
/// before, which no state says.
std::vector<Reached> drive(Engine &engine, const Trace &trace)
{
    std::vector<Reached> all;
    engine.reset();
    engine.run(ops::world_budget{1024}); // stays
    State state(engine.variant(), engine.dialect());
    for (const Step &step : trace.steps) {
        if (!engine.has(step.op.kind) || refuses(state, step.op))
            continue;
        const State before = state;
        const Outcome &outcome = engine.run(step.op);
        fold(state, step.op, outcome);
        if (cannot_load(before).empty() && !takes_slab(outcome))
            all.push_back({before, step.op, describe(step.op.kind, outcome)});
        if (corrupted(before, step.op, outcome) || ends_after(before, step.op, outcome))
            break;
    }
    return all;
}

void expect_same_state(const mblab_state &read, const State &state)
{
    mblab_state wanted{};
    state.show(wanted);
    Outcome a, b;
    a.state = read;
    b.state = wanted;
    const auto found = state_difference(a, b);
    EXPECT_FALSE(found) << found->text();
}

class Loaded : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(Loaded, StatesAreReadBackAndGoOnAsWhereTheyWereReached)
{
    const auto &[name, variant] = GetParam();
    if (!has_engine(name, variant))
        GTEST_SKIP() << "not built";
    const std::unique_ptr<Engine> engine = open_engine(name, variant);
    Random random(16);
    uint64_t compared = 0, grown = 0, marked = 0;
    for (int i = 0; i < 60; i++) {
        for (const Reached &reached : drive(*engine, random_trace(random, 60))) {
            engine->load(reached.state);
            expect_same_state(engine->state(), reached.state);
            compared++;
            grown += reached.state.reserved().storage != MBLAB_STATIC_ADDR;
            marked += reached.state.can_resize && reached.state.debug;
            // Warnings that old kernels give once are no part of what is kept from call to call.
            if (!engine->dialect().warns_of_max_numnodes) {
                EXPECT_EQ(describe(reached.next.kind, engine->run(reached.next)), reached.outcome)
                    << print_op(reached.next);
            }
        }
    }
    EXPECT_GT(compared, 600u);
    if (variant.ends_with("-4")) { // the others hold too much to grow often
        EXPECT_GT(grown, 20u);
    }
    EXPECT_GT(marked, 60u);
}

std::vector<std::pair<std::string, std::string>> engines_to_load()
{
    std::vector<std::pair<std::string, std::string>> all;
    for (const char *variant : {"numa-4", "uma-4", "numa-kho-8", "uma-phys32-8", "numa-3-4"}) {
        all.emplace_back("model", variant);
        all.emplace_back("port", variant);
        for (const EngineFile &file : list_engines())
            if (file.variant == variant && file.name.starts_with("linux-"))
                all.emplace_back(file.name, variant);
    }
    return all;
}

INSTANTIATE_TEST_SUITE_P(Engines, Loaded, testing::ValuesIn(engines_to_load()), [](const auto &engine) {
    std::string name = engine.param.first + "_" + engine.param.second;
    std::ranges::replace_if(name, [](unsigned char letter) { return !std::isalnum(letter); }, '_');
    return name;
});

TEST(LoadedFacts, AreWhatEachIsFor)
{
    // By the call that shows each: what it gives before and after.
    const std::unique_ptr<Engine> engine = open_engine("port", "numa-4");
    State state(engine->variant(), engine->dialect());
    state.memory().set.load(std::vector<Region>{{0x10000, 0x10000, 0, 0}}, 0x10000);
    const auto effects = [&](const Op &op) {
        engine->load(state);
        return engine->run(op).effects.count;
    };
    EXPECT_EQ(effects(ops::memblock_add{0x1000, 0x1000}), 0u);
    state.debug = true;
    EXPECT_EQ(effects(ops::memblock_add{0x1000, 0x1000}), 1u); // it says so
    state.debug = false;
    EXPECT_EQ(effects(ops::memblock_add{0x1000, 0x1000}), 0u); // and no longer
    const uint32_t nodes_reset = effects(ops::reset_all_zones_managed_pages{});
    EXPECT_GT(nodes_reset, 0u);
    state.managed_reset = true;
    EXPECT_EQ(effects(ops::reset_all_zones_managed_pages{}), 0u);
    state.has_mirror = true;
    engine->load(state);
    EXPECT_EQ(engine->run(ops::memblock_has_mirror{}).result.value[0], 1u);
    state.slab = MBLAB_SLAB_UP;
    state.max_low_pfn = 0x100;
    const uint32_t with_warning = effects(ops::memblock_alloc{0x1000, 0x1000});
    state.warned_of_slab = true;
    EXPECT_LT(effects(ops::memblock_alloc{0x1000, 0x1000}), with_warning);
}

/// The flags that say where an array came from decide how it is given back when the next one takes its place.
TEST(LoadedFacts, ArraysInSlabGoBackThere)
{
    const std::unique_ptr<Engine> engine = open_engine("port", "numa-4");
    State state(engine->variant(), engine->dialect());
    std::vector<Region> regions;
    for (uint64_t i = 1; i <= 8; i++)
        regions.push_back({i * 0x10000, 0x1000, 0, 0});
    state.can_resize = true;
    state.slab = MBLAB_SLAB_UP;
    state.memory().set.load(regions, uint64_t{8} * 0x1000);
    state.memory().max = 8;
    state.memory().storage = MBLAB_SLAB_ADDR_64 + 0x4000;
    state.memory().in_slab = true;
    engine->load(state);
    expect_same_state(engine->state(), state);
    const Outcome &outcome = engine->run(ops::memblock_add{0x100000, 0x1000});
    EXPECT_EQ(std::ranges::count(outcome.effect_list(), MBLAB_EFFECT_kfree, &Effect::kind), 1);
    // The new block lies after the one that was loaded.
    EXPECT_EQ(outcome.state.type[MBLAB_TYPE_memory].storage, MBLAB_SLAB_ADDR_64 + 0x4000 + 0x2000);
}

TEST(LoadedFacts, WhatAStateDoesNotHoldIsRefused)
{
    const std::unique_ptr<Engine> engine = open_engine("port", "numa-4");
    State state(engine->variant(), engine->dialect());
    EXPECT_EQ(cannot_load(state), "");
    state.names.push_back({"a", 0, 1});
    EXPECT_NE(cannot_load(state), "");
    state.names.clear();
    state.kho.enabled = true;
    EXPECT_NE(cannot_load(state), "");
    state.kho = {};
    state.physmem().storage = 0x1000;
    EXPECT_EQ(cannot_load(state), "");
    state.physmem().in_slab = true;
    EXPECT_NE(cannot_load(state), "");
    // An array in slab without leave to grow is no state that can be reached.
    state = State(engine->variant(), engine->dialect());
    state.memory().in_slab = true;
    EXPECT_THROW(engine->load(state), Error);
}

} // namespace
} // namespace mblab
