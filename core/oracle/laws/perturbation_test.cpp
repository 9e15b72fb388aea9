// SPDX-License-Identifier: GPL-2.0-or-later
// Every law, rule and known issue can fail. Real outcomes are perturbed: each law is violated by its
// perturbation, each rule is met by its trace, and each known issue stops to be one when its own condition is broken.
#include "core/base/files.hpp"
#include "core/oracle/laws/call.hpp"
#include "core/oracle/rules.hpp"
#include "core/run/catalog.hpp"
#include "core/run/documented.hpp"
#include "core/run/process.hpp"
#include "core/trace/trace.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

namespace mblab {
namespace {

/// One call of a trace by value, to be perturbed.
struct Sample {
    State before;
    Op op;
    mblab_result result;
    mblab_state state;
    std::array<std::vector<Region>, 3> regions;
    std::vector<Effect> effects;
    std::vector<char> texts;
    std::vector<std::string_view> rules; // ids of those that are met
    bool made = true;

    Sample(const State &state_before, const Op &called) : before(state_before), op(called)
    {
        if (const Rule *rule = refuses(before, op))
            rules.push_back(rule->id);
        made = rules.empty();
    }

    void keep(const Outcome &outcome)
    {
        result = outcome.result;
        state = outcome.state;
        for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved, MBLAB_TYPE_physmem})
            regions[type].assign(outcome.regions(type).begin(), outcome.regions(type).end());
        effects.assign(outcome.effect_list().begin(), outcome.effect_list().end());
        texts.assign(1, '\0'); // offset 0 is no text
        for (Effect &effect : effects) {
            const std::string_view text = outcome.text_of(effect);
            effect.text = effect.text ? static_cast<uint32_t>(texts.size()) : 0;
            texts.insert(texts.end(), text.begin(), text.end());
            texts.push_back('\0');
        }
        for (const Rule *rule : {corrupted(before, op, outcome), ends_after(before, op, outcome)})
            if (rule)
                rules.push_back(rule->id);
    }

    Judgement judge() const
    {
        Outcome outcome{result, {effects.data(), texts.data(), static_cast<uint32_t>(effects.size()), 0}, state};
        for (size_t type = 0; type < regions.size(); type++) {
            outcome.state.type[type].cnt = regions[type].size();
            outcome.state.type[type].regions = regions[type].data();
        }
        return check(before, op, outcome);
    }

    // ---- what perturbations are made of ----

    std::vector<Region> &memory() { return regions[MBLAB_TYPE_memory]; }
    std::vector<Region> &reserved() { return regions[MBLAB_TYPE_reserved]; }
    mblab_type_state &array() { return state.type[MBLAB_TYPE_reserved]; }

    /// The first effect of the kind, at this address where one is named.
    Effect &effect(mblab_effect_kind kind, std::optional<uint64_t> address = {})
    {
        for (Effect &effect : effects)
            if (effect.kind == kind && effect.a == address.value_or(effect.a))
                return effect;
        throw std::runtime_error("the outcome has no such effect");
    }
    void drop(mblab_effect_kind kind, std::optional<uint64_t> address = {})
    {
        effects.erase(effects.begin() + (&effect(kind, address) - effects.data()));
    }
    void drop_all(mblab_effect_kind kind)
    {
        std::erase_if(effects, [=](const Effect &e) { return e.kind == kind; });
    }
    void repeat(mblab_effect_kind kind) { effects.push_back(effect(kind)); }
    void add(mblab_effect_kind kind, uint64_t a, uint64_t b = 0) { effects.push_back({kind, 0, a, b, 0}); }

    void give_page(uint64_t pfn) { effects.push_back({MBLAB_EFFECT_page_to_buddy, 0, pfn, 0, 1}); }

    /// The reserved array went elsewhere than it did.
    void move_array(uint64_t to)
    {
        effect(MBLAB_EFFECT_zero).a += to - array().storage;
        effect(MBLAB_EFFECT_copy).a = array().storage = to;
    }
    void flag_memory(uint32_t flag)
    {
        before.memory().set.change({0, ~uint64_t{0}}, [=](Attributes at) { return Attributes{flag, at.nid}; });
    }
};

using Perturbation = void (*)(Sample &);

/// The port, or who has calls of the trace which the port lacks: a predecessor, the newest kernel.
std::unique_ptr<Engine> open_for(const Trace &trace, const std::string &variant)
{
    const auto has_all = [&](const Engine &engine) {
        return std::ranges::all_of(trace.steps, [&](const Step &step) { return engine.has(step.op.kind); });
    };
    std::unique_ptr<Engine> port = open_engine("port", variant);
    for (const std::string &name : predecessors())
        if (!has_all(*port))
            if (std::unique_ptr<Engine> predecessor = open_engine(name, variant); has_all(*predecessor))
                return predecessor;
    std::vector<EngineFile> files = list_engines();
    std::ranges::reverse(files);
    for (const EngineFile &file : files)
        if (file.variant == variant && file.name != "port" && !has_all(*port))
            if (std::unique_ptr<Engine> kernel = open_engine(file.name, variant); has_all(*kernel))
                return kernel;
    return port;
}

