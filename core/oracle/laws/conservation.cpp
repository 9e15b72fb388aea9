// SPDX-License-Identifier: GPL-2.0-or-later
// The end of memblock: every page goes to the buddy allocator, or is accounted for, once.
#include "core/oracle/laws/call.hpp"

#include <algorithm>
#include <utility>

namespace mblab::law {
namespace {

constexpr uint64_t order_max = 10; // MAX_PAGE_ORDER
constexpr uint64_t zones_per_node = 4;
constexpr std::string_view free_all_source = "mm/memblock.c, kernel-doc of memblock_free_all()";
constexpr std::string_view late_source =
    "mm/memblock.c, kernel-doc of memblock_free_late(); of memblock_phys_free() since that gives pages away";

/// Page frames, as runs: what touches is one run, and what came twice is two.
struct Runs {
    std::vector<Interval> list;

    void add(Interval frames)
    {
        if (frames.empty())
            return;
        if (!list.empty() && list.back().end == frames.start)
            list.back().end = frames.end;
        else
            list.push_back(frames);
    }

    /// By address: an array that grows while another is freed is given first.
    void sort()
    {
        if (std::ranges::is_sorted(list, {}, &Interval::start))
            return;
        std::vector<Interval> unsorted = std::exchange(list, {});
        std::ranges::sort(unsorted, {}, &Interval::start);
        for (const Interval &frames : unsorted)
            add(frames);
    }
};

Interval frames_of(const Effect &effect)
{
    return {effect.a, effect.a + (effect.c << effect.b)};
}

uint64_t count_given(const Call &call)
{
    uint64_t given = 0;
    for (const Effect &effect : call.outcome.effect_list())
        if (effect.kind == MBLAB_EFFECT_page_to_buddy)
            given += frames_of(effect).size();
    return given;
}

/// The pages that were given, against those that there are to give.
Verdict compare_pages(const Call &call, Runs expected)
{
    Runs given;
    for (const Effect &effect : call.outcome.effect_list())
        if (effect.kind == MBLAB_EFFECT_page_to_buddy)
            given.add(frames_of(effect));
    expected.sort();
    given.sort();
    const auto [left, right] =
        std::mismatch(expected.list.begin(), expected.list.end(), given.list.begin(), given.list.end());
    if (left == expected.list.end() && right == given.list.end())
        return holds;
    const Interval &at = right == given.list.end() ? *left : *right;
    return violated("frames {:#x}-{:#x} are given and should not be, or the reverse", at.start, at.end);
}

Interval whole_frames(Interval range)
{
    return {pfn_up(range.start), pfn_down(range.end)};
}

/// Whether late frees refuse, for struct pages are still being made.
bool pages_wait(const Call &call)
{
    return call.before.deferred_pages && call.before.dialect.deferred_pages_stay;
}

/// What memblock frees on the way, of arrays and of the memory map, where frees give pages away.
void add_freed(const Call &call, Runs &runs)
{
    if (!call.slab_is_up() || !call.before.dialect.late_free_to_buddy || pages_wait(call))
        return;
    for (const Effect &effect : call.outcome.effect_list())
        if (effect.kind == MBLAB_EFFECT_kmemleak_free_part_phys)
            runs.add(whole_frames({effect.a, effect.a + effect.b}));
}

/// What is freed on the way, and then the whole frames of what is free, area by area, below max_low_pfn or all.
Verdict pages(const Call &call)
{
    const Regions reserved = call.new_regions(MBLAB_TYPE_reserved);
    Runs free;
    add_freed(call, free);
    for (const Region &region : call.new_regions(MBLAB_TYPE_memory)) {
        if (!is_walked(call.before, region))
            continue;
        uint64_t at = region.base;
        for (size_t i = first_ending_above(reserved, at); at < end_of(region); i++) {
            const uint64_t end = std::min(end_of(region), i < reserved.size() ? reserved[i].base : never);
            if (at < end)
                free.add({pfn_up(at), std::min(pfn_down(end), call.before.end_of_free_all())});
            at = i < reserved.size() ? end_of(reserved[i]) : never;
        }
    }
    return compare_pages(call, std::move(free));
}

/// Whether a call is to give its range to the buddy allocator.
bool gives_late(const Call &call)
{
    if (is<ops::memblock_free>(call.op) && !call.named().base)
        return false;
    return call.frees_late() ||
           only<ops::memblock_free_late, ops::free_reserved_area, ops::reserve_mem_release_by_name>(call.op.kind);
}

Verdict late_pages(const Call &call)
{
    if (call.range_wraps())
        return not_applicable;
    if (!gives_late(call))
        return count_given(call) == 0 || !call.doublings.empty() ? not_applicable : violated("pages are given");
    const bool named = !is<ops::reserve_mem_release_by_name>(call.op) || call.value();
    if (named && pages_wait(call) && !call.summary.warnings)
        return violated("no warning, though the pages cannot be given yet");
    Runs late;
    if (!call.doublings.empty())
        return not_applicable; // an old array is given back as well
    if (!pages_wait(call))
        late.add(whole_frames(call.late_range()));
    return compare_pages(call, std::move(late));
}

/// What was reserved and is not any more, once the buddy allocator has what is free.
Verdict not_lost(const Call &call)
{
    if (!gives_late(call) || call.range_wraps() || !call.slab_is_up() || !call.regions_changed[MBLAB_TYPE_reserved] ||
        !call.doublings.empty())
        return not_applicable;
    RegionSet lost;
    lost.load(call.old_regions(MBLAB_TYPE_reserved), 0);
    for (const Region &region : call.new_regions(MBLAB_TYPE_reserved))
        lost.remove(interval_of(region));
    for (const Effect &effect : call.outcome.effect_list())
        if (effect.kind == MBLAB_EFFECT_page_to_buddy)
            lost.remove({frames_of(effect).start * page_size, frames_of(effect).end * page_size});
    return lost.empty() ? holds
                        : violated("{:#x}-{:#x} is neither reserved nor given away", lost[0].base, end_of(lost[0]));
}

/// A range that does not wrap, and of which nothing is left to do.
Verdict unreserved(const Call &call)
{
    const bool null = is<ops::memblock_free>(call.op) && !call.named().base;
    if (null || call.cut_short() || call.range_wraps() ||
        (call.op.kind == MBLAB_OP_reserve_mem_release_by_name && !call.value()))
        return not_applicable;
    const Interval range = call.late_range();
    return overlaps(call.new_regions(MBLAB_TYPE_reserved), range)
               ? violated("{:#x}-{:#x} is reserved still", range.start, range.end)
               : holds;
}

Verdict released(const Call &call)
{
    const bool known = !call.late_range().empty();
    if (call.value() != known)
        return violated("answers {}, and the name is known: {}", call.value(), known);
    const uint64_t frames = whole_frames(call.late_range()).size(), given = count_given(call);
    return given >= frames ? holds : violated("answers {}, and {} of {} pages are given", call.value(), given, frames);
}

Verdict orders(const Call &call)
{
    const bool whole = is<ops::memblock_free_all>(call.op);
    for (const Effect &effect : call.outcome.effect_list()) {
        if (effect.kind != MBLAB_EFFECT_page_to_buddy)
            continue;
        if (effect.b > (whole ? order_max : 0) || effect.a % (uint64_t{1} << effect.b))
            return violated("frame {:#x} is given with order {}", effect.a, effect.b);
    }
    return call.summary.pages ? holds : not_applicable;
}

Verdict counted(const Call &call)
{
    const uint64_t given = count_given(call);
    const uint64_t counted = call.outcome.state.totalram - call.before.totalram;
    return given == counted ? holds : violated("{} pages are given, {} are counted", given, counted);
}

/// The node that a reserved region's pages are to get: its own, else that of the memory there, else the first.
int32_t node_of(const Call &call, const Region &reserved)
{
    if (!call.before.dialect.free_all_sets_nodes)
        return -1; // whoever initialises the page looks it up
    if (call.before.is_valid_node(reserved.nid))
        return reserved.nid;
    const Region *memory = region_at(call.new_regions(MBLAB_TYPE_memory), reserved.base & ~(page_size - 1));
    return memory && memory->nid >= 0 ? memory->nid : 0;
}

/// The pages that a range touches. Rounding up wraps in the last page of the address space: there are none then.
Interval pages_touched(const Call &call, uint64_t start, uint64_t end)
{
    const uint64_t widest = call.before.word_max() | call.before.top();
    return {start & ~(page_size - 1), (end + page_size - 1) & ~(page_size - 1) & widest};
}

bool has_pages(const Call &call, const Region &region)
{
    return !pages_touched(call, region.base, end_of(region)).empty();
}

bool is_left_out(const Call &call, const Region &region)
{
    return (region.flags & flag_noinit) || !has_pages(call, region);
}

uint64_t reserved_to_initialise(const Call &call)
{
    const Regions reserved = call.new_regions(MBLAB_TYPE_reserved);
    return reserved.size() - static_cast<uint64_t>(std::ranges::count_if(
                                 reserved, [&](const Region &region) { return is_left_out(call, region); }));
}

/// Whether an initialisation is that of the pages which [start, end) touches.
bool initialises(const Call &call, const Effect &effect, uint64_t start, uint64_t end)
{
    const Interval pages = pages_touched(call, start, end);
    return effect.kind == MBLAB_EFFECT_init_reserved_page && effect.a == pages.start && effect.b == pages.end;
}

/// Initialisations are those of the reserved regions, one each; what comes before or after is NOMAP memory.
Verdict reserved_pages(const Call &call)
{
    const Regions reserved = call.new_regions(MBLAB_TYPE_reserved);
    const uint64_t wanted = reserved_to_initialise(call);
    if (call.summary.reserved_inits < wanted)
        return violated("{} ranges initialised, {} reserved regions to initialise", call.summary.reserved_inits,
                        wanted);
    const bool nomap_first = call.before.dialect.free_all_sets_nodes;
    uint64_t skip = nomap_first ? call.summary.reserved_inits - wanted : 0;
    size_t at = 0;
    for (const Effect &effect : call.outcome.effect_list()) {
        if (effect.kind != MBLAB_EFFECT_init_reserved_page || skip-- > 0)
            continue;
        skip = 0;
        while (at < reserved.size() && is_left_out(call, reserved[at]))
            at++;
        if (at == reserved.size())
            break; // NOMAP memory comes last in some kernels
        const Region &region = reserved[at++];
        if (!initialises(call, effect, region.base, end_of(region) & call.before.top()))
            return violated("{:#x}-{:#x} is initialised, {:#x} is reserved", effect.a, effect.b, region.base);
        if (static_cast<int32_t>(effect.c) != node_of(call, region))
            return violated("{:#x}-{:#x} is initialised on node {}", effect.a, effect.b, effect.c);
    }
    return holds;
}

/// What is initialised besides the reserved regions is NOMAP memory, region by region; all of it once more whenever the
/// reserved array grew meanwhile.
Verdict nomap_pages(const Call &call)
{
    const Dialect &dialect = call.before.dialect;
    uint64_t regions = 0;
    for (const Region &region : call.new_regions(MBLAB_TYPE_memory)) {
        if (!(region.flags & flag_nomap) || !dialect.nomap_pages_are_reserved || !has_pages(call, region))
            continue;
        regions++;
        const auto is_it = [&](const Effect &effect) {
            return initialises(call, effect, region.base, end_of(region)) &&
                   (!dialect.free_all_sets_nodes || static_cast<int32_t>(effect.c) == region.nid);
        };
        const std::span<const Effect> list = call.outcome.effect_list();
        if (std::none_of(list.begin(), list.end(), is_it))
            return violated("NOMAP memory {:#x}-{:#x} is not initialised as reserved", region.base, end_of(region));
    }
    const uint64_t besides = call.summary.reserved_inits - reserved_to_initialise(call);
    if (besides != regions && call.doublings.empty())
        return violated("{} ranges besides the reserved ones are initialised, NOMAP regions are {}", besides, regions);
    return regions ? holds : not_applicable;
}

Verdict valid_nodes(const Call &call)
{
    if (!call.before.dialect.free_all_sets_nodes)
        return not_applicable; // it names none
    for (const Effect &effect : call.outcome.effect_list())
        if (effect.kind == MBLAB_EFFECT_init_reserved_page &&
            !call.before.is_valid_node(static_cast<int32_t>(effect.c)))
            return violated("{:#x}-{:#x} is initialised on node {}, which is none", effect.a, effect.b, effect.c);
    return call.summary.reserved_inits ? holds : not_applicable;
}

Verdict managed(const Call &call)
{
    const uint64_t wanted = call.before.managed_reset ? 0 : call.before.online_nodes * zones_per_node;
    bool given = false;
    for (const Effect &effect : call.outcome.effect_list()) {
        given |= effect.kind == MBLAB_EFFECT_page_to_buddy;
        if (effect.kind == MBLAB_EFFECT_managed_pages && (effect.c != 0 || given))
            return violated("zone {} of node {} is set to {}, or too late", effect.b, effect.a, effect.c);
    }
    return call.summary.managed == wanted
               ? holds
               : violated("{} zones are reset, where {} were expected", call.summary.managed, wanted);
}

/// Entries of the memory map that are given back describe no whole frame of memory.
Verdict memmap(const Call &call)
{
    const bool gives_back =
        call.before.variant.has(MBLAB_CONFIG_memmap) && !call.before.variant.has(MBLAB_CONFIG_vmemmap);
    bool any = false;
    for (const Effect &effect : call.outcome.effect_list()) {
        const auto is_old = [&](const Doubling &doubling) { return doubling.source == effect.a; };
        if (effect.kind != MBLAB_EFFECT_kmemleak_free_part_phys || call.is_static(effect.a) ||
            std::any_of(call.doublings.begin(), call.doublings.end(), is_old))
            continue;
        if (!gives_back)
            return violated("{:#x} is freed, and the memory map is to stay", effect.a);
        const uint64_t first = ((effect.a - MBLAB_MEMMAP_ADDR) & call.before.top()) / MBLAB_STRUCT_PAGE_SIZE;
        const Interval frames{first, first + effect.b / MBLAB_STRUCT_PAGE_SIZE};
        for (const Region &region : call.old_regions(MBLAB_TYPE_memory))
            if (frames.overlaps({pfn_up(region.base), pfn_down(end_of(region))}))
                return violated("the map of frames {:#x}-{:#x} is freed, and {:#x} is memory", frames.start, frames.end,
                                region.base);
        any = true;
    }
    return any || !gives_back ? holds : not_applicable;
}

Verdict discard(const Call &call)
{
    const bool to_buddy = call.before.dialect.discard_frees_late || call.slab_is_up();
    uint64_t expected = 0;
    if (!call.before.variant.has(MBLAB_CONFIG_keep)) {
        for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved}) {
            const ArrayState &array = call.before.arrays[type];
            const auto frees = [&](const Effect &e) { return e.kind == MBLAB_EFFECT_kfree && e.a == array.storage; };
            const std::span<const Effect> list = call.outcome.effect_list();
            if (array.in_slab && std::none_of(list.begin(), list.end(), frees))
                return violated("type {}: the array at {:#x} is not kfree'd", type, array.storage);
            if (array.in_slab || call.is_static(array.storage))
                continue;
            const uint64_t bytes = page_align(array.max * call.outcome.state.region_bytes);
            expected += to_buddy && !pages_wait(call) ? bytes / page_size : 0;
            if (!to_buddy && !call.cut_short() &&
                overlaps(call.new_regions(MBLAB_TYPE_reserved), {array.storage, array.storage + bytes}))
                return violated("type {}: the array at {:#x} is reserved still", type, array.storage);
        }
    }
    const uint64_t given = count_given(call);
    return given == expected ? holds : violated("{} pages are given, not {}", given, expected);
}

