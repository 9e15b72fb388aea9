// SPDX-License-Identifier: GPL-2.0-or-later
// Exploring small worlds: what is counted, what is found, and that neither a kill nor a split changes it.
#include "core/search/explore.hpp"

#include "core/base/error.hpp"
#include "core/op/typed.hpp"
#include "core/oracle/model/model.hpp"
#include "core/run/catalog.hpp"
#include "core/search/explore_apart.hpp"
#include "core/search/explore_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <unistd.h>

namespace mblab {
namespace {

constexpr Variant small{MBLAB_CONFIG_numa, 16, 4, 4};

/// Two pages that are memory or not, and reserved or not: 16 states.
constexpr std::string_view two_pages = R"(# Two pages.
variant numa-4
line 0x1000 2 0x1000
memblock_add(range)
memblock_remove(range)
memblock_reserve(range)
memblock_phys_free(range)
)";

World world_of(std::string_view text)
{
    return parse_world(text, "test.world");
}

/// What a failing call says.
std::string error_of(const std::function<void()> &call)
{
    try {
        call();
    } catch (const Error &error) {
        return error.what();
    }
    return {};
}

/// The model, but for one answer.
class Liar final : public Engine {
  public:
    std::string_view name() const override { return "liar"; }
    const Variant &variant() const override { return model_.variant(); }
    bool has(uint16_t kind) const override { return model_.has(kind); }
    void reset() override { model_.reset(); }
    void load(const State &state) override { model_.load(state); }
    EffectMask predicted_effects() const override { return model_.predicted_effects(); }
    const mblab_state &state() override { return model_.state(); }
    const Outcome &run(const Op &op) override
    {
        outcome_ = model_.run(op);
        if (is<ops::memblock_remove>(op) && outcome_.state.type[MBLAB_TYPE_reserved].cnt == 1 &&
            outcome_.state.type[MBLAB_TYPE_memory].cnt == 1)
            outcome_.result.value[0] = 7;
        return outcome_;
    }

