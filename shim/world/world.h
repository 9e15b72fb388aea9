/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorded world: what memblock does to everything around it, kept as a list of effects.
 *
 * One world lives in each engine. It owns the engine's physical memory, its slab, its nodes, its
 * buddy sink and its kernel log. The headers in shim/recorded/ call the functions at the end of this file;
 * the adapter calls those in the middle. C11 and C++20.
 */
#pragma once

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* name, then the meaning of the three numbers; a kind that carries text says so. */
#define MBLAB_EFFECT_KINDS(X)                                                                                          \
	X(zero, "addr", "size", "byte")                                                                                \
	X(copy, "dst", "src", "size")                                                                                  \
	X(print, "level", "", "")                                                                                      \
	X(warn, "", "", "")                                                                                            \
	X(bug, "", "", "")                                                                                             \
	X(panic, "", "", "")                                                                                           \
	X(dump_stack, "", "", "")                                                                                      \
	X(page_to_buddy, "pfn", "order", "count")                                                                      \
	X(init_reserved_page, "start", "end", "nid")                                                                   \
	X(kmemleak_alloc_phys, "addr", "size", "")                                                                     \
	X(kmemleak_free_part_phys, "addr", "size", "")                                                                 \
	X(accept_memory, "addr", "size", "")                                                                           \
	X(kmalloc, "addr", "size", "")                                                                                 \
	X(kzalloc_node, "addr", "size", "nid")                                                                         \
	X(kfree, "addr", "", "")                                                                                       \
	X(managed_pages, "nid", "zone", "value")                                                                       \
	X(seq, "", "", "")                                                                                             \
	X(range, "start", "end", "nid")                                                                                \
	X(alloc_page, "pfn", "", "")                                                                                   \
	X(put_page, "pfn", "", "")                                                                                     \
	X(kho_preserve_pages, "pfn", "pages", "error")                                                                 \
	X(kho_unpreserve_pages, "pfn", "pages", "")                                                                    \
	X(kho_add_subtree, "addr", "", "error")                                                                        \
	X(kho_remove_subtree, "addr", "", "")

enum mblab_effect_kind {
#define MBLAB_EFFECT_ENUM(name, a, b, c) MBLAB_EFFECT_##name,
	MBLAB_EFFECT_KINDS(MBLAB_EFFECT_ENUM)
#undef MBLAB_EFFECT_ENUM
		MBLAB_EFFECT_COUNT
};

/** One effect. Numbers mean what MBLAB_EFFECT_KINDS says; text is an offset into the log's text, 0 for none. */
struct mblab_effect {
	uint32_t kind;
	uint32_t text;
	uint64_t a, b, c;
};

/** What one call did to the world, in order. Valid until the next call into the same engine. */
struct mblab_effects {
	const struct mblab_effect *list;
	const char *text; /* NUL-terminated strings, one after the other; offset 0 is "" */
	uint32_t count;
	uint32_t text_size;
};

/** How a call ended. A call that did not return ends the trace: the machine is dead. */
enum mblab_exit {
	MBLAB_RETURNED,
	MBLAB_BUG,     /* BUG or BUG_ON */
	MBLAB_PANIC,   /* panic() */
	MBLAB_FAULT,   /* a wild access, trap or abort inside the engine */
	MBLAB_BUDGET,  /* more effects than the lab records for one call */
	MBLAB_ABSENT,  /* this engine has no such function */
	MBLAB_REFUSED, /* the call's own preconditions do not hold; it was not made */
};

/* The address that stands for "in the engine's own static data" where an effect or a state names one. */
#define MBLAB_STATIC_ADDR (~(uint64_t)0)
/* Where slab memory pretends to be in physical memory. Never at the start of a page, as memblock's own arrays always
 * are. */
#define MBLAB_SLAB_ADDR_64 (((uint64_t)1 << 51) + 0x40)
#define MBLAB_SLAB_ADDR_32 ((uint64_t)0xf8000040)
/*
 * Where the memory map (struct page array) starts in physical memory, and the size of an entry. Far from where memory
 * usually is: giving back unused parts of the map must not free an array that only happens to lie there.
 */
