// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The early boot allocator's API, as of Linux 7.3. C11 and C++20.
 *
 * Names, values, signatures and layouts are the kernel's, so code written for the kernel's
 * <linux/memblock.h> compiles against this one unchanged. Units throughout: an address or a size is
 * in bytes and physical unless its name says otherwise, a pfn is an address divided by PAGE_SIZE, an
 * end is exclusive. A function that returns int returns 0, or -ENOMEM when a region array had to grow
 * and could not. Ranges that run past the top of the address space are cut at PHYS_ADDR_MAX, and a
 * range of size 0 is accepted and does nothing.
 *
 * Source of every statement here: the behaviour of mm/memblock.c in 7.3.
 */
#ifndef _LINUX_MEMBLOCK_H
#define _LINUX_MEMBLOCK_H

#include <asm/dma.h>
#include <linux/init.h>
#include <linux/kconfig.h>
#include <linux/mm.h>
#include <linux/numa.h>
#include <linux/pfn.h>
#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Lowest and highest (exclusive) pfn of directly mapped memory; free_all gives the buddy nothing above. */
extern unsigned long min_low_pfn;
extern unsigned long max_low_pfn;
/** Highest pfn of memory present now, exclusive. */
extern unsigned long max_pfn;
/** Highest pfn that memory may ever reach, hotplug included; exclusive. */
extern unsigned long long max_possible_pfn;

