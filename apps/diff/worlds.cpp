// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/diff/worlds.hpp"

#include "apps/diff/change.hpp"
#include "core/base/files.hpp"
#include "core/engine/engine.hpp"
#include "core/run/catalog.hpp"
#include "core/search/explore_apart.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>

namespace mblab {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr uint64_t rounds[] = {10000, 100000}; // calls in each world
constexpr milliseconds call_limit = 1s;        // a thousand times what a call takes
constexpr size_t deaths_max = 4;               // of one variant: what kills in one world mostly kills in the others

/// Each signature once in a variant, with the shortest trace.
void note(SearchResult &out, const std::string &signature, const Trace &trace)
{
    const auto same = [&](const FoundDifference &other) {
        return other.signature == signature && other.variant == trace.variant;
    };
    if (const auto known = std::ranges::find_if(out.differences, same); known == out.differences.end())
        out.differences.push_back({signature, trace.variant, trace, 1});
    else if (known->inputs++; trace.steps.size() < known->trace.steps.size())
        known->trace = trace;
}

void note_death(SearchResult &out, const std::string &death, const Trace &trace)
{
    out.differences.push_back({"", trace.variant, trace, 1, death});
}

/// What one world showed, in the words of a search.
void add(const WorldSeen &world, SearchResult &out)
{
    out.inputs++;
    out.ops += world.calls;
    for (const WorldSeen::Shown &shown : world.findings)
        note(out, shown.signature, shown.trace);
    if (!world.death.empty())
        note_death(out, world.death, world.death_trace);
}

std::vector<World> all_worlds()
{
    std::vector<World> worlds;
    for (const std::string &name : world_names())
        worlds.push_back(read_world(name));
    return worlds;
}

/// The worlds of one variant. Its engines are opened by the child, once for all of them.
class Attempt {
  public:
    Attempt(const EnginePair &pair, const std::vector<World> &worlds) : pair_(pair)
    {
        for (const World &world : worlds)
            if (pair.base != pair.head && variant_name(world.variant) == pair.variant)
                worlds_.push_back(&world);
    }

    /// Returns how many were closed without a difference; they are left out the next time, and so are those that an
    /// engine did not survive.
    unsigned run(uint64_t calls, milliseconds limit, bool first, SearchResult &out)
    {
        ExploreOptions options;
        options.calls_max = calls;
        options.explanation = std::make_shared<const Explanation>(pair_.traits);
        options.laws = false;
        options.first = first;
        std::unique_ptr<Engine> base, head;
        const auto open = [&](const World &) {
            if (!base) {
                base = open_engine(pair_.base, pair_.variant);
                head = open_engine(pair_.head, pair_.variant);
            }
            return std::vector<Engine *>{base.get(), head.get()};
        };
        unsigned closed = 0;
        std::vector<const World *> left = worlds_;
        while (!left.empty() && deaths_ < deaths_max) {
            const WorldsSeen seen =
                explore_apart(left, open, options, std::chrono::ceil<std::chrono::seconds>(limit), call_limit);
            out.processor += seen.processor;
            for (const WorldSeen &world : seen.all) {
                add(world, out);
                closed += world.is_closed && world.findings.empty();
                if (world.is_closed || !world.death.empty())
                    std::erase_if(worlds_, [&](const World *of) { return of->name == world.name; });
            }
            if (seen.all.empty() || seen.all.back().death.empty())
                break;
            deaths_++;
            if (first)
                break;
            const auto dead = std::ranges::find(left, seen.all.back().name, [](const World *of) { return of->name; });
            left.erase(left.begin(), dead == left.end() ? dead : dead + 1);
        }
        return closed;
    }

  private:
    EnginePair pair_;
    std::vector<const World *> worlds_;
    size_t deaths_ = 0;
};

} // namespace

std::vector<std::string> kept_traces()
{
    std::vector<std::string> names;
    for (const char *folder : {"/corpus/regressions", "/corpus/seeds"})
        for (const auto &entry : std::filesystem::directory_iterator(source_folder() + folder))
            if (entry.path().extension() == ".trace")
                names.push_back(entry.path().string());
    std::ranges::sort(names);
    return names;
}

void try_traces(const std::vector<EnginePair> &pairs, bool first, SearchResult &out)
{
    for (const std::string &name : kept_traces())
        for (const EnginePair &pair : pairs) {
            Trace trace = parse_trace(read_file(name), name);
            trace.variant = pair.variant;
            const IsolatedRun run = run_pair(pair, trace);
            out.inputs++;
            out.ops += trace.steps.size();
            for (const IsolatedRun::Found &found : run.findings)
                if (run.died && &found == &run.findings.back())
                    note_death(out, found.signature, trace);
                else
                    note(out, found.signature, trace);
            if (first && !out.differences.empty())
                return;
        }
}

unsigned try_worlds(const std::vector<EnginePair> &pairs, milliseconds limit, bool first, SearchResult &out)
{
    const std::vector<World> worlds = all_worlds();
    std::vector<Attempt> attempts;
    for (const EnginePair &pair : pairs)
        attempts.emplace_back(pair, worlds);
    const auto end = std::chrono::steady_clock::now() + limit;
    unsigned closed = 0;
    for (const uint64_t calls : rounds)
        for (Attempt &attempt : attempts) {
            const auto left = std::chrono::duration_cast<milliseconds>(end - std::chrono::steady_clock::now());
            if (left <= 0s || (first && !out.differences.empty()))
                return closed;
            closed += attempt.run(calls, left, first, out);
        }
    return closed;
}

std::vector<std::string> variants_of_worlds()
{
    std::vector<std::string> variants;
    for (const World &world : all_worlds())
        if (std::ranges::find(variants, variant_name(world.variant)) == variants.end())
            variants.push_back(variant_name(world.variant));
    return variants;
}

} // namespace mblab
