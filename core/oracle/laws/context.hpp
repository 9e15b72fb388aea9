// SPDX-License-Identifier: GPL-2.0-or-later
// What the checks look at: the state before the op, what the op did, and what follows from the two.
#pragma once

#include "core/oracle/laws/contracts.hpp"
#include "core/oracle/laws/ranges.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mblab::contract {

inline constexpr uint64_t page_size = 4096;
inline constexpr uint64_t cache_line = 64;      // SMP_CACHE_BYTES, the alignment of who asks for none
inline constexpr int64_t error_no_memory = -12; // -ENOMEM
inline constexpr int level_error = 3, level_warning = 4, level_info = 6;
inline constexpr uint64_t never = ~uint64_t{0};

enum : uint32_t { flag_hotplug = 1, flag_mirror = 2, flag_nomap = 4, flag_driver_managed = 8, flag_noinit = 16 };

/// What a check says of one outcome.
enum class Verdict : uint8_t { not_applicable, holds, broken };

/// The shape of an array: one pass over it answers what the structure contracts ask.
struct Shape {
    bool sorted = true, disjoint = true, filled = true, bounded = true, minimal = true;
    uint64_t sum = 0;
};

/// One array before the op, kept by value.
struct Array {
    std::vector<Region> regions;
    Shape shape;
    uint64_t max = 0, total_size = 0, storage = MBLAB_STATIC_ADDR;
    uint64_t version = 0;
    bool in_slab = false; // the storage came from kmalloc
    uint64_t surplus = 0; // by how much total_size is known to exceed the sum (excuse trim-total-size)
};

/// What earlier ops told about the world around memblock.
struct Facts {
    bool can_resize = false, debug = false, has_mirror = false, mirrored_kernelcore = false, movable_node = false;
    bool managed_reset = false;   // the zones' counters were set to 0 already
    bool discarded = false;       // memblock_discard gave the arrays away
    bool physmem_doubled = false; // see the excuses
    uint64_t slab = MBLAB_SLAB_DOWN, max_low_pfn = 0, online_nodes = 1;
};

/// A named reservation made by the reserve_mem= parameter.
struct NamedRange {
    char name[MBLAB_TEXT_SIZE];
    uint64_t start, size;
};

/// One array moved to another of twice its size.
struct Doubling {
    uint32_t effect; // index of the copy
    uint64_t target, source, bytes;
    bool to_slab, from_slab, from_static;
    int type; // whose array, by enum mblab_type; -1 when no array's storage explains the copy
};

/// What the effects of one op come to.
struct Summary {
    uint32_t kernel_zeroes = 0; // zero effects that belong to no doubling
    uint32_t failed_doublings = 0;
    uint32_t errors = 0, infos = 0, mirror_warnings = 0;
    uint32_t ranges = 0, pages = 0, managed = 0, reserved_inits = 0;
};

/// What was asked of an allocation, with the defaults of its variant filled in.
struct Request {
    uint64_t size, align, start, end; // end after the current limit has been taken into account
    int32_t nid;
    bool exact_nid, virt, zeroed, leak_trace, drops_start;
};

/// One try of an allocation: which memory it may come from.
struct Attempt {
    Range window;
    bool on_node = false; // on the node that was asked for, else on any
    bool mirror = false;  // mirrored memory only
};

/// What a search of the state before the op says about an allocation.
struct Search {
    size_t attempts = 0;
    size_t found_by = 0; // index of the first attempt that has a candidate; attempts when none has
    uint64_t addr = 0;   // that candidate; 0 for none
};

class Context {
  public:
    explicit Context(const Variant &variant_of_engine) : variant(variant_of_engine) {}

    // ---- one op ----
    void begin(const Op &op, const Outcome &outcome);

    const Op &op() const { return *op_; }
    const Outcome &outcome() const { return *outcome_; }
    /// An argument as an address or a size: cut to what phys_addr_t holds.
    uint64_t phys(size_t index) const { return op_->arg[index] & phys_max(); }
    int32_t nid(size_t index) const { return static_cast<int32_t>(op_->arg[index]); }
    uint32_t flags(size_t index) const { return static_cast<uint32_t>(op_->arg[index]); }
    uint64_t value(size_t index = 0) const { return outcome_->result.value[index]; }
    int64_t error() const { return static_cast<int32_t>(outcome_->result.value[0]); }
    /// [base, base + size) of two arguments, ended at PHYS_ADDR_MAX.
    Range range(size_t base_index) const;
    /// The range that base + size names without wrapping; empty when it would wrap.
    bool wraps(size_t base_index) const { return phys(base_index + 1) > phys_max() - phys(base_index); }

