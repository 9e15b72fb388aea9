#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Trees older and newer than those at hand, made of 6.12's own by changing its interface as other releases have it: what is
# there is used, under the name that it has there, and what is not is not invented.
. "$(dirname "$0")/common.sh"
needs_tree

header() { echo "$scratch/$1/include/linux/memblock.h"; }
source_of() { echo "$scratch/$1/mm/memblock.c"; }
build() { # tree variant
	expect 0 '' core/engine/build-engine --subject "$scratch/$1" --name "$1" --variant "$2" --out "$scratch/$1@numa-kho-8.so" --flags -O1
}
options=$(options_of numa-kho-8)

# 5.15: freeing by physical address is memblock_free(), by pointer memblock_free_ptr(); nodes are added without flags.
copy older
for file in "$(header older)" "$(source_of older)"; do
	change "$file" 's/\bmemblock_free\(/memblock_free_ptr(/; s/\bmemblock_phys_free\(/memblock_free(/'
done
change "$(header older)" '/^int memblock_add_node\(/ { N; s/,\s*enum memblock_flags flags// }'
change "$(source_of older)" '/^int __init_memblock memblock_add_node\(/ { N; s/,\s*enum memblock_flags flags// }
	/^int __init_memblock memblock_add_node\(/,/^}/ { s/\bflags\b/0/g }'
build older "$options"
cat >"$scratch/older.trace" <<-'END'
	variant numa-kho-8
	memblock_add_node(1M, 8M, 1, MEMBLOCK_NONE) = 0
	memblock_reserve(1M, 2M) = 0
	memblock_phys_free(1M, 1M) = 0
	memblock_free(2M, 512K)
	memblock_reserved_size() = 512K
END
expect 0 '' "$MBLAB" run -e port -e "$scratch/older@numa-kho-8.so" "$scratch/older.trace"
printf 'variant numa-kho-8\nmemblock_add_node(1M, 8M, 1, MEMBLOCK_HOTPLUG)\nmemblock_phys_mem_size() = 0\n' >"$scratch/flags.trace"
expect 0 'refused' "$MBLAB" run -v -e "$scratch/older@numa-kho-8.so" "$scratch/flags.trace"

# 6.13 and later. Comments that name a function which is gone do not bring it back.
copy newer
change "$(header newer)" 's/^(\s*)MEMBLOCK_RSRV_NOINIT.*/&\n\1MEMBLOCK_RSRV_KERN = 0x20,\n\1MEMBLOCK_KHO_SCRATCH = 0x40,/'
change "$(header newer)" 's/^(int )memblock_reserve\(.*/\1__memblock_reserve(phys_addr_t base, phys_addr_t size, int nid, enum memblock_flags flags);/'
change "$(header newer)" 's,^void memblock_free_late.*,/* instead of memblock_free_late(\n * there is now memblock_phys_free() */,'
change "$(header newer)" '/^struct memblock_region \{/ i #define memblock_alloc_or_panic(size, align) __memblock_alloc_or_panic(size, align, __func__)'
cat >>"$(header newer)" <<-'END'
	void *__memblock_alloc_or_panic(phys_addr_t size, phys_addr_t align, const char *asked_by);
	phys_addr_t memblock_reserved_kern_size(phys_addr_t limit, int nid);
	static inline int memblock_reserve(phys_addr_t base, phys_addr_t size)
	{ return __memblock_reserve(base, size, MAX_NUMNODES, MEMBLOCK_NONE); }
	static inline int memblock_reserve_kern(phys_addr_t base, phys_addr_t size)
	{ return __memblock_reserve(base, size, NUMA_NO_NODE, MEMBLOCK_RSRV_KERN); }
	static inline bool memblock_is_kho_scratch(struct memblock_region *region)
	{ return region->flags & MEMBLOCK_KHO_SCRATCH; }
	int memblock_mark_kho_scratch(phys_addr_t base, phys_addr_t size);
	int memblock_clear_kho_scratch(phys_addr_t base, phys_addr_t size);
	#ifdef CONFIG_MEMBLOCK_KHO_SCRATCH
	void memblock_set_kho_scratch_only(void);
	void memblock_clear_kho_scratch_only(void);
	#else
	static inline void memblock_set_kho_scratch_only(void) {}
	static inline void memblock_clear_kho_scratch_only(void) {}
	#endif