/// All calls of the trace, up to the one that ends it.
std::vector<Sample> play(const std::string &text, std::string_view variant)
{
    const Trace trace = parse_trace(text, "trace");
    const std::unique_ptr<Engine> engine =
        open_for(trace, variant_name(trace.variant.empty() ? variant : trace.variant));
    engine->reset();
    State state(engine->variant(), engine->dialect());
    std::vector<Sample> samples;
    for (const Step &step : trace.steps) {
        if (!engine->has(step.op.kind))
            continue;
        Sample &sample = samples.emplace_back(state, step.op);
        if (!sample.made)
            continue;
        const Outcome &outcome = engine->run(step.op);
        sample.keep(outcome);
        if (!sample.rules.empty())
            break;
        fold(state, step.op, outcome);
    }
    return samples;
}

const std::string memory = "memblock_add_node(0x0, 0x100000, 0, MEMBLOCK_NONE)\n"
                           "memblock_add_node(0x100000, 0x100000, 1, MEMBLOCK_NONE)\n";
const std::string two_reserved = memory + "memblock_reserve(0x10000, 0x1000)\nmemblock_reserve(0x20000, 0x1000)\n";
const std::string allocated = two_reserved + "memblock_alloc(0x1000, 0x1000)\n";
const std::string four_reserved =
    two_reserved + "memblock_reserve(0x30000, 0x1000)\nmemblock_reserve(0x40000, 0x1000)\n";
const std::string grown = "memblock_allow_resize()\n" + four_reserved + "memblock_reserve(0x50000, 0x1000)\n";
const std::string grown_twice = grown + "memblock_reserve(0x60000, 0x1000)\nmemblock_reserve(0x70000, 0x1000)\n"
                                        "memblock_reserve(0x80000, 0x1000)\n";
const std::string walked = two_reserved + "for_each_free_mem_range(NUMA_NO_NODE, MEMBLOCK_NONE, 9)\n";
const std::string given = "memblock_add_node(0x0, 0x200000, 0, MEMBLOCK_NONE)\nmemblock_reserve(0x10000, 0x1000)\n"
                          "memblock_reserve(0x20000, 0x1000)\nmemblock_mark_nomap(0x1ff000, 0x1000)\n"
                          "world_max_low_pfn(0x200)\nmemblock_free_all()\n";

const std::string kern_reserved = memory + "memblock_reserve_kern(0x10000, 0x1000)\n";
const std::string kern_grown = "memblock_allow_resize()\n" + four_reserved + "memblock_reserve_kern(0x50000, 0x1000)\n";
const std::string named = memory + "early_param(\"reserve_mem=4K:4K:a\")\n";
const std::string scratch_only = "variant numa-kho-8\n" + memory +
                                 "memblock_mark_kho_scratch(0x100000, 0x100000)\n"
                                 "memblock_set_kho_scratch_only()\nmemblock_alloc(0x1000, 0x1000)\n";

const std::string bootmem = "init_bootmem_node(0, 0x10, 0x0, 0x100)\ninit_bootmem_node(1, 0x110, 0x100, 0x200)\n"
                            "free_bootmem(0x0, 0x200000)\nreserve_bootmem(0x110000, 0x1000, false)\n"
                            "reserve_bootmem(0x10000, 0x1000, false)\n";
const std::string bootmem_taken = bootmem + "__alloc_bootmem_core(0, 0x2000, 0x1000, 0x40000, 0x80000)\n";
const std::string bootmem_given = bootmem + "free_all_bootmem()\n";

struct LawRow {
    std::string_view law;
    std::string trace; // the last call is perturbed
    Perturbation perturb;
};