  private:
    Model model_{small};
    Outcome outcome_;
};

TEST(Explore, MakesEveryCallInEveryState)
{
    Model model(small);
    const World world = world_of(two_pages);
    ASSERT_EQ(world.calls.size(), 12u);
    const Exploration all = explore(world, {&model});
    EXPECT_TRUE(all.is_closed());
    EXPECT_EQ(all.counts.distinct, 16u);
    EXPECT_EQ(all.counts.calls, 16u * 12u);
    EXPECT_EQ(all.counts.generated, 1 + 16u * 12u);
    EXPECT_EQ(all.counts.checked, 16u);
    EXPECT_EQ(all.depth, 2u);
    EXPECT_EQ(all.left_on_queue(), 0u);
}

TEST(Explore, FindsWhatDiffersByAShortestTrace)
{
    Model model(small);
    Liar liar;
    const Exploration all = explore(world_of(two_pages), {&liar, &model});
    ASSERT_EQ(all.findings.size(), 1u);
    EXPECT_EQ(all.findings[0].trace.steps.size(), 3u); // add, reserve, and a removal that leaves something
    ASSERT_TRUE(all.findings[0].finding);
    EXPECT_EQ(all.findings[0].finding->id, "difference");
    EXPECT_EQ(all.findings[0].finding->step, 2u);
}

TEST(ExploreApart, TellsOfEachWorldUpToTheOneThatAnEngineDidNotSurvive)
{
    World good = world_of(two_pages), deadly = good, never = good;
    good.name = "good";
    deadly.name = "deadly";
    never.name = "never";
    const auto open = [&](const World &world) -> std::vector<Engine *> {
        if (world.name == "deadly")
            _exit(7);
        return {new Liar, new Model(small)};
    };
    const WorldsSeen seen =
        explore_apart({&good, &deadly, &never}, open, {}, std::chrono::seconds(60), std::chrono::seconds(10));
    ASSERT_EQ(seen.all.size(), 2u);
    EXPECT_EQ(seen.all[0].name, "good");
    ASSERT_EQ(seen.all[0].findings.size(), 1u);
    EXPECT_EQ(seen.all[0].findings[0].trace.steps.size(), 3u);
    EXPECT_EQ(seen.all[0].findings[0].trace.variant, "numa-4");
    EXPECT_EQ(seen.all[0].how(), seen.all[0].findings[0].signature);
    EXPECT_EQ(seen.all[1].name, "deadly");
    EXPECT_EQ(seen.all[1].how(), "exit status 7");
}

TEST(ExploreApart, EndsWithTheFirstFindingOrErrorWhereThatIsAsked)
{
    const World good = world_of(two_pages);
    const auto open = [&](const World &) -> std::vector<Engine *> { return {new Liar, new Model(small)}; };
    ExploreOptions first;
    first.first = true;
    const WorldsSeen seen =
        explore_apart({&good, &good}, open, first, std::chrono::seconds(60), std::chrono::seconds(10));
    ASSERT_EQ(seen.all.size(), 1u);
    EXPECT_FALSE(seen.all[0].is_closed);
}

TEST(Explore, SaysWhatIsNotClosed)
{
    Model model(small);
    ExploreOptions few;
    few.states_max = 5;
    EXPECT_FALSE(explore(world_of(two_pages), {&model}, few).is_closed());
    ExploreOptions short_of_calls;
    short_of_calls.calls_max = 20;
    const Exploration stopped = explore(world_of(two_pages), {&model}, short_of_calls);
    EXPECT_FALSE(stopped.is_closed());
    EXPECT_EQ(stopped.counts.calls, 24u); // a state is done whole
    // A name that was reserved is nothing that an engine can be put into.
    const Exploration named = explore(world_of("# Names.\nvariant numa-4\nfirst memblock_add(0x0, 0x10000)\n"
                                               "early_param(\"reserve_mem=4K:4K:a\")\n"),
                                      {&model});
    EXPECT_EQ(named.left_on_queue(), 0u);
    EXPECT_EQ(named.counts.not_loadable, 1u);
    EXPECT_FALSE(named.is_closed());
}

TEST(Explore, LastCallsAndSizesEndPaths)
{
    Model model(small);
    const Exploration last =
        explore(world_of("# One way.\nvariant numa-4\nlast memblock_add(0x1000, 0x1000)\n"), {&model});
    EXPECT_EQ(last.counts.distinct, 1u);
    EXPECT_EQ(last.counts.calls, 1u);
    const Exploration cut = explore(
        world_of("# Large.\nvariant numa-4\ntotal_size 0x1000\nmemblock_add(0x1000, {0x1000, 0x2000})\n"), {&model});
    EXPECT_EQ(cut.counts.distinct, 2u);
    EXPECT_EQ(cut.counts.cut, 2u);
    EXPECT_TRUE(cut.is_closed());
}

TEST(Explore, GoesOnFromWhateverAKillLeaves)
{
    Model model(small);
    const World world = world_of(two_pages);
    const TemporaryFolder folder;
    ExploreOptions options;
    options.checkpoint = folder.file("whole");
    const Exploration whole = explore(world, {&model}, options);
    const std::string bytes = read_file(options.checkpoint);
    for (size_t size = 0; size <= bytes.size(); size++) {
        options.checkpoint = folder.file("cut-" + std::to_string(size));
        write_new_file(options.checkpoint, std::string_view(bytes).substr(0, size));
        const Exploration again = explore(world, {&model}, options);
        EXPECT_EQ(again.counts, whole.counts) << size;
        EXPECT_EQ(again.depth, whole.depth) << size;
        EXPECT_EQ(read_file(options.checkpoint), bytes) << size;
    }
    EXPECT_EQ(explore(world, {&model}, options).resumed, whole.counts);
}

TEST(Explore, KnowsACheckpointOfSomethingElse)
{
    Model model(small);
    const TemporaryFolder folder;
    ExploreOptions options;
    options.checkpoint = folder.file("states");
    explore(world_of(two_pages), {&model}, options);
    const World other = world_of("# Another.\nvariant numa-4\nmemblock_add(0x1000, 0x1000)\n");
    EXPECT_NE(error_of([&] { explore(other, {&model}, options); }).find("no checkpoint of this exploration"),
              std::string::npos);
    options.shard = {1, 2};
    EXPECT_NE(error_of([&] { explore(world_of(two_pages), {&model}, options); }).find("no checkpoint"),
              std::string::npos);
}

/// A world in three shards; their checkpoints.
std::vector<std::string> explore_in_shards(const World &world, const std::vector<Engine *> &engines,
                                           const TemporaryFolder &folder,
                                           const std::function<void(const Exploration &)> &look)
{
    std::vector<std::string> files;
    for (uint64_t shard = 1; shard <= 3; shard++) {
        ExploreOptions options;
        options.shard = {shard, 3};
        options.checkpoint = files.emplace_back(folder.file(std::to_string(shard)));
        look(explore(world, engines, options));
    }
    return files;
}

TEST(Explore, ShardsMakeTheCallsOfTheWhole)
{
    Model model(small);
    Liar liar;
    const World world = world_of(two_pages);
    const std::vector<Engine *> engines = {&liar, &model};
    const Exploration whole = explore(world, engines);
    const TemporaryFolder folder;
    const std::vector<std::string> files = explore_in_shards(
        world, engines, folder, [&](const Exploration &part) { EXPECT_LT(part.counts.calls, whole.counts.calls); });
    // Where an engine differs, a share of another shard may go on.
    EXPECT_EQ(merge(world, {&liar, &model}, files).findings.size(), 1u);
    EXPECT_NE(error_of([&] { merge(world, engines, {files[0], files[1]}); }), "");
    EXPECT_NE(error_of([&] { merge(world, engines, {files[0], files[0], files[2]}); }), "");
}

TEST(Explore, MergedCountsAreThoseOfTheWhole)
{
    Model model(small);
    const World world = world_of(two_pages);
    const Exploration whole = explore(world, {&model});
    const TemporaryFolder folder;
    const std::vector<std::string> files = explore_in_shards(world, {&model}, folder, [](const Exploration &) {});
    EXPECT_EQ(merge(world, {&model}, files).counts, whole.counts);
}

/// What the port has been seen to do in these worlds, by a trace no longer than that of docs/findings.md.
TEST(Worlds, LeadToFindingsByShortestTraces)
{
    struct Wanted {
        const char *world, *id;
        size_t calls;
    };
    const Wanted all_wanted[] = {
        {"late", "late-free-loses-parts", 4},          {"late", "late-free-while-deferred", 5},
        {"memmap-holes", "map-freed-before-reset", 4}, {"discard", "doubling.overlaps", 8},
        {"discard", "discard-grows-freed-array", 11},  {"swallow", "doubling-miscounts", 11},
    };
    std::map<std::string, Exploration> explored;
    for (const auto &[name, id, calls] : all_wanted) {
        if (!explored.contains(name)) {
            const World world = read_world(name);
            const std::unique_ptr<Engine> port = open_engine("port", world.variant);
            explored.emplace(name, explore(world, {port.get()}));
        }
        const Exploration &all = explored.at(name);
        EXPECT_TRUE(all.is_closed() && all.findings.empty()) << name;
        const auto met = std::ranges::find(all.known, id, &Met::id);
        ASSERT_NE(met, all.known.end()) << id;
        EXPECT_EQ(met->trace.steps.size(), calls) << id;
    }
}

TEST(Worlds, OfTheCorpusBeginWithoutAFinding)
{
    EXPECT_GE(world_names().size(), 20u);
    for (const std::string &name : world_names()) {
        const World world = read_world(name);
        const std::unique_ptr<Engine> port = open_engine("port", world.variant),
                                      model = open_engine("model", world.variant);
        ExploreOptions little;
        little.calls_max = 3000;
        const Exploration all = explore(world, {port.get(), model.get()}, little);
        EXPECT_TRUE(all.findings.empty()) << name;
        EXPECT_GT(all.counts.generated, 20u) << name;
    }
}

TEST(ExploreState, BytesAreTheState)
{
    State state(small);
    state.memory().set.load(std::vector<Region>{{0x1000, 0x1000, 4, 16}, {~uint64_t{0} - 1, 1, 0x40, -1}}, 7);
    state.reserved() = {{}, 8, 0x2000, true, {1, 2, 3, 4}};
    state.reserved().set.top = state.top();
    state.current_limit = 0x3000;
    state.bottom_up = state.warned_of_slab = state.discarded = state.deferred_pages = true;
    state.slab = 2;
    state.totalram = 12;
    state.kho_scratch = {{1, 2}};
    std::string bytes;
    put_state(bytes, state);
    State read(small);
    take_state(bytes, read);
    EXPECT_EQ(read, state);
    for (size_t size = 0; size < bytes.size(); size++)
        EXPECT_NE(error_of([&] { take_state(std::string_view(bytes).substr(0, size), read); }), "") << size;
}

TEST(ExploreWorld, ACallStandsForAllThatItsSetsSay)
{
    const World world = world_of("# A sentence,\n# and its end.\nvariant numa-4\nline 0x2000 2 0x1000\n"
                                 "let few = {1, {at, 9}}\nfirst memblock_allow_resize()\n"
                                 "memblock_is_memory(few)\nlast memblock_reserve(range)\nmemblock_is_memory({1, 2})\n");
    EXPECT_EQ(world.sentence, "A sentence, and its end.");
    EXPECT_EQ(world.first.steps.size(), 1u);
    std::vector<uint64_t> places;
    for (size_t i = 0; i < world.last_begin; i++)
        places.push_back(world.calls[i].arg[0]);
    EXPECT_EQ(places, (std::vector<uint64_t>{1, 0x2000, 0x3000, 0x4000, 9, 2}));
    EXPECT_EQ(world.calls.size() - world.last_begin, 3u);
    EXPECT_EQ(print_op(world.calls[world.last_begin + 1]), "memblock_reserve(0x2000, 0x2000)");
}

TEST(ExploreWorld, ComplaintsNameTheLine)
{
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"variant numa-4\nmemblock_add(0x0, 0x1000)\n", "expected a comment"},
        {"# A.\nmemblock_add(0x0, 0x1000)\n", "expected a line \"variant"},
        {"# A.\nvariant numa-4\n", "expected a call"},
        {"# A.\nvariant numa-4\nmemblock_add(range)\n", "test.world:3"},
        {"# A.\nvariant numa-4\nline 0x0 2\n", "test.world:3: expected \"line START"},
        {"# A.\nvariant numa-4\nline 0x0 65 0x1000\n", "at most 64"},
        {"# A.\nvariant numa-4\nline 0xfffffffffffff000 2 0x1000\n", "below the end"},
        {"# A.\nvariant numa-4\n\nmemblock_ad(0x0, {0x0, 0x1000})\n", "test.world:4"},
        {"# A.\nvariant numa-4\nmemblock_add(0x0, {0x0, 0x1000)\n", "test.world:3"},
        {"# A.\nvariant numa-4\nlet many 1\n", "expected \"let NAME"},
        {"# A.\nvariant numa-4\ntotal_size many\n", "expected a number, not \"many\""},
        {"# A.\nvariant numa-4\nmemblock_discard\n", "expected a call, as"},
    };
    const auto complaint = [](std::string_view text) { return error_of([&] { world_of(text); }); };
    for (const auto &[text, expected] : cases)
        EXPECT_NE(complaint(text).find(expected), std::string::npos) << text << complaint(text);
}

} // namespace
} // namespace mblab