END
newer=$(source_of newer)
change "$newer" 's/^#include <linux\/memblock.h>/&\n#include <linux\/mutex.h>\n#include <linux\/string_helpers.h>\nstatic bool scratch_only;\nstatic DEFINE_MUTEX(names);/'
change "$newer" 's/memblock_reserve\(phys_addr_t base, phys_addr_t size\)/__memblock_reserve(phys_addr_t base, phys_addr_t size, int nid, enum memblock_flags flags)/'
change "$newer" '/ __memblock_reserve\(/,/^}/ { s/MAX_NUMNODES, 0|MAX_NUMNODES, MEMBLOCK_NONE/nid, flags/ }'
change "$newer" 's/memblock_free_pages\(pfn_to_page\(\w+\), /memblock_free_pages(/'
change "$newer" '/^void __init memblock_free_late/,/^}/ d'
change "$newer" '/^void __init memblock_discard/,/^}/ s/memblock_free_late\(addr, size\)/free_reserved_area(__va(addr), __va(addr + size), -1, NULL)/'
change "$newer" 's/reserve_bootmem_region\(start, end, nid\)/pages_in_use(start, end, nid)/'
change "$newer" '/^static void __init memmap_init_reserved_pages/ i static void pages_in_use(phys_addr_t start, phys_addr_t end, int nid)\n{\n\tunsigned long at;\n\n\tfor_each_valid_pfn(at, PFN_DOWN(start), PFN_UP(end)) {\n\t\tinit_deferred_page(at, nid);\n\t\t__SetPageReserved(pfn_to_page(at));\n\t}\n}'
change "$newer" '/^static enum memblock_flags __init_memblock choose_memblock_flags/,/^}/ s/^\{/{\n\tif (scratch_only)\n\t\treturn MEMBLOCK_KHO_SCRATCH;/'
change "$newer" '/^static bool should_skip_region/,/^}/ s/^\treturn false;/\tif ((flags \& MEMBLOCK_KHO_SCRATCH) \&\& !memblock_is_kho_scratch(m))\n\t\treturn true;\n&/'
change "$newer" '/^int __init_memblock memblock_phys_free/,/^}/ s/^\tkmemleak.*/&\n\tif (slab_is_available())\n\t\tfree_reserved_area(__va(PAGE_ALIGN(base)), __va(PAGE_ALIGN_DOWN(base + size)), -1, NULL);/'
cat >>"$newer" <<-'END'
	void *__memblock_alloc_or_panic(phys_addr_t size, phys_addr_t align, const char *asked_by)
	{
		void *block = memblock_alloc(size, align);

		if (!block)
			panic("%s wants %pa bytes", asked_by, &size);
		return block;
	}
	phys_addr_t memblock_reserved_kern_size(phys_addr_t limit, int nid)
	{
		struct memblock_region *region;
		phys_addr_t sum = 0;

		for_each_reserved_mem_region(region)
			if ((region->flags & MEMBLOCK_RSRV_KERN) && region->base < limit)
				sum += min(region->size, limit - region->base);
		return sum;
	}
	int memblock_mark_kho_scratch(phys_addr_t base, phys_addr_t size)
	{ return memblock_setclr_flag(&memblock.memory, base, size, 1, MEMBLOCK_KHO_SCRATCH); }
	int memblock_clear_kho_scratch(phys_addr_t base, phys_addr_t size)
	{ return memblock_setclr_flag(&memblock.memory, base, size, 0, MEMBLOCK_KHO_SCRATCH); }
	#ifdef CONFIG_MEMBLOCK_KHO_SCRATCH
	void memblock_set_kho_scratch_only(void) { scratch_only = true; }
	void memblock_clear_kho_scratch_only(void) { scratch_only = false; }
	#endif
	int reserve_mem_release_by_name(const char *name)
	{
		char what[32], in_words[16];

		guard(mutex)(&names);
		for (int i = 0; i < reserved_mem_count; i++) {
			struct reserve_mem_table *entry = reserved_mem_table + i;

			if (strcmp(entry->name, name) || !entry->size)
				continue;
			string_get_size(entry->size, 1, STRING_UNITS_2, in_words, sizeof(in_words));
			snprintf(what, sizeof(what), "%s of %s", in_words, name);
			free_reserved_area(phys_to_virt(entry->start), phys_to_virt(entry->start + entry->size), 0, what);
			entry->size = 0;
			return 1;
		}
		return 0;
	}
