// SPDX-License-Identifier: GPL-2.0-or-later
// The end of memblock: every page goes to the buddy allocator, or is accounted for, once.
#include "core/oracle/laws/checks.hpp"

namespace mblab::contract {
namespace {

constexpr uint64_t order_max = 10; // MAX_PAGE_ORDER
constexpr uint64_t zones_per_node = 4;
constexpr std::string_view free_all_source = "mm/memblock.c, kernel-doc of memblock_free_all()";
constexpr std::string_view late_source = "mm/memblock.c, kernel-doc of memblock_free_late()";

/// The whole free frames below max_low_pfn, area by area, as runs.
class FreeFrames {
  public:
    explicit FreeFrames(const Context &context)
        : context_(context), memory_(context.new_regions(MBLAB_TYPE_memory)),
          reserved_(context.new_regions(MBLAB_TYPE_reserved))
    {
    }

    /// The next run that is not empty; empty at the end.
    Range next()
    {
        for (; memory_index_ < memory_.size(); memory_index_++) {
            const Region &region = memory_[memory_index_];
            at_ = std::max(at_, region.base);
            while (lawful(context_, {}, region) && at_ < end_of(region)) {
                const size_t above = first_ending_above(reserved_, at_);
                const uint64_t end = std::min(end_of(region), above < reserved_.size() ? reserved_[above].base : never);
                const Range run{pfn_up(at_), std::min(pfn_down(end), context_.facts.max_low_pfn)};
                at_ = end < end_of(region) ? end_of(reserved_[above]) : end;
                if (end > region.base && !run.empty())
                    return run;
            }
        }
        return {};
    }

