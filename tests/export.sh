#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What mblab export writes, compiled into the kernel's own suite: it passes on the kernel that it describes, fails on another,
# and leaves nothing behind for the suite's own checks. Also the C reproducer, and what is refused.
. "$(dirname "$0")/common.sh"
new=$tree old=$PWD/build/trees/linux-6.1
for tree in "$new" "$old"; do needs "$tree/tools/testing/memblock/main.c" "no kernel tree $tree"; done

cat >"$scratch/cut.trace" <<'END'
memblock_add(0x100000, 0x100000)
memblock_add_node(0x400000, 0x200000, 1, MEMBLOCK_HOTPLUG)
memblock_reserve(0x110000, 0x1000)
memblock_reserve(0x111000, 0x1000)
memblock_phys_alloc(0x1000, 0x1000)
for_each_mem_range(3)
memblock_is_reserved(0x110000)
memblock_mark_nomap(0x180000, 0x1000)
memblock_remove(0x140000, 0x10000)
END
# Since 6.12 an empty array has no entry; before, it had one that stood for none.
cat >"$scratch/empty.trace" <<'END'
memblock_add(0x1000, 0x1000)
memblock_reserve(0x1000, 0x1000)
memblock_remove(0x1000, 0x1000)
END
# What is zeroed must be there: the check brings its own memory, wherever that is.
cat >"$scratch/zeroed.trace" <<'END'
memblock_add_node(1M, 2G, 0, MEMBLOCK_NONE)
memblock_add_node(4G, 1G, 1, MEMBLOCK_NONE)
memblock_alloc_node(8K, 64, 1)
memblock_set_current_limit(0x13ff00000)
memblock_alloc(100, 0x100000)
memblock_search_pfn_nid(0x100000)
memblock_free_all()
memblock_phys_alloc(4K, 4K)
END
cp corpus/known-bugs/doubling-overlaps-128.trace "$scratch/overlap.trace"

for name in cut empty zeroed overlap; do
	expect 0 '' "$MBLAB" export "$scratch/$name.trace" --as kernel-test -o "$scratch/$name-6.12.c"
done
expect 0 '' "$MBLAB" export "$scratch/empty.trace" --as kernel-test -e linux-6.1 -o "$scratch/empty-6.1.c"

suite() { # check tree subject variant: the program that has the check
	apps/suite/build-suite "$2" --subject "$3" --variant "$4" --flags -O0 --check "$1" --out "$scratch/suite" || complain "the suite does not build with $1"
}
passes() { # check tree subject variant
	suite "$@"
	expect 0 '^ok 1 : lab: memblock_lab_check: passed' "$scratch/suite" -v
}
fails() {
	suite "$@"
	("$scratch/suite" -v) >"$scratch/out" 2>&1 && complain "$* passes"
	grep -q '^not ok 1 : lab: memblock_lab_check: failed' "$scratch/out" || complain "$* does not fail there"
}

for variant in numa uma; do
	for name in cut empty zeroed overlap; do
		passes "$scratch/$name-6.12.c" $new tree $variant
	done
	passes "$scratch/empty-6.1.c" $old tree $variant
	fails "$scratch/empty-6.12.c" $old tree $variant
	fails "$scratch/empty-6.1.c" $new tree $variant
done
passes "$scratch/zeroed-6.12.c" $new port numa