const std::vector<LawRow> law_rows = {
    {"structure.sorted", two_reserved, [](Sample &s) { std::swap(s.reserved()[0], s.reserved()[1]); }},
    {"structure.disjoint", two_reserved, [](Sample &s) { s.reserved()[0].size = 0x10001; }},
    {"structure.filled", two_reserved, [](Sample &s) { s.reserved()[0].size = 0; }},
    {"structure.bounded", two_reserved, [](Sample &s) { s.reserved()[1].size = ~uint64_t{0}; }},
    {"structure.minimal", two_reserved, [](Sample &s) { s.reserved()[1] = {0x11000, 0x1000, 0, s.reserved()[0].nid}; }},
    {"structure.count", two_reserved, [](Sample &s) { s.array().max = 1; }},
    {"structure.growth", two_reserved, [](Sample &s) { s.array().max = 8; }},
    {"structure.growth", grown, [](Sample &s) { s.drop(MBLAB_EFFECT_copy); }},
    {"structure.moved", two_reserved, [](Sample &s) { s.array().storage = 0x90000; }},
    {"structure.storage-aligned", grown, [](Sample &s) { s.move_array(0x90040); }},
    {"structure.storage-reserved", grown, [](Sample &s) { s.reserved().pop_back(); }},
    {"structure.storage-clear", grown, [](Sample &s) { s.move_array(0x10000); }},
    {"structure.storage-clear", grown, [](Sample &s) { s.move_array(0x50000); }},
    {"structure.storage-marked", kern_grown, [](Sample &s) { s.reserved().back().flags = 0; }},
    {"doubling.allowed", grown, [](Sample &s) { s.before.can_resize = false; }},
    {"doubling.panic", grown, [](Sample &s) { s.result.exit = MBLAB_PANIC; }},
    {"doubling.survives", grown, [](Sample &s) { s.result.exit = MBLAB_BUG; }},
    {"doubling.attributed", grown, [](Sample &s) { s.effect(MBLAB_EFFECT_copy).a += 0x1000; }},
    {"doubling.contents", grown, [](Sample &s) { s.drop(MBLAB_EFFECT_zero); }},
    {"doubling.contents", grown, [](Sample &s) { s.effect(MBLAB_EFFECT_zero).b -= 8; }},
    {"doubling.slab", grown, [](Sample &s) { s.before.slab = MBLAB_SLAB_UP; }},
    {"doubling.slab", two_reserved, [](Sample &s) { s.add(MBLAB_EFFECT_kmalloc, 0x90000, 0x100); }},
    {"doubling.placed", grown, [](Sample &s) { s.drop(MBLAB_EFFECT_accept_memory); }},
    {"doubling.placed", grown, [](Sample &s) { s.flag_memory(flag_nomap); }},
    {"doubling.placed", grown, [](Sample &s) { s.before.current_limit = 0x100000; }},
    {"doubling.old-array", grown_twice, [](Sample &s) { s.drop(MBLAB_EFFECT_kmemleak_free_part_phys); }},
    {"doubling.failure", two_reserved, [](Sample &s) { s.result.value[0] = static_cast<uint64_t>(-12); }},
    {"accounting.total", two_reserved, [](Sample &s) { s.array().total_size += 0x1000; }},
    {"accounting.total", two_reserved, [](Sample &s) { s.reserved()[1].size -= 8; }},
    {"accounting.reported", two_reserved + "memblock_reserved_size()", [](Sample &s) { s.result.value[0]++; }},
    {"accounting.estimate", two_reserved + "memblock_estimated_nr_free_pages()",
     [](Sample &s) { s.result.value[0]--; }},
    {"accounting.flag-sums", kern_reserved + "memblock_reserved_kern_size(0x200000, NUMA_NO_NODE)",
     [](Sample &s) { s.result.value[0]++; }},
    {"accounting.flag-sums", kern_reserved + "memblock_reserved_kern_size(0x10800, 0)",
     [](Sample &s) { s.result.value[0] = 0x1000; }},
    {"limits.amount", memory + "memblock_enforce_memory_limit(0x180000)", [](Sample &s) { s.memory()[1].size -= 8; }},
    {"limits.kept", two_reserved + "memblock_cap_memory_range(0x0, 0x180000)",
     [](Sample &s) { s.reserved().erase(s.reserved().begin()); }},
    {"limits.kept", two_reserved + "memblock_mem_limit_remove_map(0x180000)", [](Sample &s) { s.memory()[0].nid = 1; }},
    {"placement.aligned", allocated, [](Sample &s) { s.result.value[0] += 8; }},
    {"placement.in-range", allocated, [](Sample &s) { s.result.value[0] = 0x800; }},
    {"placement.in-range", allocated, [](Sample &s) { s.before.current_limit = 0x100000; }},
    {"placement.in-memory", allocated, [](Sample &s) { s.result.value[0] = 0x300000; }},
    {"placement.free", allocated, [](Sample &s) { s.result.value[0] = 0x10000; }},
    {"placement.reserved", allocated, [](Sample &s) { s.reserved().pop_back(); }},
    {"placement.mapped", allocated, [](Sample &s) { s.flag_memory(flag_nomap); }},
    {"placement.driver-managed", allocated, [](Sample &s) { s.flag_memory(flag_driver_managed); }},
    {"placement.hotplug", memory + "world_movable_node(true)\nmemblock_alloc(0x1000, 0x1000)",
     [](Sample &s) { s.flag_memory(flag_hotplug); }},
    {"placement.kho-only", scratch_only, [](Sample &s) { s.flag_memory(0); }},
    {"placement.hugetlb-preservable",
     memory + "world_kho_overlap(0x180000, 0x80000)\nmemblock_alloc_hugetlb(0x20000, NUMA_NO_NODE, false)",
     [](Sample &s) { s.result.value[0] = 0x180000; }},
    {"placement.hugetlb-unmirrored", memory + "memblock_alloc_hugetlb(0x20000, NUMA_NO_NODE, false)",
     [](Sample &s) { s.flag_memory(flag_mirror), s.reserved().clear(); }},
    {"placement.attributes", allocated, [](Sample &s) { s.reserved().back().flags ^= flag_noinit; }},
    {"placement.attributes", kern_reserved + "memblock_alloc_node(0x1000, 0x1000, 0)",
     [](Sample &s) { s.reserved().back().nid = 1; }},
    {"placement.or-panic", memory + "memblock_alloc_or_panic(0x1000, 0x1000)",
     [](Sample &s) { s.result.value[0] = 0; }},
    {"placement.slab", "world_slab(1)\n" + memory + "memblock_alloc(0x1000, 0x1000)",
     [](Sample &s) { s.result.value[0] += 8; }},
    {"placement.slab", "world_slab(1)\n" + memory + "memblock_alloc(0x1000, 0x1000)",
     [](Sample &s) { s.effect(MBLAB_EFFECT_kzalloc_node).c = 1; }},
    {"node.exact", two_reserved + "memblock_alloc_exact_nid_raw(0x1000, 0x1000, 0x0, 0x0, 1)",
     [](Sample &s) { s.result.value[0] = 0x90000; }},
    {"contents.zeroed", allocated, [](Sample &s) { s.drop(MBLAB_EFFECT_zero); }},
    {"contents.zeroed", allocated, [](Sample &s) { s.repeat(MBLAB_EFFECT_zero); }},
    {"contents.zeroed", allocated, [](Sample &s) { s.effect(MBLAB_EFFECT_zero).c = 1; }},
    {"contents.raw", two_reserved + "memblock_alloc_raw(0x1000, 0x1000)",
     [](Sample &s) { s.add(MBLAB_EFFECT_zero, s.result.value[0], 0x1000); }},
    {"contents.accepted", allocated, [](Sample &s) { s.drop(MBLAB_EFFECT_accept_memory); }},
    {"contents.leak-traced", allocated, [](Sample &s) { s.drop(MBLAB_EFFECT_kmemleak_alloc_phys); }},
    {"contents.leak-traced", allocated, [](Sample &s) { s.repeat(MBLAB_EFFECT_kmemleak_alloc_phys); }},
    {"contents.leak-forgotten", two_reserved + "memblock_phys_free(0x10000, 0x1000)",
     [](Sample &s) { s.effect(MBLAB_EFFECT_kmemleak_free_part_phys).b = 0x800; }},
    {"messages.quiet", allocated, [](Sample &s) { s.add(MBLAB_EFFECT_print, 6); }},
    {"messages.overlap", two_reserved, [](Sample &s) { s.add(MBLAB_EFFECT_warn, 0); }},
    {"messages.mirror", allocated, [](Sample &s) { s.before.has_mirror = true; }},
    {"iterate.order", walked, [](Sample &s) { std::swap(s.effects[0], s.effects[1]); }},
    {"iterate.order", walked, [](Sample &s) { s.effects[0].b = s.effects[1].b; }},
    {"iterate.not-empty", walked, [](Sample &s) { s.effects[0].b = s.effects[0].a; }},
    {"iterate.frames", memory + "for_each_mem_pfn_range(NUMA_NO_NODE, 9)", [](Sample &s) { s.effects[1].b++; }},
    {"queries.region-memory", memory + "memblock_is_region_memory(0x1000, 0x1000)",
     [](Sample &s) { s.result.value[0] = 0; }},
    {"queries.region-reserved", two_reserved + "memblock_is_region_reserved(0x11000, 0x1000)",
     [](Sample &s) { s.result.value[0] = 1; }},
    {"queries.addrs-overlap", "memblock_addrs_overlap(0x1000, 0x1000, 0x2000, 0x1000)",
     [](Sample &s) { s.result.value[0] = 1; }},
    {"queries.coverage", "memblock_add(0x0, 0x100000)\nmemblock_validate_numa_coverage(0x200000)",
     [](Sample &s) { s.result.value[0] = 0; }},
    {"queries.named", named + "reserve_mem_find_by_name(\"a\")", [](Sample &s) { s.before.names.clear(); }},
    {"queries.pfn-range", memory + "memblock_search_pfn_nid(0x10)", [](Sample &s) { s.result.value[1] = 0x11; }},
    {"conservation.pages", given, [](Sample &s) { s.drop(MBLAB_EFFECT_page_to_buddy); }},
    {"conservation.pages", given, [](Sample &s) { s.repeat(MBLAB_EFFECT_page_to_buddy); }},
    {"conservation.orders", given, [](Sample &s) { s.effect(MBLAB_EFFECT_page_to_buddy).b = 11; }},
    {"conservation.counted", given, [](Sample &s) { s.state.totalram++; }},
    {"conservation.reserved", given, [](Sample &s) { s.drop(MBLAB_EFFECT_init_reserved_page, 0x10000); }},
    {"conservation.reserved", given, [](Sample &s) { s.reserved()[0].size += 0x1000; }},
    {"conservation.nomap", given, [](Sample &s) { s.drop(MBLAB_EFFECT_init_reserved_page); }},
    {"conservation.node", given, [](Sample &s) { s.effect(MBLAB_EFFECT_init_reserved_page).c = 16; }},
    {"conservation.managed", given, [](Sample &s) { s.drop(MBLAB_EFFECT_managed_pages); }},
    {"conservation.managed", given, [](Sample &s) { s.before.managed_reset = true; }},
    {"conservation.memmap", given, [](Sample &s) { s.add(MBLAB_EFFECT_kmemleak_free_part_phys, 0x90000, 0x1000); }},
    {"conservation.late", two_reserved + "memblock_free_late(0x10000, 0x3000)",
     [](Sample &s) { s.drop(MBLAB_EFFECT_page_to_buddy); }},
    {"conservation.late", kern_reserved + "world_slab(1)\nmemblock_phys_free(0x10000, 0x1000)",
     [](Sample &s) { s.drop(MBLAB_EFFECT_page_to_buddy); }},
    {"conservation.late", kern_reserved + "memblock_phys_free(0x10000, 0x1000)", [](Sample &s) { s.give_page(0x10); }},
    {"conservation.late",
     named + "world_slab(1)\nworld_deferred_pages(true)\nreserve_mem_release_by_name(\"b\")\n"
             "free_reserved_area(0x10000, 0x11000, 0, \"a\")",
     [](Sample &s) { s.drop(MBLAB_EFFECT_warn); }},
    {"conservation.freed", two_reserved + "memblock_phys_free(0x10000, 0x1000)",
     [](Sample &s) { s.reserved()[0].base = 0x10000; }},
    {"conservation.not-lost",
     "variant numa-keep-8\n" + kern_reserved + "world_slab(1)\nmemblock_phys_free(0x10000, 0x1000)",
     [](Sample &s) { s.drop(MBLAB_EFFECT_page_to_buddy); }},
    {"conservation.released", named + "reserve_mem_release_by_name(\"a\")", [](Sample &s) { s.result.value[0] = 0; }},
    {"conservation.released", named + "reserve_mem_release_by_name(\"a\")",
     [](Sample &s) { s.drop(MBLAB_EFFECT_page_to_buddy); }},
    {"conservation.discard", grown + "memblock_discard()", [](Sample &s) { s.give_page(0x10); }},
    {"conservation.discard", kern_grown + "memblock_discard()",
     [](Sample &s) { s.reserved().push_back({s.before.reserved().storage, 0x1000, 0, 0}); }},
    {"history.once", bootmem_taken, [](Sample &s) { s.before.reserved().set.fill({0x41000, 0x42000}, {}); }},
    {"history.inside", bootmem_taken, [](Sample &s) { s.result.value[0] = 0x200000; }},
    {"history.kept-for-it", bootmem_taken,
     [](Sample &s) { std::erase_if(s.reserved(), [](const Region &r) { return r.base == 0x40000; }); }},
    {"history.aligned", bootmem_taken, [](Sample &s) { s.result.value[0] += 8; }},
    {"history.goal", bootmem_taken, [](Sample &s) { s.result.value[0] = 0x2000; }},
    {"history.panics", bootmem + "__alloc_bootmem(0x1000, 64, 0x0)\n", [](Sample &s) { s.result.value[0] = 0; }},
    {"history.panics", bootmem + "__alloc_bootmem_nopanic(0x1000, 64, 0x0)\n",
     [](Sample &s) {
         s.before.can_resize = true;
         s.result.exit = MBLAB_PANIC;
     }},
    {"history.limit", bootmem_taken, [](Sample &s) { s.result.value[0] = 0x7f000; }},
    {"history.node", bootmem_taken, [](Sample &s) { s.result.value[0] = 0x140000; }},
    {"history.nothing-else", bootmem_taken, [](Sample &s) { s.reserved().push_back({0x1f0000, 0x1000, 0, 1}); }},
    {"history.reserves-pages", bootmem, [](Sample &s) { s.reserved().push_back({0x1f0000, 0x1000, 0, 1}); }},
    {"history.exclusive", bootmem + "reserve_bootmem(0x10800, 0x1000, true)\n",
     [](Sample &s) { s.result.value[0] = 0; }},
    {"history.frees-pages", bootmem + "free_bootmem(0x10000, 0x1000)\n",
     [](Sample &s) { s.reserved().insert(s.reserved().begin(), {0x10000, 0x1000, 0, 0}); }},
    {"history.gives-once", bootmem_given, [](Sample &s) { s.repeat(MBLAB_EFFECT_page_to_buddy); }},
    {"history.gives-free", bootmem + "reserve_bootmem(0x20000, 0x1000, false)\nfree_all_bootmem()\n",
     [](Sample &s) { s.give_page(0x20); }},
    {"history.gives-all", bootmem_given, [](Sample &s) { s.drop(MBLAB_EFFECT_page_to_buddy); }},
    {"history.counts-given", bootmem_given, [](Sample &s) { s.result.value[0]++; }},
};