constexpr Law table[] = {
    {"conservation.pages",
     "Every whole page of memory that is neither reserved, nor NOMAP, nor driver-managed, nor above max_low_pfn "
     "(where the kernel has no HIGHMEM) is given to the buddy allocator once, and no other is.",
     free_all_source, only<ops::memblock_free_all>, pages},
    {"conservation.orders",
     "Pages are given in blocks whose first frame is a multiple of their size, of order 10 at most.",
     "mm/memblock.c, __free_pages_memory(): the largest chunks that alignment allows; MAX_PAGE_ORDER",
     in_family<Family::buddy>, orders},
    {"conservation.counted", "The system's count of pages grows by the pages that were given.", free_all_source,
     every_op, counted, Occasion::effect},
    {"conservation.reserved",
     "The pages of each reserved region are initialised once, on the region's node, unless it is marked NOINIT.",
     "mm/memblock.c, kernel-doc of memblock_reserved_mark_noinit()", only<ops::memblock_free_all>, reserved_pages},
    {"conservation.nomap",
     "The pages of NOMAP memory are initialised as reserved, and no others that are not reserved; in some kernels only "
     "the latter.",
     "mm/memblock.c, kernel-doc of memblock_mark_nomap()", only<ops::memblock_free_all>, nomap_pages},
    {"conservation.node", "Pages are initialised on possible nodes only.",
     "mm/memblock.c, memmap_init_reserved_pages(): nid on all reserved pages", only<ops::memblock_free_all>,
     valid_nodes},
    {"conservation.managed", "The zones' counts of managed pages are set to 0 before the first page is given, once.",
     "commit 3dcc0571cd64 (mm: correctly update zone->managed_pages)",
     only<ops::memblock_free_all, ops::reset_all_zones_managed_pages>, managed},
    {"conservation.memmap", "Only parts of the memory map that describe no memory are given back.",
     "mm/memblock.c, comment over free_unused_memmap()", only<ops::memblock_free_all>, memmap},
    {"conservation.late",
     "A late free gives the whole pages of the range, one by one, to the buddy allocator; while struct pages are still "
     "being initialised it gives none, and warns. An early free gives no page.",
     late_source,
     only<ops::memblock_free_late, ops::memblock_phys_free, ops::memblock_free, ops::free_reserved_area,
          ops::reserve_mem_release_by_name>,
     late_pages},
    {"conservation.freed", "What was freed is not reserved any more.",
     "mm/memblock.c, kernel-doc of memblock_phys_free()",
     only<ops::memblock_phys_free, ops::memblock_free, ops::reserve_mem_release_by_name>, unreserved},
    {"conservation.not-lost", "Once the slab is up, pages whose reservation a free removes go to the buddy allocator.",
     "mm/memblock.c, kernel-doc of memblock_phys_free(), reserve_mem_release_by_name(): to be used as free memory",
     only<ops::memblock_phys_free, ops::memblock_free, ops::free_reserved_area, ops::reserve_mem_release_by_name>,
     not_lost, Occasion::change},
    {"conservation.released", "A known name is released once, together with its pages; an unknown name is not found.",
     "mm/memblock.c, kernel-doc of reserve_mem_release_by_name()", only<ops::reserve_mem_release_by_name>, released},
    {"conservation.discard",
     "Discarding returns the storage of the arrays to where it came from, except that of the initial arrays.",
     "mm/memblock.c, kernel-doc of memblock_discard()", only<ops::memblock_discard>, discard},
};

} // namespace

std::span<const Law> conservation_laws()
{
    return table;
}

} // namespace mblab::law
