#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Other kernels than the port's: what a tree has is used, under the name that it has there, and what it lacks is not invented.
# Real trees where they are at hand; older and newer interfaces are made of them by changing their text.
. "$(dirname "$0")/common.sh"
needs_tree
newest=$tree

header() { echo "$scratch/$1/include/linux/memblock.h"; }
source_of() { echo "$scratch/$1/mm/memblock.c"; }
build() { # tree variant
	expect 0 '' core/engine/build-engine --subject "$scratch/$1" --name "$1" --variant "$(options_of "$2")" --out "$scratch/$1@$2.so" --flags -O1
}
# shows ENGINE TRACE PATTERN...: each is somewhere in the outcomes.
shows() {
	local engine=$1 trace=$2
	shift 2
	expect 0 '' "$MBLAB" run -v -e "$engine" "$trace"
	for pattern in "$@"; do
		grep -qE -- "$pattern" "$scratch/out" || complain "no /$pattern/ in $trace on $engine:" "$scratch/out"
	done
}
effects_of() { "$MBLAB" run -v -e "$1" --no-laws "$2" | grep -E "^  effect ($3)\("; } # ENGINE TRACE KINDS

# ---- 5.15, of 6.1: the header is the kernel's only, memblock_free() takes a physical address, nodes are added without flags ----
if [ -d build/trees/linux-6.1 ]; then
	tree=$PWD/build/trees/linux-6.1
	copy older
	for file in "$(header older)" "$(source_of older)"; do
		change "$file" 's/\bmemblock_free\(/memblock_free_ptr(/; s/\bmemblock_phys_free\(/memblock_free(/'
	done
	change "$(header older)" '/^int memblock_add_node\(/ { N; s/,\s*enum memblock_flags flags// }'
	change "$(header older)" '1 s/^/#ifdef __KERNEL__\n/; $ s/$/\n#endif/'
	change "$(source_of older)" '/^int __init_memblock memblock_add_node\(/ { N; s/,\s*enum memblock_flags flags// }
		/^int __init_memblock memblock_add_node\(/,/^}/ { s/\bflags\b/0/g }'
	build older numa-kho-8
	cat >"$scratch/older.trace" <<-'END'
		variant numa-kho-8
		memblock_add_node(1M, 8M, 1, MEMBLOCK_NONE) = 0
		memblock_reserve(1M, 2M) = 0
		memblock_phys_free(1M, 1M) = 0
		memblock_free(2M, 512K)
		memblock_reserved_size() = 512K
	END
	expect 0 '' "$MBLAB" run -e "$scratch/older@numa-kho-8.so" "$scratch/older.trace"
	printf 'variant numa-kho-8\nmemblock_add_node(1M, 8M, 1, MEMBLOCK_HOTPLUG)\nmemblock_phys_mem_size() = 0\n' >"$scratch/flags.trace"
	shows "$scratch/older@numa-kho-8.so" "$scratch/flags.trace" refused
	tree=$newest
fi

# ---- the next release: a loop and a function are gone, a function is new ----
copy next
change "$(header next)" 's/\bfor_each_mem_range_rev\b/for_each_range_down/'
change "$(header next)" 's/^void memblock_dump_all.*|^static inline void memblock_dump_all/int memblock_of_tomorrow(void);\n&/'
for file in "$(header next)" "$(source_of next)"; do change "$file" 's/\bmemblock_is_mirror\b/memblock_mirrors/'; done
echo 'unsigned long __init handed_out_tomorrow(void) { return 0; }' >>"$(source_of next)"
build next numa-4
printf 'variant numa-4\nmemblock_add(0, 1M)\nfor_each_mem_range_rev(3)\nmemblock_is_mirror(memory, 0)\nmemblock_is_mirror(memory, 0)\n' >"$scratch/gone.trace"
expect 0 'not made: memblock_is_mirror x 2 on next, which has no such function' "$MBLAB" run -e "$scratch/next@numa-4.so" "$scratch/gone.trace"
grep -q 'not made: for_each_mem_range_rev x 1' "$scratch/out" || complain 'a loop that is gone is not named' "$scratch/out"
expect 0 'for_each_range_down, handed_out_tomorrow, memblock_mirrors, memblock_of_tomorrow' "$MBLAB" tree --text "$scratch/next"
! grep -q 'builds it' "$scratch/out" || complain '--text says that it builds'