  private:
    const Context &context_;
    Regions memory_, reserved_;
    size_t memory_index_ = 0;
    uint64_t at_ = 0;
};

Range frames_of(const Effect &effect)
{
    return {effect.a, effect.a + (effect.c << effect.b)};
}

/// The pages that were given, as runs, against those that next() says.
template <typename Next> Verdict compare_pages(Context &context, Next next)
{
    Range left = next();
    for (const Effect &effect : context.outcome().effect_list()) {
        if (effect.kind != MBLAB_EFFECT_page_to_buddy)
            continue;
        Range pages = frames_of(effect);
        while (!pages.empty()) {
            if (left.empty())
                left = next();
            if (left.empty() || pages.start != left.start)
                return context.broken("frame {:#x} is given; the next one that is free is {:#x}", pages.start,
                                      left.empty() ? never : left.start);
            const uint64_t end = std::min(pages.end, left.end);
            pages.start = left.start = end;
        }
    }
    if (!left.empty() || !(left = next()).empty())
        return context.broken("frame {:#x} is free, and is not given", left.start);
    return Verdict::holds;
}

Verdict pages(Context &context)
{
    FreeFrames free(context);
    return compare_pages(context, [&] { return free.next(); });
}

Verdict late_pages(Context &context)
{
    if (context.wraps(0))
        return Verdict::not_applicable;
    Range range{pfn_up(context.phys(0)), pfn_down(context.phys(0) + context.phys(1))};
    return compare_pages(context, [&] {
        const Range run = range;
        range = {};
        return run;
    });
}

Verdict orders(Context &context)
{
    const bool whole = context.op().kind == MBLAB_OP_memblock_free_all;
    for (const Effect &effect : context.outcome().effect_list()) {
        if (effect.kind != MBLAB_EFFECT_page_to_buddy)
            continue;
        if (effect.b > (whole ? order_max : 0) || effect.a % (uint64_t{1} << effect.b))
            return context.broken("frame {:#x} is given with order {}", effect.a, effect.b);
    }
    return context.summary.pages ? Verdict::holds : Verdict::not_applicable;
}

Verdict counted(Context &context)
{
    uint64_t given = 0;
    for (const Effect &effect : context.outcome().effect_list())
        if (effect.kind == MBLAB_EFFECT_page_to_buddy)
            given += frames_of(effect).size();
    const uint64_t counted = context.outcome().state.totalram - context.old_totalram;
    return given == counted ? Verdict::holds : context.broken("{} pages are given, {} are counted", given, counted);
}

Verdict state(Context &context)
{
    // A doubling that failed has no way to be reported from here.
    if (context.cut_short())
        return Verdict::not_applicable;
    const Verdict memory = matches(context, MBLAB_TYPE_memory);
    return memory == Verdict::holds ? matches(context, MBLAB_TYPE_reserved) : memory;
}

/// The node that a reserved region's pages are to get: its own, else that of the memory there, else the first.
int32_t node_of(const Context &context, const Region &reserved)
{
    if (context.valid_node(reserved.nid))
        return reserved.nid;
    const Region *memory = region_at(context.new_regions(MBLAB_TYPE_memory), reserved.base & ~(page_size - 1));
    return memory && memory->nid >= 0 ? memory->nid : 0;
}

bool is_left_out(const Region &region)
{
    return (region.flags & flag_noinit) != 0;
}

uint64_t reserved_to_initialise(const Context &context)
{
    const Regions reserved = context.new_regions(MBLAB_TYPE_reserved);
    return reserved.size() - static_cast<uint64_t>(std::count_if(reserved.begin(), reserved.end(), is_left_out));
}

/// Whether an initialisation is that of the pages which [start, end) touches.
bool initialises(const Effect &effect, uint64_t start, uint64_t end)
{
    return effect.kind == MBLAB_EFFECT_init_reserved_page && effect.a == (start & ~(page_size - 1)) &&
           effect.b == ((end + page_size - 1) & ~(page_size - 1));
}

/// The last initialisations are those of the reserved regions, one each; what comes before is NOMAP memory.
Verdict reserved_pages(Context &context)
{
    const Regions reserved = context.new_regions(MBLAB_TYPE_reserved);
    const uint64_t wanted = reserved_to_initialise(context);
    if (context.summary.reserved_inits < wanted)
        return context.broken("{} ranges initialised, {} reserved regions to initialise",
                              context.summary.reserved_inits, wanted);
    uint64_t skip = context.summary.reserved_inits - wanted;
    size_t at = 0;
    for (const Effect &effect : context.outcome().effect_list()) {
        if (effect.kind != MBLAB_EFFECT_init_reserved_page || skip-- > 0)
            continue;
        skip = 0;
        while (is_left_out(reserved[at]))
            at++;
        const Region &region = reserved[at++];
        if (!initialises(effect, region.base, end_of(region) & context.phys_max()))
            return context.broken("{:#x}-{:#x} is initialised, {:#x} is reserved", effect.a, effect.b, region.base);
        if (static_cast<int32_t>(effect.c) != node_of(context, region))
            return context.broken("{:#x}-{:#x} is initialised on node {}", effect.a, effect.b, effect.c);
    }
    return Verdict::holds;
}

/// What is initialised besides the reserved regions is NOMAP memory, region by region; all of it once more whenever the
/// reserved array grew meanwhile.
Verdict nomap_pages(Context &context)
{
    uint64_t regions = 0;
    for (const Region &region : context.new_regions(MBLAB_TYPE_memory)) {
        if (!(region.flags & flag_nomap))
            continue;
        regions++;
        const auto is_it = [&](const Effect &effect) {
            return initialises(effect, region.base, end_of(region)) && static_cast<int32_t>(effect.c) == region.nid;
        };
        const std::span<const Effect> list = context.outcome().effect_list();
        if (std::none_of(list.begin(), list.end(), is_it))
            return context.broken("NOMAP memory {:#x}-{:#x} is not initialised as reserved", region.base,
                                  end_of(region));
    }
    const uint64_t besides = context.summary.reserved_inits - reserved_to_initialise(context);
    if (besides != regions && context.doublings.empty())
        return context.broken("{} ranges besides the reserved ones are initialised, NOMAP regions are {}", besides,
                              regions);
    return regions ? Verdict::holds : Verdict::not_applicable;
}

Verdict valid_nodes(Context &context)
{
    for (const Effect &effect : context.outcome().effect_list())
        if (effect.kind == MBLAB_EFFECT_init_reserved_page && !context.valid_node(static_cast<int32_t>(effect.c)))
            return context.broken("{:#x}-{:#x} is initialised on node {}, which is none", effect.a, effect.b, effect.c);
    return context.summary.reserved_inits ? Verdict::holds : Verdict::not_applicable;
}

Verdict managed(Context &context)
{
    const uint64_t wanted = context.facts.managed_reset ? 0 : context.facts.online_nodes * zones_per_node;
    bool given = false;
    for (const Effect &effect : context.outcome().effect_list()) {
        given |= effect.kind == MBLAB_EFFECT_page_to_buddy;
        if (effect.kind == MBLAB_EFFECT_managed_pages && (effect.c != 0 || given))
            return context.broken("zone {} of node {} is set to {}, or too late", effect.b, effect.a, effect.c);
    }
    return context.summary.managed == wanted
               ? Verdict::holds
               : context.broken("{} zones are reset, where {} were expected", context.summary.managed, wanted);
}

/// Entries of the memory map that are given back describe no whole frame of memory.
Verdict memmap(Context &context)
{
    const bool gives_back = context.variant.has(MBLAB_CONFIG_memmap) && !context.variant.has(MBLAB_CONFIG_vmemmap);
    bool any = false;
    for (const Effect &effect : context.outcome().effect_list()) {
        const auto is_old = [&](const Doubling &doubling) { return doubling.source == effect.a; };
        if (effect.kind != MBLAB_EFFECT_kmemleak_free_part_phys || context.is_static(effect.a) ||
            std::any_of(context.doublings.begin(), context.doublings.end(), is_old))
            continue;
        if (!gives_back)
            return context.broken("{:#x} is freed, and the memory map is to stay", effect.a);
        const uint64_t first = ((effect.a - MBLAB_MEMMAP_ADDR) & context.phys_max()) / MBLAB_STRUCT_PAGE_SIZE;
        const Range frames{first, first + effect.b / MBLAB_STRUCT_PAGE_SIZE};
        for (const Region &region : context.old_regions(MBLAB_TYPE_memory))
            if (frames.touches({pfn_up(region.base), pfn_down(end_of(region))}))
                return context.broken("the map of frames {:#x}-{:#x} is freed, and {:#x} is memory", frames.start,
                                      frames.end, region.base);
        any = true;
    }
    return any || !gives_back ? Verdict::holds : Verdict::not_applicable;
}

Verdict discard(Context &context)
{
    uint64_t expected = 0, given = 0;
    if (!context.variant.has(MBLAB_CONFIG_keep)) {
        for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved}) {
            const Array &array = context.before[type];
            const auto frees = [&](const Effect &e) { return e.kind == MBLAB_EFFECT_kfree && e.a == array.storage; };
            const std::span<const Effect> list = context.outcome().effect_list();
            if (array.in_slab && std::none_of(list.begin(), list.end(), frees))
                return context.broken("type {}: the array at {:#x} is not kfree'd", type, array.storage);
            if (!array.in_slab && !context.is_static(array.storage))
                expected += page_align(array.max * context.outcome().state.region_bytes) / page_size;
        }
    }
    for (const Effect &effect : context.outcome().effect_list())
        if (effect.kind == MBLAB_EFFECT_page_to_buddy)
            given += frames_of(effect).size();
    return given == expected ? Verdict::holds : context.broken("{} pages are given, not {}", given, expected);
}