#define MBLAB_MEMMAP_ADDR ((uint64_t)1 << 50)
#define MBLAB_STRUCT_PAGE_SIZE 64
/* Where the device tree lies that the kernel before left for this one, and in the page after it this one's own. */
#define MBLAB_KHO_ADDR_64 ((uint64_t)1 << 49)
#define MBLAB_KHO_ADDR_32 ((uint64_t)0xf4000000)
/* How many scratch ranges the machine has at most, and how many regions of reserve_mem= the kernel before leaves. */
#define MBLAB_KHO_SCRATCH_MAX 16
#define MBLAB_KHO_LEFT_MAX 8
/*
 * Effects of one operation; more is MBLAB_BUDGET. A page (or a block of pages) that goes on with a run of them costs a
 * 64th, the same whatever way a kernel goes through its pages.
 */
#define MBLAB_DEFAULT_BUDGET 16384

/** Slab, as the world_slab op sets it. */
enum mblab_slab { MBLAB_SLAB_DOWN, MBLAB_SLAB_UP, MBLAB_SLAB_EMPTY /* up, and has no memory to give */ };

/** What is wrong with what the kernel before left of a reserve_mem= region: nothing, or one thing. */
enum mblab_kho_form {
	MBLAB_KHO_GOOD,
	MBLAB_KHO_OTHER_NODE,  /* the region's node says that it is compatible with something else */
	MBLAB_KHO_NO_START,    /* it has no such property */
	MBLAB_KHO_SHORT_START, /* it has one of another length */
	MBLAB_KHO_NO_SIZE,
	MBLAB_KHO_SHORT_SIZE,
	MBLAB_KHO_OTHER_ROOT, /* the whole tree says that it is compatible with something else */
	MBLAB_KHO_FORMS
};

/** Facts of the variant that the world is compiled for. Defined once, by the adapter. */
struct mblab_world_config {
	uint32_t phys_bytes; /* sizeof(phys_addr_t) */
	uint32_t max_nodes;
	/* Pages of memory and reserved pages, by which the budget grows that a call has spent. */
	uint64_t (*pages_of_machine)(void);
};
extern const struct mblab_world_config mblab_world_config;

/* ---- for the adapter ---- */

/** Back to the first moment of boot: no effects, no memory touched, slab down, one node online. */
void mblab_world_reset(void);
/** The same, but the budget stays, and memory where the state that is loaded has its arrays, until the load ends. */
void mblab_world_begin_load(void);
void mblab_world_end_load(void);
/** Forget the effects of the call before; the next call's are counted against the budget from 0. */
void mblab_world_begin(void);
/** The call has returned: what it must have put back is checked. */
void mblab_world_end(void);
void mblab_world_effects(struct mblab_effects *out);
/** Effects of one call; 0 for the default, and as many pages as the machine has, up to 2^26. */
void mblab_world_set_budget(uint64_t effects);
void mblab_world_set_slab(enum mblab_slab slab);
/** What deferred_pages_enabled() answers: whether struct pages are still being made, and none may be given away. */
void mblab_world_set_deferred_pages(bool enabled);
/** A range more of scratch memory that a kexec handover keeps free of what is preserved, empty or not; at most 16. */
void mblab_world_add_kho_scratch(uint64_t base, uint64_t size);
/** Whether the kernel hands over at all. */
void mblab_world_enable_kho(bool enabled);
/** A node more of the device tree that the kernel before left, which is made when it is first retrieved; at most 8. */
void mblab_world_add_kho_reserve_mem(const char *name, uint64_t base, uint64_t size, enum mblab_kho_form form);
/** The call-th from now on of those calls that a handover makes and that can fail does; 0 for none. */
void mblab_world_fail_kho_call(uint64_t call);
/** Run the late initcalls, once: false when they were. error is that of the first that fails. */
bool mblab_world_late_initcalls(int *error);
/** Nodes 0 to count - 1 are online; clipped to what the variant has. */
void mblab_world_set_online_nodes(uint64_t count);
uint64_t mblab_world_totalram(void);
/** Memory for an array that lies at this physical address, of memory or of a slab block. */
void *mblab_world_place(uint64_t phys, uint64_t size);
/** Hand "name=value" to the early_param or __setup handler of that name; -ENOENT without one. */
int mblab_world_param(const char *name_and_value);
/** Run the engine's initcalls (once) and print the debugfs file memblock/<name> as a seq effect. -ENOENT without one.
 */