# What a build keeps is promised, and what it does not keep is not: here nothing compiles where there is more than one node.
expect 0 'builds it in [0-9]+ of [0-9]+ variants' "$MBLAB" tree "$newest"
grep -qE "builds it in $(grep -vc '^#' core/engine/variants.txt) of" "$scratch/out" || complain 'a real tree does not build everywhere' "$scratch/out"
! grep -q 'cannot build' "$scratch/out" || complain 'a real tree does not build' "$scratch/out"
copy broken
sed -i '1i #ifdef CONFIG_NUMA\n#error no nodes today\n#endif' "$(source_of broken)"
expect 0 'cannot build it in numa-128, numa-4, .*mm/memblock.c does not compile.*no nodes today' "$MBLAB" tree "$scratch/broken"
grep -qE "builds it in $(grep -cE '^[a-z][^ ]* +uma' core/engine/variants.txt) of" "$scratch/out" || complain 'the count of variants is wrong' "$scratch/out"

# ---- page runs: whatever way a kernel goes through its pages, the effects and their cost are the same ----
cat >"$scratch/pages.trace" <<-'END'
	variant numa-128
	memblock_add_node(0, 16G, 0, MEMBLOCK_NONE)
	memblock_reserve(0x200800, 0x1801)
	memblock_reserve(1G, 4G)
	memblock_mark_nomap(8G, 1M)
	memblock_add_node(0xfffffffffffff000, 0xfff, 0, MEMBLOCK_NONE)
	memblock_reserve(0xfffffffffffff000, 0xfff)
	world_max_low_pfn(0x400000)
	memblock_free_all()
END
for name in linux-6.12 linux-7.2 "$reference" port; do
	[ "$name" = port ] || [ -d "build/trees/$name" ] || continue
	effects_of "$name" "$scratch/pages.trace" 'page_to_buddy|init_reserved_page' >"$scratch/pages.$name"
	cmp -s "$scratch/pages.$name" "$scratch/pages.port" 2>/dev/null || [ "$name" != port ] || complain 'no pages' "$scratch/pages.port"
done
for file in "$scratch"/pages.linux-* "$scratch"/pages.port; do
	cmp -s "$file" "$scratch/pages.$reference" || complain "$file is not as pages.$reference" "$file"
done
[ "$(grep -c init_reserved_page "$scratch/pages.$reference")" = 3 ] || complain 'reserved ranges are not one effect each' "$scratch/pages.$reference"
cat >"$scratch/late.trace" <<-'END'
	variant numa-128
	memblock_add_node(0, 16G, 0, MEMBLOCK_NONE)
	memblock_reserve(1G, 4G)
	early_param("reserve_mem=32M:4K:x")
	world_max_low_pfn(0x400000)
	memblock_free_all()
	world_slab(1)
	memblock_phys_free(1G, 64M)
	reserve_mem_release_by_name("x")
END
shows "$reference" "$scratch/late.trace" 'page_to_buddy\(pfn=0x40000, order=0, count=16384\)' 'zero\(addr=0x3fe000000, size=0x2000000, byte=0x0\)' \
	'page_to_buddy\(pfn=0x3fe000, order=0, count=8192\)'

# ---- the budget: follows the machine's memory; a run that it ends is not one without a finding ----
printf 'variant numa-4\nmemblock_add_node(0, 128G, 0, MEMBLOCK_NONE)\nworld_max_low_pfn(0x2000000)\nmemblock_free_all()\nmemblock_phys_mem_size() = 128G\n' >"$scratch/large.trace"
expect 0 'no finding' "$MBLAB" run -e port -e "$reference" "$scratch/large.trace"
sed 's/^memblock_free_all/world_budget(64)\n&/' "$scratch/large.trace" >"$scratch/poor.trace"
expect 1 'stopped at step 4 of 5, memblock_free_all\(\): ' "$MBLAB" run -e port -e "$reference" "$scratch/poor.trace"
! grep -q 'no finding' "$scratch/out" || complain 'a run that was stopped has no finding' "$scratch/out"

