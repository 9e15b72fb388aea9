// SPDX-License-Identifier: GPL-2.0-or-later
// What a law looks at: the state before a call, the op, its outcome, and what follows from the three.
#pragma once

#include "core/engine/late.hpp"
#include "core/op/typed.hpp"
#include "core/oracle/laws/laws.hpp"
#include "core/state/flags.hpp"

namespace mblab::law {

inline constexpr uint64_t page_size = 4096;
inline constexpr int64_t error_no_memory = -12; // -ENOMEM
inline constexpr uint64_t never = ~uint64_t{0};

/// What a law says of a call, and why where it is violated: a format and its numbers, made a text when someone reads
/// it.
struct Verdict {
    enum Kind : uint8_t { not_applicable, holds, violated } kind;
    const char *format = nullptr;
    uint64_t a = 0, b = 0, c = 0;
    std::optional<uint64_t> right{}; // the first result that the law asks for, where it asks for one

    std::string explanation() const;
};

inline constexpr Verdict not_applicable{Verdict::not_applicable}, holds{Verdict::holds};

inline Verdict violated(const char *format, uint64_t a = 0, uint64_t b = 0, uint64_t c = 0)
{
    return {Verdict::violated, format, a, b, c};
}

inline Verdict should_be(uint64_t right, const char *format, uint64_t a = 0, uint64_t b = 0, uint64_t c = 0)
{
    return {Verdict::violated, format, a, b, c, right};
}

/// What the effects of one call come to.
struct Summary {
    uint32_t kernel_zeroes = 0; // zero effects that belong to no doubling
    uint32_t warnings = 0;
    uint32_t failed_doublings = 0, infos = 0, mirror_warnings = 0, deferral_warnings = 0;
    uint32_t ranges = 0, pages = 0, managed = 0, reserved_inits = 0;
};

/// What was asked of an allocation, with the defaults of its variant filled in.
struct Request {
    uint64_t size = 0, align = 0, start = 0, end = 0; // end after the current limit has been taken into account
    int32_t nid = -1;
    bool exact_nid = false, zeroed = false, leak_trace = true;
    bool drops_start = false; // a last attempt goes below start
    bool from_slab = false;   // the slab is up, and the kernel asks it
};

/// The regions, without the one of no size by which some kernels have an empty array.
inline Regions without_entry(const State &state, Regions regions)
{
    const bool has_entry = state.dialect.empty_array_has_entry && regions.size() == 1 && regions[0].size == 0;
    return has_entry ? Regions() : regions;
}

class Call {
  public:
    /// Measures the arrays before the call and after it.
    Call(const State &before, const Op &op, const Outcome &outcome);
    /// shapes: of the arrays before the call; versions: those under which the engine had them.
    Call(const State &before, const std::array<Shape, 3> &shapes, const std::array<uint64_t, 3> &versions, const Op &op,
         const Outcome &outcome);

    const State &before;
    const Op &op;
    const Outcome &outcome;

    std::array<Shape, 3> shapes;     // after the call
    std::array<uint64_t, 3> surplus; // by how much total_size exceeded the sum before the call
    Changed regions_changed{};       // by type
    bool changed = false;            // some array: its regions, its room, its size or its place
    bool is_alloc = false;           // the request is one
    std::vector<Doubling> doublings;
    Summary summary;
    Request request;

    uint64_t value(size_t index = 0) const { return outcome.result.value[index]; }
    int64_t error() const { return static_cast<int32_t>(outcome.result.value[0]); }
    bool slab_is_up() const { return before.slab != MBLAB_SLAB_DOWN; }
    /// Types that the variant has are 0 up to this.
    size_t type_count() const { return before.variant.has(MBLAB_CONFIG_physmap) ? 3 : 2; }