/// What breaks the condition of a known issue, so that its violation is reported. The trace is the finding of that
/// name.
struct IssueRow {
    std::string_view issue;
    Perturbation perturb;
    Perturbation make = nullptr; // the last call, as the kernel's that has it, where the port has it no more
};

const std::vector<IssueRow> issue_rows = {
    {"trim-total-size", [](Sample &s) { s.state.type[MBLAB_TYPE_memory].total_size++; }},
    {"trim-total-size-seen", [](Sample &s) { s.result.value[0] += 8; }},
    {"trim-total-size-cap", [](Sample &s) { s.before.memory().set.total = 0; }},
    {"estimate-wraps", [](Sample &s) { s.result.value[0]++; }},
    {"cap-splits-nomap",
     [](Sample &s) {
         for (Region &region : s.memory())
             region.flags = 0;
     }},
    {"cap-size-wraps", [](Sample &s) { s.op = ops::memblock_cap_memory_range{0x2000, 0x4000}; }},
    {"limit-drops-array", [](Sample &s) { s.op = ops::memblock_enforce_memory_limit{0x2000000}; }},
    {"trim-wraps", [](Sample &s) { s.op = ops::memblock_trim_memory{0x1000}; }},
    {"alloc-nothing", [](Sample &s) { s.op = ops::memblock_phys_alloc{0x1000, 0x1000}; }},
    {"physmem-frees-static", [](Sample &s) { s.effect(MBLAB_EFFECT_copy).b = 0x9000; }},
    {"physmem-slab-flag", [](Sample &s) { s.before.physmem().max = 4; }},
    {"nested-arrays-overlap", [](Sample &s) { s.effect(MBLAB_EFFECT_copy).b = MBLAB_STATIC_ADDR; }},
    {"array-in-range-from-zero", [](Sample &s) { s.op = ops::memblock_reserve{0x2, 0x100000}; }},
    {"doubling-miscounts", [](Sample &s) { s.reserved().pop_back(); }},
    {"old-array-leaks",
     [](Sample &s) {
         for (Effect &effect : s.effects)
             if (effect.kind == MBLAB_EFFECT_copy)
                 effect.b = MBLAB_STATIC_ADDR;
     }},
    {"nested-doubling-bug", [](Sample &s) { s.drop_all(MBLAB_EFFECT_copy); }},
    {"empty-steps",
     [](Sample &s) {
         for (Effect &effect : s.effects)
             if (effect.a == effect.b)
                 effect.a = effect.b = 0x1800;
     }},
    {"last-page-wraps", [](Sample &s) { s.memory()[0].base -= 0x10000; }},
    {"region-memory-is-one-region", [](Sample &s) { s.result.value[0] = 2; }},
    {"empty-range-overlaps", [](Sample &s) { s.result.value[0] = 2; }},
    {"partial-page-range", [](Sample &s) { s.op = ops::memblock_search_pfn_nid{0x0}, s.result.value[1] = 5; }},
    {"sums-by-request", [](Sample &s) { s.result.value[0] = 8; }},
    {"overlap-warns", [](Sample &s) { s.op = ops::memblock_add{0x1000, 0x1000}; }},
    {"coverage-at-threshold", [](Sample &s) { s.op = ops::memblock_validate_numa_coverage{0x80000}; }},
    {"hugetlb-takes-mirrored", [](Sample &s) { s.reserved().clear(); }},
    {"hugetlb-ignores-slab", [](Sample &s) { s.add(MBLAB_EFFECT_kzalloc_node, 0x1000, 0x10000); }},
    {"discard-grows-freed-array", [](Sample &s) { s.before.slab = MBLAB_SLAB_UP; }},
    {"map-freed-before-reset", [](Sample &s) { s.before.dialect.late_free_to_buddy = false; }},
    {"late-free-stays-reserved", [](Sample &s) { s.before.variant.config |= MBLAB_CONFIG_keep; }},
    {"late-free-loses-parts", [](Sample &s) { s.op = ops::memblock_phys_free{0x0, 0x3000}; }},
    {"late-free-while-deferred", [](Sample &s) { s.before.deferred_pages = false; }},
    {"release-loses-last-page", [](Sample &s) { s.before.dialect.release_drops_last_page = false; },
     [](Sample &s) {
         s.before.dialect.release_drops_last_page = true;
         s.effect(MBLAB_EFFECT_page_to_buddy).c = 1;
         s.effect(MBLAB_EFFECT_zero).b -= 0x1000;
         s.state.totalram--;
     }},
    {"pages-without-node",
     [](Sample &s) {
         for (Region &region : s.memory())
             region.nid = 0;
     }},
};