constexpr Contract table[] = {
    {"conservation.pages",
     "Every whole page of memory that is neither reserved, nor NOMAP, nor driver-managed, nor above max_low_pfn is "
     "given "
     "to the buddy allocator once, and no other is.",
     free_all_source, only<MBLAB_OP_memblock_free_all>, pages},
    {"conservation.orders",
     "Pages are given in blocks whose first frame is a multiple of their size, of order 10 at most.",
     "mm/memblock.c, __free_pages_memory(): the largest chunks that alignment allows; MAX_PAGE_ORDER",
     only<MBLAB_OP_memblock_free_all, MBLAB_OP_memblock_free_late, MBLAB_OP_memblock_discard>, orders},
    {"conservation.counted", "The system's count of pages grows by the pages that were given.", free_all_source,
     only<MBLAB_OP_memblock_free_all, MBLAB_OP_memblock_free_late, MBLAB_OP_memblock_discard>, counted},
    {"conservation.state",
     "Freeing all memory leaves memory and reserved as they are, but for hotplug marks, which go, for the nodes of "
     "reserved "
     "ranges, which become those of the memory there, and for the unused parts of the memory map.",
     "mm/memblock.c, memmap_init_reserved_pages(): nid on all reserved pages; kernel-doc of enum memblock_flags",
     only<MBLAB_OP_memblock_free_all>, state},
    {"conservation.reserved",
     "The pages of each reserved region are initialised once, on the region's node, unless it is marked NOINIT.",
     "mm/memblock.c, kernel-doc of memblock_reserved_mark_noinit()", only<MBLAB_OP_memblock_free_all>, reserved_pages},
    {"conservation.nomap",
     "The pages of NOMAP memory are initialised as reserved, and no others that are not reserved.",
     "mm/memblock.c, kernel-doc of memblock_mark_nomap()", only<MBLAB_OP_memblock_free_all>, nomap_pages},
    {"conservation.node", "Pages are initialised on nodes that there can be.",
     "mm/memblock.c, memmap_init_reserved_pages(): nid on all reserved pages", only<MBLAB_OP_memblock_free_all>,
     valid_nodes},
    {"conservation.managed", "The zones' counts of managed pages are set to 0 before the first page is given, once.",
     "commit 3dcc0571cd64 (mm: correctly update zone->managed_pages)",
     only<MBLAB_OP_memblock_free_all, MBLAB_OP_reset_all_zones_managed_pages>, managed},
    {"conservation.memmap", "Only those parts of the memory map are given back that describe no memory.",
     "mm/memblock.c, comment over free_unused_memmap()", only<MBLAB_OP_memblock_free_all>, memmap},
    {"conservation.late", "Freeing late gives the whole pages of the range, one by one, to the buddy allocator.",
     late_source, only<MBLAB_OP_memblock_free_late>, late_pages},
    {"conservation.discard",
     "Discarding gives the arrays' storage back to where it came from, the first arrays excepted.",
     "mm/memblock.c, kernel-doc of memblock_discard()", only<MBLAB_OP_memblock_discard>, discard},
};

} // namespace

std::span<const Contract> conservation_contracts()
{
    return table;
}

} // namespace mblab::contract