# ---- warnings, BUGs and panics are in the summary ----
printf 'variant numa-4\nmemblock_add_node(0, 1M, 0, 0)\nmemblock_alloc_node(4K, 4K, 0)\nmemblock_reserve(0xfe000, 8K)\nmemblock_alloc_or_panic(1G, 4K)\nmemblock_phys_mem_size()\n' >"$scratch/met.trace"
expect 0 'stopped at step 4 of 5, memblock_alloc_or_panic\(0x40000000, 0x1000\).*; 1 WARN; 1 panic' "$MBLAB" run -e "$reference" "$scratch/met.trace"

# ---- deferred pages, hugetlb, and what one kernel leaves to the next ----
shows "$reference" corpus/seeds/late-area.trace 'pages=128' 'Freeing unused kernel image memory: 512K' 'zero\(addr=0x100000, size=0x80000, byte=0xcc\)' \
	'Cannot free reserved memory because of deferred initialization'
shows "$reference" corpus/seeds/late-hugetlb.trace 'ret=0x3000000$' 'ret=0x6000000$'
shows "$reference" corpus/seeds/late-named.trace 'trace.*\(1.50 MiB\).*oops'
shows "$reference" corpus/seeds/late-highmem.trace 'page_to_buddy\(pfn=0x3c400'
shows "$reference" corpus/seeds/late-handover.trace "Revived memory reservation 'trace' from KHO" "Node 'other' is incompatible with 'reserve-mem-v1': 1" \
	"has no child 'new'" 'find_by_name\("trace"\)' 'ret=true start=0x4000000 size=0x100000' 'kho_preserve_pages\(pfn=0x4000, pages=256, error=0\)' \
	'kho_add_subtree\(.*error=0, "memblock: memblock-v1; trace reserve-mem-v1 0x4000000 0x100000; other'
shows "$reference" corpus/seeds/late-handover-fails.trace "failed to retrieve FDT 'memblock' from KHO: -12" 'kho_remove_subtree' 'put_page' \
	'kho_unpreserve_pages\(.*pages=1\)' 'failed to prepare memblock FDT for KHO: -12'
shows "$reference" corpus/seeds/late-handover-other.trace "FDT 'memblock' is incompatible with 'memblock-v1': 1"
shows "$reference" corpus/seeds/late-handover-sizes.trace 'has wrong size \(0x10000 != 0x20000\)' 'has wrong alignment \(0x2000, 0x1001000\)' 'alloc_page\(pfn=0x0\)'

# ---- a lock that is forgotten, and one that is taken twice ----
copy forgets 's/^\tguard\(mutex\)\(&reserve_mem_lock\);/\tmutex_lock(\&reserve_mem_lock);/'
build forgets numa-4
printf 'variant numa-4\nreserve_mem_find_by_name("a")\nreserve_mem_find_by_name("a")\n' >"$scratch/locks.trace"
expect 0 'deadlock: the mutex is locked already' "$MBLAB" run -v --no-laws -e "$scratch/forgets@numa-4.so" "$scratch/locks.trace"
grep -q 'a mutex is still locked after the call' "$scratch/out" || complain 'a lock that stays is not noticed' "$scratch/out"

# ---- comparison: what only one side has is reported, and is no difference ----
if [ -x build/fuzz/bin/diff-engines ] && [ -d build/trees/linux-6.12 ]; then
	export MBLAB_CACHE=$scratch/cache
	"$MBLAB" diff --quiet --jobs 1 --variant numa-kho-8 --time 15 build/trees/linux-6.12 "$tree" >"$scratch/out" 2>&1 || true
	for line in 'memblock_alloc_or_panic: only in HEAD' 'memblock_free_late: only in BASE'; do
		grep -q "$line" "$scratch/out" || complain "no $line" "$scratch/out"
	done
fi
finish