const std::string array_in_memmap = "variant uma-4\nmemblock_allow_resize()\nmemblock_add(0x0, 0x400000)\n"
                                    "memblock_add(0x4000000000000, 0x100000)\nmemblock_reserve(0x10000, 0x1000)\n"
                                    "memblock_reserve(0x20000, 0x1000)\nmemblock_reserve(0x30000, 0x1000)\n"
                                    "memblock_reserve(0x40000, 0x1000)\nmemblock_reserve(0x50000, 0x1000)\n"
                                    "memblock_free_all()\n";

struct RuleRow {
    std::string_view rule;
    std::string trace; // of which the last call meets it; where empty it is the finding of that name
};

const std::vector<RuleRow> rule_rows = {
    {"ub.end-of-dram-empty", ""},
    {"ub.after-discard", memory + "memblock_discard()\nmemblock_add(0x0, 0x1000)"},
    {"variant.no-physmem", "variant uma-plain-16\nmemblock_overlaps_region(physmem, 0x0, 0x1000)"},
    {"variant.no-frame", "variant m32-phys64-8\nmemblock_add(0x100000000000, 0x1000)"},
    {"ub.cookie-beyond-array", ""},
    {"doubling.overlaps", ""},
    {"caller.fills-array", "memblock_allow_resize()\nmemblock_add(0x100000, 0x100000)\n" + four_reserved +
                               "memblock_reserve(0x50000, 0x1000)\nfree_reserved_area(0x100000, 0x200000, 0, \"\")"},
    {"history.map-overwritten", "init_bootmem_node(0, 0x1, 0x0, 0x100)\nfree_bootmem(0x0, 0x100000)\n"
                                "reserve_bootmem(0x0, 0x1000, false)\n__alloc_bootmem(0x1000, 64, 0x0)\n"},
    {"history.map-given-twice",
     "init_bootmem_node(0, 0x10, 0x0, 0x100)\nfree_bootmem(0x0, 0x100000)\nfree_all_bootmem()\n"},
    {"exit.did-not-return", four_reserved + "memblock_reserve(0x50000, 0x1000)"},
    {"lab.budget", "memblock_add(0x0, 0x2000000000)\nworld_max_low_pfn(0xffffffffffffffff)\nworld_budget(64)\n"
                   "memblock_free_all()"},
    {"world.array-in-slab", "memblock_allow_resize()\nmemblock_add(0x8000000000000, 0x100000)\n"
                            "memblock_reserve(0x10000, 0x1000)\nmemblock_reserve(0x20000, 0x1000)\n"
                            "memblock_reserve(0x30000, 0x1000)\nmemblock_reserve(0x40000, 0x1000)\n"
                            "memblock_reserve(0x50000, 0x1000)\n"},
    {"caller.frees-array", grown + "memblock_phys_free(0x100000, 0x100000)"},
    {"memmap.frees-array", array_in_memmap},
    {"limit.drops-array", grown + "memblock_enforce_memory_limit(0x100000)"},
    {"trim.breaks-order", "memblock_add(0x0, 0x100000)\nmemblock_add(0xffffffffffff8000, 0x4000)\n"
                          "memblock_trim_memory(0x100000)"},
};