/** What a region is, as bits. Those named RSRV describe reservations, the others memory. */
#ifdef __cplusplus
enum memblock_flags : unsigned int {
#else
enum memblock_flags {
#endif
	MEMBLOCK_NONE = 0x0,	       /* plain memory */
	MEMBLOCK_HOTPLUG = 0x1,	       /* may be unplugged: avoided by allocations under "movable_node" */
	MEMBLOCK_MIRROR = 0x2,	       /* mirrored in hardware: preferred for kernel data */
	MEMBLOCK_NOMAP = 0x4,	       /* outside the direct map, and never handed out */
	MEMBLOCK_DRIVER_MANAGED = 0x8, /* found and added by a driver; absent from the firmware's map */
	MEMBLOCK_RSRV_NOINIT = 0x10,   /* its struct pages are left alone */
	MEMBLOCK_RSRV_KERN = 0x20,     /* in use by the kernel: every allocation has it */
	MEMBLOCK_KHO_SCRATCH =
		0x40, /* free for early boot after a kexec handover, whatever the old kernel left elsewhere */
	MEMBLOCK_RSRV_HUGETLB = 0x80, /* holds huge pages for user space */
};

/** One contiguous run [base, base + size) with one set of attributes. */
struct memblock_region {
	phys_addr_t base;
	phys_addr_t size;
	enum memblock_flags flags;
#ifdef CONFIG_NUMA
	int nid; /* without a node: MAX_NUMNODES in memory, NUMA_NO_NODE in reserved */
#endif
};

/**
 * A sorted array of regions that do not overlap.
 *
 * An empty array keeps an all-zero region in slot 0. total_size is what additions and removals have
 * summed up to; memblock_trim_memory() shrinks regions without telling it.
 */
struct memblock_type {
	unsigned long cnt;		 /* regions in use */
	unsigned long max;		 /* slots in the array */
	phys_addr_t total_size;		 /* bytes */
	struct memblock_region *regions; /* in phys memory, in slab, or static at first */
	char *name;			 /* as it appears in messages */
};

/** The whole allocator: which memory there is, which of it is taken, and how to choose. */
struct memblock {
	bool bottom_up;		   /* allocate from low addresses up; the default is from high down */
	phys_addr_t current_limit; /* where MEMBLOCK_ALLOC_ACCESSIBLE ends */
	struct memblock_type memory;
	struct memblock_type reserved;
};

extern struct memblock memblock;

/*
 * What outlives boot: without ARCH_KEEP_MEMBLOCK nothing does, and memblock_discard() hands arrays
 * that had grown back to the buddy allocator or to slab. After it, only reading what is left is allowed.
 */
#ifndef CONFIG_ARCH_KEEP_MEMBLOCK
#define __init_memblock __meminit
#define __initdata_memblock __meminitdata
void memblock_discard(void);
#else
#define __init_memblock
#define __initdata_memblock
static inline void memblock_discard(void) {}
#endif

/* ---- flags as a set; C has the operators already, on int ---- */

#ifdef __cplusplus
extern "C++" {
constexpr memblock_flags operator|(memblock_flags a, memblock_flags b)
{
	return static_cast<memblock_flags>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr memblock_flags operator&(memblock_flags a, memblock_flags b)
{
	return static_cast<memblock_flags>(static_cast<unsigned>(a) & static_cast<unsigned>(b));
}
constexpr memblock_flags operator~(memblock_flags a)
{
	return static_cast<memblock_flags>(~static_cast<unsigned>(a));
}
constexpr memblock_flags &operator|=(memblock_flags &a, memblock_flags b)
{
	return a = a | b;
}
constexpr memblock_flags &operator&=(memblock_flags &a, memblock_flags b)
{
	return a = a & b;
}
}
#endif

/* ---- describing memory and reservations ---- */

/** Let the region arrays grow. Before this call, an array that is full panics instead of doubling. */
void memblock_allow_resize(void);

/** Add [base, base + size) to memory, on node nid. Parts that are memory already keep what they have. */
int memblock_add_node(phys_addr_t base, phys_addr_t size, int nid, enum memblock_flags flags);

/** memblock_add_node() with no node known yet and no flags. */
int memblock_add(phys_addr_t base, phys_addr_t size);

/** Take [base, base + size) out of memory, whatever is there. Reservations stay. */
int memblock_remove(phys_addr_t base, phys_addr_t size);

/**
 * memblock_phys_free - give [base, base + size) back, and tell kmemleak
 *
 * Until slab is up this drops the reservation. From then on the whole pages go to the buddy allocator instead; the
 * reservation is dropped as well only where the arrays are kept (ARCH_KEEP_MEMBLOCK), and without that 0 is returned.
 */
int memblock_phys_free(phys_addr_t base, phys_addr_t size);

/** memblock_phys_free() by virtual address; NULL is ignored. */
void memblock_free(void *ptr, size_t size);

/**
 * __memblock_reserve - reserve [base, base + size), memory or not: allocations stay out of it
 * @nid: the node to note, as it is; NUMA_NO_NODE for none
 * @flags: MEMBLOCK_RSRV_*
 * Overlaps are fine: parts that are reserved already keep what they have.
 */
int __memblock_reserve(phys_addr_t base, phys_addr_t size, int nid, enum memblock_flags flags);

/** Reserve for whom the caller does not say, on no node. */
static __always_inline int memblock_reserve(phys_addr_t base, phys_addr_t size)
{
	return __memblock_reserve(base, size, NUMA_NO_NODE, MEMBLOCK_NONE);
}

/** Reserve for the kernel itself, on no node. */
static __always_inline int memblock_reserve_kern(phys_addr_t base, phys_addr_t size)
{
	return __memblock_reserve(base, size, NUMA_NO_NODE, MEMBLOCK_RSRV_KERN);
}

#ifdef CONFIG_HAVE_MEMBLOCK_PHYS_MAP
/** What is installed, whatever limits the command line set on using it. */
extern struct memblock_type physmem;

/** Add [base, base + size) to physmem. */
int memblock_physmem_add(phys_addr_t base, phys_addr_t size);
#endif

/** Round each memory region inwards to align (a power of two), and drop those that vanish. */
void memblock_trim_memory(phys_addr_t align);

/** 1 if [base1, +size1) and [base2, +size2) share a byte, else 0. Sums wrap: nothing is cut here. */
unsigned long memblock_addrs_overlap(phys_addr_t base1, phys_addr_t size1, phys_addr_t base2, phys_addr_t size2);

/** Does any region of type touch [base, base + size)? Size 0 asks for a region strictly around base. */
bool memblock_overlaps_region(struct memblock_type *type, phys_addr_t base, phys_addr_t size);

/** False, with a message, when more than threshold_bytes of memory (in whole pages) has no node. */
bool memblock_validate_numa_coverage(unsigned long threshold_bytes);

/** Set MEMBLOCK_HOTPLUG on all memory in the range, splitting regions at its ends. */
int memblock_mark_hotplug(phys_addr_t base, phys_addr_t size);
/** Clear what memblock_mark_hotplug() set. */
int memblock_clear_hotplug(phys_addr_t base, phys_addr_t size);
/** Set MEMBLOCK_MIRROR, and prefer mirrored memory from now on. Does nothing unless mirrored_kernelcore. */
int memblock_mark_mirror(phys_addr_t base, phys_addr_t size);
/** Set MEMBLOCK_NOMAP: no direct map, no allocation, pages marked reserved. */
int memblock_mark_nomap(phys_addr_t base, phys_addr_t size);
/** Clear what memblock_mark_nomap() set. */
int memblock_clear_nomap(phys_addr_t base, phys_addr_t size);
/** Set MEMBLOCK_RSRV_NOINIT on reservations in the range: free_all leaves their struct pages alone. */
int memblock_reserved_mark_noinit(phys_addr_t base, phys_addr_t size);
/** Set MEMBLOCK_RSRV_KERN on reservations in the range. */
int memblock_reserved_mark_kern(phys_addr_t base, phys_addr_t size);
/** Set MEMBLOCK_KHO_SCRATCH: what memblock_set_kho_scratch_only() leaves to allocate from. */
int memblock_mark_kho_scratch(phys_addr_t base, phys_addr_t size);
/** Clear what memblock_mark_kho_scratch() set. */
int memblock_clear_kho_scratch(phys_addr_t base, phys_addr_t size);

/** Put regions of type in the range on node nid, splitting at its ends. Without NUMA, does nothing. */
int memblock_set_node(phys_addr_t base, phys_addr_t size, struct memblock_type *type, int nid);

/* ---- handing over to the buddy allocator; the call that does it is declared in mm's own headers ---- */

/** Zero managed_pages of every zone of every online node, the first time it is called. */
void reset_all_zones_managed_pages(void);

/* ---- iterating ---- */

/**
 * __next_mem_range - one step up through type_a less type_b
 * @idx: where to go on: index into type_a in the low half, index of a gap of type_b in the high half
 *       (gap i ends where region i begins). 0 to begin; ULLONG_MAX is written at the end.
 * @nid: only regions of this node; NUMA_NO_NODE or any number that is no node means all
 * @flags: what memory to include; see enum memblock_flags. Only memblock.memory is ever filtered.
 * @type_a: where ranges come from
 * @type_b: what to leave out; may be NULL
 * @out_start, @out_end, @out_nid: the range found; each may be NULL
 */
void __next_mem_range(u64 *idx, int nid, enum memblock_flags flags, struct memblock_type *type_a,
		      struct memblock_type *type_b, phys_addr_t *out_start, phys_addr_t *out_end, int *out_nid);

/** __next_mem_range() downwards: begin with ULLONG_MAX, which is written at the end as well. */
void __next_mem_range_rev(u64 *idx, int nid, enum memblock_flags flags, struct memblock_type *type_a,
			  struct memblock_type *type_b, phys_addr_t *out_start, phys_addr_t *out_end, int *out_nid);

/**
 * __next_mem_pfn_range - one step up through the whole pages of memory
 * @idx: index of the region before; -1 to begin, and -1 is written at the end
 * @nid: only this node; a number that is no node, such as MAX_NUMNODES, means all
 * Regions without a whole page are passed over. Each out pointer may be NULL.
 */
void __next_mem_pfn_range(int *idx, int nid, unsigned long *out_start_pfn, unsigned long *out_end_pfn, int *out_nid);

#define __for_each_mem_range(i, type_a, type_b, nid, flags, p_start, p_end, p_nid)                                     \
	for (i = 0, __next_mem_range(&i, nid, flags, type_a, type_b, p_start, p_end, p_nid); i != (u64)ULLONG_MAX;     \
	     __next_mem_range(&i, nid, flags, type_a, type_b, p_start, p_end, p_nid))

#define __for_each_mem_range_rev(i, type_a, type_b, nid, flags, p_start, p_end, p_nid)                                 \
	for (i = (u64)ULLONG_MAX, __next_mem_range_rev(&i, nid, flags, type_a, type_b, p_start, p_end, p_nid);         \
	     i != (u64)ULLONG_MAX; __next_mem_range_rev(&i, nid, flags, type_a, type_b, p_start, p_end, p_nid))

/** Each memory region that is not NOMAP, as (start, end). i is a u64. */
#define for_each_mem_range(i, p_start, p_end)                                                                          \
	__for_each_mem_range(i, &memblock.memory, NULL, NUMA_NO_NODE, MEMBLOCK_HOTPLUG | MEMBLOCK_DRIVER_MANAGED,      \
			     p_start, p_end, NULL)

/** for_each_mem_range() from the top down. */
#define for_each_mem_range_rev(i, p_start, p_end)                                                                      \
	__for_each_mem_range_rev(i, &memblock.memory, NULL, NUMA_NO_NODE, MEMBLOCK_HOTPLUG | MEMBLOCK_DRIVER_MANAGED,  \
				 p_start, p_end, NULL)

/** Each reservation, as (start, end). i is a u64. */
#define for_each_reserved_mem_range(i, p_start, p_end)                                                                 \
	__for_each_mem_range(i, &memblock.reserved, NULL, NUMA_NO_NODE, MEMBLOCK_NONE, p_start, p_end, NULL)

/** Each range that is memory and not reserved, of node nid and with the flags wanted. i is a u64. */
#define for_each_free_mem_range(i, nid, flags, p_start, p_end, p_nid)                                                  \
	__for_each_mem_range(i, &memblock.memory, &memblock.reserved, nid, flags, p_start, p_end, p_nid)

/** for_each_free_mem_range() from the top down. */
#define for_each_free_mem_range_reverse(i, nid, flags, p_start, p_end, p_nid)                                          \
	__for_each_mem_range_rev(i, &memblock.memory, &memblock.reserved, nid, flags, p_start, p_end, p_nid)

/** Each run of whole pages of memory, as pfns. i is an int. */
#define for_each_mem_pfn_range(i, nid, p_start, p_end, p_nid)                                                          \
	for (i = -1, __next_mem_pfn_range(&i, nid, p_start, p_end, p_nid); i >= 0;                                     \
	     __next_mem_pfn_range(&i, nid, p_start, p_end, p_nid))

/** Each memory region itself, by pointer. */
#define for_each_mem_region(region)                                                                                    \
	for (region = memblock.memory.regions; region < (memblock.memory.regions + memblock.memory.cnt); region++)

/** Each reserved region itself, by pointer. */
#define for_each_reserved_mem_region(region)                                                                           \
	for (region = memblock.reserved.regions; region < (memblock.reserved.regions + memblock.reserved.cnt); region++)

#ifdef CONFIG_HAVE_MEMBLOCK_PHYS_MAP
static inline void __next_physmem_range(u64 *idx, struct memblock_type *type, phys_addr_t *out_start,
					phys_addr_t *out_end)
{
	__next_mem_range(idx, NUMA_NO_NODE, MEMBLOCK_NONE, &physmem, type, out_start, out_end, NULL);
}

/** Each range of physmem outside type, which may be NULL. i is a u64. */
#define for_each_physmem_range(i, type, p_start, p_end)                                                                \
	for (i = 0, __next_physmem_range(&i, type, p_start, p_end); i != (u64)ULLONG_MAX;                              \
	     __next_physmem_range(&i, type, p_start, p_end))
#endif

/* ---- one region ---- */

static inline bool memblock_is_hotpluggable(struct memblock_region *m)
{
	return m->flags & MEMBLOCK_HOTPLUG;
}

static inline bool memblock_is_mirror(struct memblock_region *m)
{
	return m->flags & MEMBLOCK_MIRROR;
}

static inline bool memblock_is_nomap(struct memblock_region *m)
{
	return m->flags & MEMBLOCK_NOMAP;
}

static inline bool memblock_is_reserved_noinit(struct memblock_region *m)
{
	return m->flags & MEMBLOCK_RSRV_NOINIT;
}

static inline bool memblock_is_driver_managed(struct memblock_region *m)
{
	return m->flags & MEMBLOCK_DRIVER_MANAGED;
}

static inline bool memblock_is_kho_scratch(struct memblock_region *m)
{
	return m->flags & MEMBLOCK_KHO_SCRATCH;
}

/** Without NUMA a region has no node to set, and 0 to get. */
static inline void memblock_set_region_node(struct memblock_region *r, int nid)
{
#ifdef CONFIG_NUMA
	r->nid = nid;
#else
	(void)r;
	(void)nid;
#endif
}

static inline int memblock_get_region_node(const struct memblock_region *r)
{
#ifdef CONFIG_NUMA
	return r->nid;
#else
	(void)r;
	return 0;
#endif
}

/* In pfns, memory counts its whole pages only; a reservation counts every page that it touches. */

static inline unsigned long memblock_region_memory_base_pfn(const struct memblock_region *reg)
{
	return PFN_UP(reg->base);
}

static inline unsigned long memblock_region_memory_end_pfn(const struct memblock_region *reg)
{
	return PFN_DOWN(reg->base + reg->size);
}

static inline unsigned long memblock_region_reserved_base_pfn(const struct memblock_region *reg)
{
	return PFN_DOWN(reg->base);
}

static inline unsigned long memblock_region_reserved_end_pfn(const struct memblock_region *reg)
{
	return PFN_UP(reg->base + reg->size);
}

/* ---- allocating ---- */

/* Special values of an upper bound. */
#define MEMBLOCK_ALLOC_ANYWHERE (~(phys_addr_t)0)
#define MEMBLOCK_ALLOC_ACCESSIBLE 0  /* up to current_limit */
#define MEMBLOCK_ALLOC_NOLEAKTRACE 1 /* likewise, and kmemleak is not told */

/* The lower bound that bounds nothing; page 0 is never handed out in any case. */
#define MEMBLOCK_LOW_LIMIT 0

#ifndef ARCH_LOW_ADDRESS_LIMIT
#define ARCH_LOW_ADDRESS_LIMIT 0xffffffffUL
#endif

/**
 * memblock_alloc_range_nid - find free memory and reserve it
 * @size: bytes
 * @align: a power of two; 0 dumps the stack and means SMP_CACHE_BYTES
 * @start, @end: bounds; @end may be one of MEMBLOCK_ALLOC_*
 * @nid: preferred node, NUMA_NO_NODE for any
 * @exact_nid: fail rather than take another node's memory
 *
 * Mirrored memory, if the machine has some, is tried first. The reservation has MEMBLOCK_RSRV_KERN and the node asked
 * for, or no node where another's memory had to do. Once slab is up this warns (once) and allocates from there. Returns
 * the physical address, 0 on failure.
 */
phys_addr_t memblock_alloc_range_nid(phys_addr_t size, phys_addr_t align, phys_addr_t start, phys_addr_t end, int nid,
				     bool exact_nid);

/** memblock_alloc_range_nid() from any node, logged. */
phys_addr_t memblock_phys_alloc_range(phys_addr_t size, phys_addr_t align, phys_addr_t start, phys_addr_t end);

/** Accessible memory, from node nid if it has any left. Returns the physical address, 0 on failure. */
phys_addr_t memblock_phys_alloc_try_nid(phys_addr_t size, phys_addr_t align, int nid);

/** Accessible memory from any node. Returns the physical address, 0 on failure. */
static __always_inline phys_addr_t memblock_phys_alloc(phys_addr_t size, phys_addr_t align)
{
	return memblock_phys_alloc_range(size, align, 0, MEMBLOCK_ALLOC_ACCESSIBLE);
}

/*
 * The three below return a virtual address, NULL on failure. max_addr is cut at current_limit; min_addr
 * is a wish, dropped when it cannot be met. _raw leaves the memory as it was found, the other is zeroed.
 */

/** From node nid only. */
void *memblock_alloc_exact_nid_raw(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr, phys_addr_t max_addr,
				   int nid);
/** From node nid, or else from any. */
void *memblock_alloc_try_nid_raw(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr, phys_addr_t max_addr,
				 int nid);
/** From node nid, or else from any; zeroed. */
void *memblock_alloc_try_nid(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr, phys_addr_t max_addr, int nid);

/**
 * memblock_alloc_hugetlb - memory for a huge page, aligned to its size and as it was found
 * @nid, @exact_nid: as for memblock_alloc_range_nid()
 *
 * Never from mirrored memory for its own sake, and never over what a kexec handover set aside as scratch. The
 * reservation has MEMBLOCK_RSRV_HUGETLB as well. Returns the virtual address, NULL on failure.
 */
void *memblock_alloc_hugetlb(phys_addr_t size, int nid, bool exact_nid);

/** Zeroed memory from anywhere accessible. */
static __always_inline void *memblock_alloc(phys_addr_t size, phys_addr_t align)
{
	return memblock_alloc_try_nid(size, align, MEMBLOCK_LOW_LIMIT, MEMBLOCK_ALLOC_ACCESSIBLE, NUMA_NO_NODE);
}

/** memblock_alloc(), or a panic that names the caller. */
void *__memblock_alloc_or_panic(phys_addr_t size, phys_addr_t align, const char *func);
#define memblock_alloc_or_panic(size, align) __memblock_alloc_or_panic(size, align, __func__)

/** memblock_alloc() without the zeroing. */
static inline void *memblock_alloc_raw(phys_addr_t size, phys_addr_t align)
{
	return memblock_alloc_try_nid_raw(size, align, MEMBLOCK_LOW_LIMIT, MEMBLOCK_ALLOC_ACCESSIBLE, NUMA_NO_NODE);
}

/** memblock_alloc(), at min_addr or above if there is any. */
static __always_inline void *memblock_alloc_from(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr)
{
	return memblock_alloc_try_nid(size, align, min_addr, MEMBLOCK_ALLOC_ACCESSIBLE, NUMA_NO_NODE);
}

/** memblock_alloc() below ARCH_LOW_ADDRESS_LIMIT. */
static inline void *memblock_alloc_low(phys_addr_t size, phys_addr_t align)
{
	return memblock_alloc_try_nid(size, align, MEMBLOCK_LOW_LIMIT, ARCH_LOW_ADDRESS_LIMIT, NUMA_NO_NODE);
}

/** memblock_alloc(), from node nid if it has any left. */
static inline void *memblock_alloc_node(phys_addr_t size, phys_addr_t align, int nid)
{
	return memblock_alloc_try_nid(size, align, MEMBLOCK_LOW_LIMIT, MEMBLOCK_ALLOC_ACCESSIBLE, nid);
}

/** Choose whether later allocations go for low addresses first (true) or high ones (false). */
static inline __init_memblock void memblock_set_bottom_up(bool enable)
{
	memblock.bottom_up = enable;
}

static inline __init_memblock bool memblock_bottom_up(void)
{
	return memblock.bottom_up;
}

/** Set, or read, the address at which MEMBLOCK_ALLOC_ACCESSIBLE ends. */
void memblock_set_current_limit(phys_addr_t limit);
phys_addr_t memblock_get_current_limit(void);

/* ---- asking ---- */

/** total_size of memory, and of reserved, in bytes. */
phys_addr_t memblock_phys_mem_size(void);
phys_addr_t memblock_reserved_size(void);

/** Bytes below limit that are reserved for the kernel, or as huge pages, on node nid; a number that is no node means
 * all. */
phys_addr_t memblock_reserved_kern_size(phys_addr_t limit, int nid);
phys_addr_t memblock_reserved_hugetlb_size(phys_addr_t limit, int nid);

/** Pages in memory's total_size less those reserved for the kernel. An estimate: reservations need not be memory. */
unsigned long memblock_estimated_nr_free_pages(void);

/** First address of memory, and the end of its last region; 0 without memory. */
phys_addr_t memblock_start_of_DRAM(void);
phys_addr_t memblock_end_of_DRAM(void);

/** Is the byte at addr in memory; in memory that is not NOMAP; reserved? */
bool memblock_is_memory(phys_addr_t addr);
bool memblock_is_map_memory(phys_addr_t addr);
bool memblock_is_reserved(phys_addr_t addr);

/** Is all of the range in one region of memory? Is any of it reserved? */
bool memblock_is_region_memory(phys_addr_t base, phys_addr_t size);
bool memblock_is_region_reserved(phys_addr_t base, phys_addr_t size);

/** Node and extent (rounded down, in pfns) of the memory region that holds pfn; NUMA_NO_NODE without one. */
int memblock_search_pfn_nid(unsigned long pfn, unsigned long *start_pfn, unsigned long *end_pfn);

/* ---- limiting ---- */

/** Keep the lowest memory_limit bytes of memory, and no reservation above them. 0 means no limit. */
void memblock_enforce_memory_limit(phys_addr_t memory_limit);

/** Keep memory inside the range, and NOMAP regions anywhere; drop reservations outside. */
void memblock_cap_memory_range(phys_addr_t base, phys_addr_t size);

/** memblock_cap_memory_range() from 0 to where the lowest limit bytes of memory end. */
void memblock_mem_limit_remove_map(phys_addr_t limit);

/**
 * memblock_set_kho_scratch_only - allocate from MEMBLOCK_KHO_SCRATCH memory and nothing else
 * Until memblock_clear_kho_scratch_only() or the end of boot. Without MEMBLOCK_KHO_SCRATCH nothing changes.
 */
#ifdef CONFIG_MEMBLOCK_KHO_SCRATCH
void memblock_set_kho_scratch_only(void);
void memblock_clear_kho_scratch_only(void);
#else
static inline void memblock_set_kho_scratch_only(void) {}
static inline void memblock_clear_kho_scratch_only(void) {}
#endif

/** Print every array, if "memblock=debug" was given. */
void memblock_dump_all(void);

#ifdef __cplusplus
}
#endif

#endif