    uint64_t phys_max() const { return variant.has(MBLAB_CONFIG_phys32) ? 0xffffffff : ~uint64_t{0}; }
    bool is_static(uint64_t storage) const { return (storage & phys_max()) == phys_max(); }
    bool valid_node(int32_t node) const { return node >= 0 && static_cast<uint32_t>(node) < variant.max_nodes; }
    /// The node of a region that no one gave a node.
    int32_t no_node() const { return variant.has(MBLAB_CONFIG_numa) ? static_cast<int32_t>(variant.max_nodes) : 0; }
    /// Types that the variant has are 0 up to this.
    uint64_t type_count() const { return variant.has(MBLAB_CONFIG_physmap) ? 3 : 2; }
    bool has_type(uint64_t type) const { return type < type_count(); }

    // ---- before and after ----
    Regions old_regions(uint64_t type) const { return before[type].regions; }
    Regions new_regions(uint64_t type) const { return outcome_->regions(static_cast<mblab_type>(type)); }
    /// The whole storage of the array as it is now, in bytes that memblock accounts for.
    Range storage(uint64_t type) const;
    /// The array as the contracts of the op say it must be now, with all doublings taken into account.
    Regions expected(uint64_t type) const;
    bool as_expected(uint64_t type) const { return as_expected_[type]; }
    const Shape &shape(uint64_t type) const { return same[type] ? before[type].shape : shape_[type]; }
    /// The search that belongs to an allocation; made on first use.
    const Search &search();
    Attempt attempt(size_t index) const;
    size_t attempt_count() const;

    /// Say why a contract is broken; the text is only made when someone reads it.
    [[gnu::cold]] Verdict broken(const char *format, uint64_t a = 0, uint64_t b = 0, uint64_t c = 0);
    std::string explanation() const;

    // ---- across ops ----
    void reset();
    void remember();
    /// Whether some array's storage is memory that anyone may be given: no promise can outlive that.
    bool array_is_unprotected() const;

    const Variant variant;
    std::array<Array, 3> before;
    Facts facts;
    uint64_t old_limit = 0, old_totalram = 0;
    bool old_bottom_up = false;
    std::vector<NamedRange> names;

    // ---- of this op ----
    std::array<bool, 3> same{}; // byte for byte what it was
    bool changed = false;       // some array: its regions, its room, its size or its place
    std::vector<Doubling> doublings;
    Summary summary;
    Request request{}; // of ops of the alloc family
    bool is_alloc = false;
    /// A step could not be finished because an array could not grow: what is left undone is nobody's promise.
    bool cut_short() const { return summary.failed_doublings != 0; }

  private:
    void read_effects();
    void read_text(const Effect &effect);
    void attribute_doublings();
    void measure(uint64_t type);
    void read_request();

    RegionList &edit(uint64_t type);
    void expect_doublings();
    void expect_doubling(const Doubling &doubling);
    void expect_result();
    void expect_basic();
    void expect_attributes();
    void expect_limits();
    void expect_cap(Range kept);
    void expect_trim();
    void expect_allocation(uint64_t addr, uint64_t size);
    void expect_free_all();

    void learn();
    void learn_parameter();

    const Op *op_ = nullptr;
    const Outcome *outcome_ = nullptr;
    std::array<Shape, 3> shape_;
    std::array<bool, 3> edited_{}, as_expected_{};
    std::array<RegionList, 3> expected_;
    std::array<bool, 3> in_slab_{}; // the storage after the op: as before it, but for doublings
    Search search_;
    bool searched_ = false;
    struct {
        const char *format;
        uint64_t a, b, c;
    } why_{};
};

/// The address below which the lowest `limit` bytes of memory lie; never when memory has fewer.
uint64_t limit_to_address(Regions memory, uint64_t limit);

/// Whether an attempt may take memory from this region.
bool lawful(const Context &context, const Attempt &attempt, const Region &region);

inline uint64_t pfn_up(uint64_t addr)
{
    return addr / page_size + (addr % page_size != 0);
}

inline uint64_t pfn_down(uint64_t addr)
{
    return addr / page_size;
}

inline uint64_t page_align(uint64_t size)
{
    return (size + page_size - 1) & ~(page_size - 1);
}

inline bool is_power_of_two(uint64_t value)
{
    return value && (value & (value - 1)) == 0;
}

} // namespace mblab::contract