/// The traces of docs/findings.md, by the known issue or rule by which they pass.
std::map<std::string, std::string, std::less<>> findings()
{
    std::map<std::string, std::string, std::less<>> traces;
    for (const Documented &finding : documented_findings(read_file(source_folder() + "/docs/findings.md")))
        traces[finding.id] = traces[finding.issue] = finding.text;
    traces["old-array-leaks"] = read_file(source_folder() + "/corpus/regressions/old-array-leaks.trace");
    return traces;
}

std::set<std::string_view> ids(const std::vector<Violation> &violations)
{
    std::set<std::string_view> list;
    for (const Violation &violation : violations)
        list.insert(violation.law);
    return list;
}

/// What was found, for a message.
std::string shown(const Judgement &judgement)
{
    std::string text;
    for (const Violation &violation : judgement.violations)
        text += std::string(violation.law) + ": " + violation.explanation + "\n";
    for (const std::string_view known : judgement.known)
        text += "known: " + std::string(known) + "\n";
    return text;
}

TEST(Perturbation, EveryLawIsViolatedByItsOwn)
{
    std::set<std::string_view> shown_ids;
    for (const LawRow &row : law_rows) {
        const std::vector<Sample> samples = play(row.trace, "numa-4");
        for (const Sample &sample : samples)
            EXPECT_TRUE(!sample.made || sample.judge().violations.empty()) << row.law << "\n" << shown(sample.judge());
        Sample perturbed = samples.back();
        EXPECT_NO_THROW(row.perturb(perturbed)) << row.law;
        EXPECT_TRUE(ids(perturbed.judge().violations).contains(row.law)) << row.law << "\n" << shown(perturbed.judge());
        shown_ids.insert(row.law);
    }
    for (const Law &law : laws())
        EXPECT_TRUE(shown_ids.contains(law.id)) << law.id << " has no perturbation";
    printf("%zu laws, %zu perturbations\n", laws().size(), law_rows.size());
}

