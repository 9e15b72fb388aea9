// SPDX-License-Identifier: GPL-2.0-or-later
// Why a line of a few positions speaks for all addresses (docs/closed-worlds.md): what calls do to sets depends on the
// order of their ends alone, and blocks are placed by order, sizes and alignments. So the outcome of the images of
// calls is the image of the outcome.
#include "core/op/typed.hpp"
#include "core/run/catalog.hpp"
#include "core/search/explore_world.hpp"
#include "core/search/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>

namespace mblab {
namespace {

using Map = std::function<std::optional<uint64_t>(uint64_t)>;

/// Numbers in order, anywhere below the last page of the address space, for the positions of a line.
Map keeping_order(Random &random, const std::vector<uint64_t> &positions)
{
    std::vector<uint64_t> images;
    while (images.size() < positions.size()) {
        images.push_back((random.next() >> random.below(60)) % (~uint64_t{0} - 4096) + 1);
        std::ranges::sort(images);
        images.erase(std::ranges::unique(images).begin(), images.end());
    }
    std::map<uint64_t, uint64_t> map;
    for (size_t i = 0; i < positions.size(); i++)
        map[positions[i]] = images[i];
    return [map](uint64_t address) {
        const auto at = map.find(address);
        return at == map.end() ? std::nullopt : std::optional(at->second);
    };
}

/// The call on the images of its addresses; nothing where it has an address that is no position.
std::optional<Op> mapped(const Op &op, const Map &map)
{
    Op image = op;
    const OpInfo &info = op_info(op.kind);
    for (size_t i = 0; i < info.parameter_count; i++) {
        const ParameterKind kind = info.parameters[i].kind;
        const bool is_address = kind == ParameterKind::addr || kind == ParameterKind::end;
        if (is_address) {
            const std::optional<uint64_t> at = map(op.arg[i]);
            if (!at)
                return std::nullopt;
            image.arg[i] = *at;
        }
        // A size beside an address is where the range ends.
        if (kind == ParameterKind::size && i > 0 && info.parameters[i - 1].kind == ParameterKind::addr) {
            const std::optional<uint64_t> end = map(op.arg[i - 1] + op.arg[i]);
            if (!end)
                return std::nullopt;
            image.arg[i] = *end - image.arg[i - 1];
        }
    }
    return image;
}

std::vector<Region> mapped(Regions regions, const Map &map)
{
    std::vector<Region> images;
    for (Region region : regions) {
        const uint64_t end = map(end_of(region)).value();
        region.base = map(region.base).value();
        region.size = end - region.base;
        images.push_back(region);
    }
    return images;
}

struct Seen {
    mblab_result result;
    std::array<std::vector<Region>, 2> regions;
};

Seen seen(const Outcome &outcome)
{
    Seen seen{outcome.result, {}};
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved}) {
        const Regions regions = outcome.regions(type);
        seen.regions[type].assign(regions.begin(), regions.end());
    }
    return seen;
}

/// Runs random calls of the world on the engine, and their images after that; how many there were.
uint64_t compare_images(Engine &engine, const World &world, Random &random, const Map &map)
{
    std::vector<Op> calls;
    for (const Step &step : world.first.steps)
        calls.push_back(step.op);
    for (int i = 0; i < 40; i++)
        calls.push_back(world.calls[random.below(world.calls.size())]);
    std::erase_if(calls, [&](const Op &op) { return !mapped(op, map); });
    std::vector<Seen> outcomes;
    engine.reset();
    for (const Op &op : calls) {
        outcomes.push_back(seen(engine.run(op)));
        if (outcomes.back().result.exit != MBLAB_RETURNED)
            break;
    }
    engine.reset();
    for (size_t i = 0; i < outcomes.size(); i++) {
        const Seen image = seen(engine.run(*mapped(calls[i], map)));
        const ParameterKind kind = op_info(calls[i].kind).results[0].kind;
        EXPECT_EQ(image.result.exit, outcomes[i].result.exit) << print_op(calls[i]);
        if (image.result.exit != MBLAB_RETURNED)
            break;
        const uint64_t result = outcomes[i].result.value[0];
        EXPECT_EQ(image.result.value[0], kind == ParameterKind::addr && result ? map(result).value() : result)
            << print_op(calls[i]);
        for (size_t type = 0; type < image.regions.size(); type++)
            EXPECT_EQ(image.regions[type], mapped(outcomes[i].regions[type], map)) << print_op(calls[i]);
        if (testing::Test::HasFailure())
            break;
    }
    return outcomes.size();
}

class Image : public testing::TestWithParam<std::string> {};

TEST_P(Image, OfCallsOnSetsIsTheImageOfTheirOutcomes)
{
    if (!has_engine(GetParam(), "numa-4"))
        GTEST_SKIP() << "not built";
    const std::unique_ptr<Engine> engine = open_engine(GetParam(), "numa-4");
    // sets without its allocations, whose place in a range depends on how long it is.
    for (const char *name : {"sets", "flags", "reserved-flags"}) {
        World world = read_world(name);
        std::erase_if(world.calls, [&](const Op &op) {
            const Family family = op_info(op.kind).family;
            return !engine->has(op.kind) || family == Family::alloc ||
                   op_info(op.kind).results[0].kind == ParameterKind::size ||
                   op_info(op.kind).results[0].kind == ParameterKind::count;
        });
        std::vector<uint64_t> positions;
        for (uint64_t i = 1; i <= 7; i++)
            positions.push_back(i * 0x1000);
        Random random(7);
        uint64_t compared = 0;
        for (int i = 0; i < 300 && !HasFailure(); i++)
            compared += compare_images(*engine, world, random, keeping_order(random, positions));
        EXPECT_GT(compared, 1500u) << name;
    }
}

/// By any multiple of the largest alignment, away from the ends of the address space.
TEST_P(Image, OfAllocationsIsTheImageOfTheirOutcomesWhenAllMoves)
{
    if (!has_engine(GetParam(), "numa-4"))
        GTEST_SKIP() << "not built";
    const std::unique_ptr<Engine> engine = open_engine(GetParam(), "numa-4");
    const World world = read_world("sets");
    Random random(8);
    uint64_t compared = 0;
    for (int i = 0; i < 300 && !HasFailure(); i++) {
        const uint64_t distance = random.next() >> (4 + random.below(48)) << 12;
        compared += compare_images(*engine, world, random, [=](uint64_t address) { return address + distance; });
    }
    EXPECT_GT(compared, 1500u);
}

INSTANTIATE_TEST_SUITE_P(Engines, Image, testing::Values("port", "model", "linux-7.3", "linux-6.12"),
                         [](const auto &name) {
                             std::string text = name.param;
                             std::ranges::replace_if(text, [](unsigned char c) { return !std::isalnum(c); }, '_');
                             return text;
                         });

} // namespace
} // namespace mblab
