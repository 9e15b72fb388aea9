#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A tree that cannot be built is reported in one line with the compiler's first error; an engine that crashes is a finding.
. "$(dirname "$0")/common.sh"
build=(core/engine/build-engine --name broken --variant 'numa,regions=4,physmap,deferred' --out "$scratch/broken@numa-4.so" --flags -O1)

expect 2 'no such folder' "${build[@]}" --subject "$scratch/nowhere"
mkdir -p "$scratch/empty"
expect 2 'has no mm/memblock.c' "${build[@]}" --subject "$scratch/empty"
expect_one_line
expect 2 "unknown variant option 'nonsense'" core/engine/build-engine --name x --variant nonsense --out "$scratch/x.so" --subject port
expect 2 'compiler no-such-cc not found' "${build[@]}" --subject port --cc no-such-cc
expect 2 'no such file: .*/absent.patch' "${build[@]}" --subject port --patch "$scratch/absent.patch"
expect_one_line
sed 's/^-    accept_memory.*/-    accept_no_memory();/' tests/canaries/forgets_to_accept.patch >"$scratch/outdated.patch"
expect 2 'outdated.patch does not apply: .' "${build[@]}" --subject port --patch "$scratch/outdated.patch"
expect_one_line
expect 2 'patch is for the subject port' "${build[@]}" --subject "$scratch/empty" --patch "$scratch/outdated.patch"
touch "$scratch/empty/mine"
expect 2 'is not empty' core/engine/build-engine --name x --variant numa --out "$scratch/x.so" --subject port --work "$scratch/empty"
[ -e "$scratch/empty/mine" ] || complain '--work removed what was in its folder'
expect 2 'has no mm/memblock.c' "$MBLAB" suite "$scratch/empty"
[ -f "$tree/mm/memblock.c" ] || { echo 'no kernel tree: the rest is skipped'; finish; exit; }
expect 2 'is not empty' apps/suite/build-suite "$tree" --subject port --variant numa --out "$scratch/x" --work "$scratch/empty"

copy tree 's/^bool __init_memblock memblock_has_mirror/bol &/'
expect 2 'has no tools/testing/memblock' "$MBLAB" suite "$scratch/tree"
expect_one_line
expect 2 'does not compile' "${build[@]}" --subject "$scratch/tree"
grep -q 'error' "$scratch/out" || complain "the compiler's error is not shown"
[ "$(wc -l <"$scratch/out")" = 2 ] || complain 'wanted one line and the error' "$scratch/out"
[ ! -e "$scratch/broken@numa-4.so" ] || complain 'a half-built engine'

copy tree '0,/#include <linux\/slab.h>/s//&\n#include <linux\/invented_for_a_test.h>/'
expect 2 'shim lacks; add shim/noop/linux/invented_for_a_test.h' "${build[@]}" --subject "$scratch/tree"
expect_one_line

# All headers that are lacking at once; and what nothing defines is said when the engine is built, not when it is opened.
copy tree '0,/#include <linux\/slab.h>/s//&\n#include <linux\/invented_too.h>\n#include <linux\/invented_for_a_test.h>/'
expect 2 'includes linux/invented_for_a_test.h, linux/invented_too.h, which' "${build[@]}" --subject "$scratch/tree"
expect_one_line
copy tree 's/^bool __init_memblock memblock_has_mirror/void defined_elsewhere(void);\nvoid calls_elsewhere(void) { defined_elsewhere(); }\n&/'
expect 2 'nothing in the shim defines defined_elsewhere' "${build[@]}" --subject "$scratch/tree"
expect_one_line

# An engine that dereferences NULL in memblock_phys_free: the run goes on, and the finding is a trace.
copy tree 's/^\tkmemleak_free_part_phys\(base, size\);/\t*(volatile int *)0 = 0;/'
expect 0 '' "${build[@]}" --subject "$scratch/tree"
printf 'variant numa-4\nmemblock_add(0, 1M)\nmemblock_phys_free(0, 4K)\nmemblock_add(2M, 1M)\n' >"$scratch/crash.trace"
expect 1 'fault: memblock_phys_free\(0x0, 0x1000\): broken faults' "$MBLAB" run -e "$scratch/broken@numa-4.so" "$scratch/crash.trace"
expect 1 '^# fault: memblock_phys_free\(0x0, 0x1000\): broken faults' "$MBLAB" run -e port -e "$scratch/broken@numa-4.so" "$scratch/crash.trace"

# One that ends the process is a finding, as JSON as well. The world that it was built with counts as used when it is used again.
copy tree 's/^\tkmemleak_free_part_phys\(base, size\);/\t{ void _exit(int); _exit(0); }/'
expect 0 '' "${build[@]}" --subject "$scratch/tree" --worlds "$scratch/worlds"
touch -d 2001-01-01 "$scratch"/worlds/*.o
expect 0 '' "${build[@]}" --subject "$scratch/tree" --worlds "$scratch/worlds"
[ -z "$(find "$scratch/worlds" ! -newermt 2002-01-01)" ] || complain 'a world was used, and looks old'
expect 1 '^ "finding": "the engine ended the process' "$MBLAB" run -e "$scratch/broken@numa-4.so" "$scratch/crash.trace" --json

# An engine that never ends its recursion is a fault as well, not the end of the process.
copy tree 's/^\treturn memblock_remove_range\(&memblock.memory, base, size\);/\treturn memblock_remove(base, size) + 1;/'
expect 0 '' "${build[@]}" --subject "$scratch/tree" --flags -O0
printf 'variant numa-4\nmemblock_remove(0, 1M)\n' >"$scratch/crash.trace"
expect 1 'fault: memblock_remove' "$MBLAB" run -e "$scratch/broken@numa-4.so" "$scratch/crash.trace"
finish