TEST(Perturbation, EveryKnownIssueShowsAndIsNoneWithoutItsCondition)
{
    const auto traces = findings();
    std::set<std::string_view> shown_ids;
    for (const IssueRow &row : issue_rows) {
        const auto shows = [&](const Sample &sample) {
            const Judgement judgement = sample.judge();
            EXPECT_TRUE(judgement.violations.empty()) << row.issue << "\n" << shown(judgement);
            return std::find(judgement.known.begin(), judgement.known.end(), row.issue) != judgement.known.end();
        };
        std::vector<Sample> samples = play(traces.at(std::string(row.issue)), "numa-4");
        if (row.make)
            row.make(samples.back());
        const auto at =
            std::find_if(samples.begin(), samples.end(), [&](const Sample &s) { return s.made && shows(s); });
        ASSERT_NE(at, samples.end()) << row.issue << " does not show";
        Sample perturbed = *at;
        row.perturb(perturbed);
        const Judgement judgement = perturbed.judge();
        const auto issue = std::find_if(known_issues().begin(), known_issues().end(),
                                        [&](const KnownIssue &known) { return known.id == row.issue; });
        ASSERT_NE(issue, known_issues().end()) << row.issue;
        EXPECT_TRUE(std::any_of(
            laws().begin(), laws().end(),
            [&](const Law &law) { return issue->is_of(law) && ids(judgement.violations).contains(law.id); }))
            << row.issue << "\n"
            << shown(judgement);
        shown_ids.insert(row.issue);
    }
    for (const KnownIssue &issue : known_issues())
        EXPECT_TRUE(shown_ids.contains(issue.id)) << issue.id << " has no perturbation";
    printf("%zu known issues, %zu perturbations\n", known_issues().size(), issue_rows.size());
}