int mblab_world_debugfs(const char *name);
/** An effect of the adapter's own: one step of an iterator. */
void mblab_world_range(uint64_t start, uint64_t end, int64_t nid);

/** Where a call that does not return lands. Set by the adapter around each call. */
extern jmp_buf *mblab_exit_frame;
void mblab_leave(enum mblab_exit why) __attribute__((__noreturn__));

/* ---- for the headers in shim/recorded/ ---- */

void *mblab_phys_to_virt(uint64_t phys);
uint64_t mblab_virt_to_phys(const volatile void *virt);
void *mblab_memcpy(void *dst, const void *src, size_t size);
void *mblab_memset(void *dst, int byte, size_t size);

void mblab_printk(int level, const char *format, ...);
void mblab_panic(const char *format, ...) __attribute__((__noreturn__));
void mblab_bug(void) __attribute__((__noreturn__));
bool mblab_warn(bool condition);
void mblab_dump_stack(void);

void *mblab_kmalloc(size_t size);
void *mblab_kzalloc_node(size_t size, int nid);
void mblab_kfree(const void *block);
bool mblab_slab_is_available(void);

struct page *mblab_pfn_to_page(uint64_t pfn);
uint64_t mblab_page_to_pfn(const struct page *page);
void mblab_free_pages(const struct page *page, uint64_t pfn, unsigned int order);
/** One page to the buddy allocator, as free_reserved_page() gives it: it counts as RAM from then on. */
void mblab_free_reserved_page(const struct page *page);
/** A walk over page frames begins: the pages that it reserves are one init_reserved_page. Returns start. */
uint64_t mblab_walk_pages(uint64_t start);
void mblab_init_deferred_page(uint64_t pfn, int nid);
void mblab_set_page_reserved(const struct page *page);
/** The frames [start_pfn, end_pfn) become reserved pages of the node. */
void mblab_reserve_pages(uint64_t start_pfn, uint64_t end_pfn, int nid);
bool mblab_deferred_pages_enabled(void);
bool mblab_kho_scratch_overlap(uint64_t phys, uint64_t size);
bool mblab_kho_is_enabled(void);
struct page *mblab_alloc_page(void);
void mblab_put_page(const struct page *page);
int mblab_kho_preserve_pages(const struct page *page, uint64_t pages);
void mblab_kho_unpreserve_pages(const struct page *page, uint64_t pages);
int mblab_kho_add_subtree(const char *name, const void *tree);
void mblab_kho_remove_subtree(const void *tree);
/** Where the tree lies that the kernel before left under that name, 0 being none; fails as the handover may. */
int mblab_kho_retrieve_subtree(const char *name, uint64_t *phys);
/** One thread boots: to lock what is locked is a BUG, and a lock that a call leaves locked a warning. */
struct mutex;
struct mutex *mblab_mutex_lock(struct mutex *mutex);
void mblab_mutex_unlock(struct mutex *mutex);
void mblab_kmemleak_alloc_phys(uint64_t addr, uint64_t size);
void mblab_kmemleak_free_part_phys(uint64_t addr, uint64_t size);
void mblab_accept_memory(uint64_t addr, uint64_t size);
void mblab_totalram_add(int64_t pages);

/** snprintf with the kernel's formats (%pa, %pS, %#x of 0 is 0x0). Returns the length that the text would have had. */
int mblab_snprintf(char *buffer, size_t size, const char *format, ...);

/** bytes in binary units with three digits, as string_get_size() prints them. Returns the text's length. */
int mblab_string_get_size(uint64_t bytes, char *text, size_t length);

struct mblab_param {
	const char *name;
	int (*set)(char *value);
};
typedef int (*mblab_initcall_t)(void);

#ifdef __cplusplus
}
#endif