# A copy of the tree with one word changed: blocks begin below the free memory that they should end.
mkdir "$scratch/changed"
ln -s "$new"/* "$scratch/changed/"
rm "$scratch/changed/mm"
mkdir "$scratch/changed/mm"
sed 's/cand = round_down(this_end - size/cand = round_down(this_start - size/' $new/mm/memblock.c >"$scratch/changed/mm/memblock.c"
cmp -s $new/mm/memblock.c "$scratch/changed/mm/memblock.c" && complain 'nothing was changed'
fails "$scratch/cut-6.12.c" "$scratch/changed" tree numa
# A check that is made of the wrong tree asserts what is right.
expect 0 'fails as long as this is so' sh -c "'$MBLAB' export '$scratch/cut.trace' --as kernel-test -e '$scratch/changed' | tee '$scratch/cut-right.c'"
fails "$scratch/cut-right.c" "$scratch/changed" tree numa
passes "$scratch/cut-right.c" $new tree numa

# The reproducer, too, sees what it expects; and it counts what it does not.
expect 0 '' "$MBLAB" export "$scratch/cut.trace" --as c -o "$scratch/cut.c"
reproducer_check() { # file wanted
	cat <<-END
	#include "common.h"
	#include "$1"
	int memblock_lab_checks(void)
	{
		int wrong;

		reset_memblock_regions();
		reset_memblock_attributes();
		prefix_reset();
		prefix_push("lab: memblock_lab_check");
		wrong = mblab_reproduce();
		ASSERT_EQ(wrong $2, true);
		reset_memblock_regions();
		test_pass_pop();
		return 0;
	}
	END
}
reproducer_check "$scratch/cut.c" '== 0' >"$scratch/check.c"
for variant in numa uma; do
	passes "$scratch/check.c" $new tree $variant
done
sed 's/memblock_remove(0x140000, 0x10000)/memblock_remove(0x140000, 0x20000)/' "$scratch/cut.c" >"$scratch/other.c"
reproducer_check "$scratch/other.c" '!= 0' >"$scratch/check.c"
passes "$scratch/check.c" $new tree numa
for trace in corpus/seeds/*.trace corpus/known-bugs/*.trace; do
	expect 0 'mblab_reproduce' "$MBLAB" export "$trace" --as c
	expect 0 "^### $reference" "$MBLAB" export "$trace" --as markdown
done

expect 0 '^## .*linux-6.12 and linux-6.1 differ' "$MBLAB" export "$scratch/empty.trace" --as markdown -e linux-6.12 -e linux-6.1
expect 0 'memory, after +\|#+\|\.+\|#+\|N+\|#+\|\.+\|H+\|' "$MBLAB" export "$scratch/cut.trace" --as markdown

refused() { # calls pattern
	printf '%b\n' "$1" >"$scratch/refused.trace"
	expect 2 "^mblab: .*$2" "$MBLAB" export "$scratch/refused.trace" --as kernel-test
	expect_one_line
}
refused 'memblock_add(0, 1M)\nworld_slab(1)\nmemblock_reserve(0, 4K)' 'step 2, world_slab\(1\): the suite.s slab stays down'
refused 'memblock_physmem_add(0, 1M)' 'no physmem'
refused 'memblock_add(0, 1M)\nmemblock_dump_all()' 'end the trace with another call'
refused 'memblock_add(1M, 1M)\nmemblock_discard()' 'discarded'
refused 'memblock_add(1M, 1M)\nmemblock_phys_alloc(64, 0)' 'alignment of 0'
refused 'memblock_add(1M, 1M)\nmemblock_add(16G, 1M)\nmemblock_alloc(64, 64)\nmemblock_set_current_limit(8G)\nmemblock_alloc(64, 64)' 'can have 1024 MiB'
refused 'memblock_add(1M, 1M)\nmemblock_alloc_low(64, 64)' 'at an address of its own'
refused 'variant numa-4\nmemblock_add(1M, 1M)' 'give --variant numa-128 or uma-128'
refused '' 'no calls'
expect 2 '^mblab: .*/cut\.c: exists' "$MBLAB" export "$scratch/cut.trace" --as c -o "$scratch/cut.c"
expect 2 'at most 1 engine;' "$MBLAB" export "$scratch/cut.trace" --as c -e port -e linux-6.12

expect 0 'operations of the lab: .* are named in this tree' "$MBLAB" tree --text $new
expect 0 'memblock_alloc_hugetlb' "$MBLAB" tree --text $old
expect 2 '^mblab: core has no mm/memblock.c' "$MBLAB" tree core
expect_one_line
sed 's/#include <linux\/pfn.h>/#include <linux\/unheard_of.h>/' $new/mm/memblock.c >"$scratch/changed/mm/memblock.c"
expect 0 'it includes linux/unheard_of.h, which the shim lacks' "$MBLAB" tree "$scratch/changed"
finish