TEST(Perturbation, EveryRuleIsMetByTheLastCallOfItsTrace)
{
    const auto traces = findings();
    std::set<std::string_view> shown_ids;
    for (const RuleRow &row : rule_rows) {
        const std::vector<Sample> samples =
            play(row.trace.empty() ? traces.at(std::string(row.rule)) : row.trace, "numa-4");
        for (const Sample &sample : samples)
            EXPECT_TRUE(sample.rules.empty() || &sample == &samples.back()) << row.rule << " meets " << sample.rules[0];
        const auto &met = samples.back().rules;
        EXPECT_NE(std::find(met.begin(), met.end(), row.rule), met.end()) << row.rule << " is not met";
        shown_ids.insert(row.rule);
    }
    for (const Rule &rule : all_rules())
        EXPECT_TRUE(shown_ids.contains(rule.id)) << rule.id << " has no trace";
    printf("%zu rules\n", all_rules().size());
}

TEST(Perturbation, OutcomesOfTheSeedsViolateNothing)
{
    uint64_t calls = 0;
    for (const auto &entry : std::filesystem::directory_iterator(source_folder() + "/corpus/seeds"))
        for (const Sample &sample : play(read_file(entry.path().string()), "numa-4")) {
            EXPECT_TRUE(!sample.made || sample.judge().violations.empty()) << entry.path() << "\n"
                                                                           << shown(sample.judge());
            calls++;
        }
    EXPECT_GT(calls, 100u);
    printf("%lu calls\n", calls);
}

TEST(LawTable, IdsAreUniqueAndEachSaysItsSource)
{
    std::set<std::string_view> known;
    for (const Law &law : laws()) {
        EXPECT_TRUE(known.insert(law.id).second) << law.id;
        EXPECT_LT(law.family().size(), law.id.size()) << law.id;
        EXPECT_FALSE(law.statement.empty() || law.source.empty()) << law.id;
        EXPECT_NE(markdown().find(law.statement), std::string::npos) << law.id;
    }
}

} // namespace
} // namespace mblab