    Regions old_regions(size_t type) const { return without_entry(before, before.arrays[type].set.regions()); }
    Regions new_regions(size_t type) const
    {
        return without_entry(before, outcome.regions(static_cast<mblab_type>(type)));
    }
    bool is_static(uint64_t storage) const { return (storage & before.top()) == before.top(); }
    /// The whole storage of the array as it is now, in bytes that memblock accounts for.
    Interval storage(size_t type) const;
    /// Whether the array is now in memory of memblock's own: neither static nor in slab.
    bool in_memblock(size_t type) const;
    /// Whether some array's storage is memory that anyone may be given: no law can outlive that.
    bool array_is_unprotected() const;
    /// base, or a pointer, and size as the op names them; 0 and 0 for an op that names no range.
    Region named() const;
    /// The call frees memory after the slab came up, in a kernel that then gives it to the buddy allocator.
    bool frees_late() const { return mblab::frees_late(before, op); }
    Interval late_range() const { return mblab::late_range(before, op); }
    /// The range that they are: it ends at the top of the address space.
    Interval range() const { return before.range(named().base, named().size); }
    /// Whether base + size runs past the top.
    bool range_wraps() const { return named().size > before.top() - named().base; }

    /// A step could not be finished because an array could not grow: no law speaks of what is left undone.
    bool cut_short() const { return summary.failed_doublings != 0 || (fails_silently() && lacks_room()); }
    /// An array that may not grow is neither a panic nor a message to this kernel.
    bool fails_silently() const { return !before.can_resize && !before.dialect.full_array_panics; }

  private:
    bool lacks_room() const;
    void read_effects();
    void compare_arrays(const std::array<uint64_t, 3> &versions);
};

std::array<Shape, 3> measure(const State &state);

/// Whether a walk over free memory that asks for no flag visits this region.
bool is_walked(const State &before, const Region &region);

/// Whether an allocation may come from this region.
bool is_usable(const State &before, const Region &region);

/// What memblock_estimated_nr_free_pages() takes for used, in bytes.
uint64_t used_by_estimate(const Call &call);

/// What the sums by flag add up, of memory on a node: the memory's own, or the node that reserved regions have.
enum class NodeOf : uint8_t { memory, reservation };
uint64_t flag_sum(const Call &call, NodeOf node_of);

/// Of a block that was allocated, whoever allocates: it was memory, no byte of it was reserved, it is aligned so.
Verdict was_memory(const Call &call, Interval block);
Verdict was_unreserved(const Call &call, Interval block);
Verdict is_aligned(uint64_t address, uint64_t align);

/// Bytes of whole pages of memory without a node.
uint64_t uncovered_by_nodes(const Call &call);

/// The addresses of which a limit or a cap takes nothing away: all, for one of 0, without memory, and for any other op.
Interval kept_by_limit(const Call &call);

constexpr uint64_t page_align(uint64_t size)
{
    return (size + page_size - 1) & ~(page_size - 1);
}

constexpr uint64_t pfn_up(uint64_t addr)
{
    return addr / page_size + (addr % page_size != 0);
}

constexpr uint64_t pfn_down(uint64_t addr)
{
    return addr / page_size;
}

/// The memory that a new array takes.
constexpr Interval target_of(const Doubling &doubling)
{
    return {doubling.target, doubling.target + page_align(2 * doubling.bytes)};
}

// ---- which ops a law speaks of ----

/// Every op but the predecessors', whose calls are several of memblock's, or none.
inline bool every_op(uint16_t kind)
{
    return !is_of_history(kind);
}

template <Family... families> bool in_family(uint16_t kind)
{
    return ((op_info(kind).family == families) || ...);
}

template <typename... Calls> bool only(uint16_t kind)
{
    return ((kind == Calls::op_kind) || ...);
}

/// The calls that do nothing but reserve a range.
inline bool reserves(uint16_t kind)
{
    return only<ops::memblock_reserve, ops::memblock_reserve_kern, ops::__memblock_reserve>(kind);
}

// ---- the families, one file each ----

std::span<const Law> structure_laws();
std::span<const Law> doubling_laws();
std::span<const Law> accounting_laws();
std::span<const Law> placement_laws();
std::span<const Law> contents_laws();
std::span<const Law> conservation_laws();
std::span<const Law> answer_laws();
std::span<const Law> history_laws();

} // namespace mblab::law