END
build newer "$options"
cat >"$scratch/newer.trace" <<-'END'
	variant numa-kho-8
	memblock_add_node(1M, 15M, 0, MEMBLOCK_NONE) = 0
	memblock_reserve_kern(2M, 1M) = 0
	__memblock_reserve(3M, 1M, 1, MEMBLOCK_RSRV_NOINIT) = 0
	memblock_reserved_kern_size(0x280000, NUMA_NO_NODE) = 0x80000
	memblock_mark_kho_scratch(8M, 2M) = 0
	memblock_set_kho_scratch_only()
	memblock_phys_alloc(1M, 4K) = 9M
	memblock_is_kho_scratch(memory, 1) = true
	memblock_clear_kho_scratch_only()
	memblock_phys_alloc(1M, 4K) = 15M
	early_param("reserve_mem=1536K:4K:trace")
	memblock_free_all()
	memblock_free_late(2M, 1M)
	world_slab(1)
	reserve_mem_release_by_name("trace") = 1
	reserve_mem_release_by_name("trace") = 0
	memblock_alloc_or_panic(1G, 4K)
END
expect 0 '' "$MBLAB" run -v -e "$scratch/newer@numa-kho-8.so" --no-laws "$scratch/newer.trace"
for text in 'Freeing 1.50 MiB of trace memory: 1536K' 'page_to_buddy\(pfn=0xd80, order=0, count=384\)' '[a-z_]+ wants 0x0000000040000000 bytes' \
	'init_reserved_page\(start=0x200000, end=0x300000'; do
	grep -qE "$text" "$scratch/out" || complain "no /$text/ in" "$scratch/out"
done
grep -A1 '^memblock_free_late(0x200000, 0x100000)' "$scratch/out" | grep -q '^  *absent' || complain 'memblock_free_late is called, which is not there' "$scratch/out"

# What only one side has is reported, and is no difference; page by page or in one call, free_all does the same.
expect 0 'operations of the lab: 95 of 97' "$MBLAB" tree "$scratch/newer"
expect 0 'MEMBLOCK_KHO_SCRATCH 0x40' "$MBLAB" tree "$scratch/newer"
cat >"$scratch/both.trace" <<-'END'
	variant numa-kho-8
	memblock_add_node(1M, 15M, 1, MEMBLOCK_NONE)
	memblock_reserve(0x200800, 0x1801)
	memblock_reserve(4M, 1M)
	memblock_mark_nomap(8M, 1M)
	memblock_phys_alloc(1000, 8)
	memblock_free_all()
END
expect 0 '' "$MBLAB" run -e linux-6.12 -e "$scratch/newer@numa-kho-8.so" "$scratch/both.trace"
if [ -x build/fuzz/bin/diff-engines ]; then
	export MBLAB_CACHE=$scratch/cache
	expect 1 'memblock_alloc_or_panic: only in HEAD' "$MBLAB" diff --quiet --jobs 1 --variant numa-kho-8 --time 15 $tree "$scratch/newer"
	grep -q 'memblock_free_late: only in BASE' "$scratch/out" || complain 'memblock_free_late is not reported as gone'
fi
finish
