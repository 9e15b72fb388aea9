#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mblab mutate --write-suite: checks for tools/testing/memblock that kill mutants of a function which the tree's own suite never calls.
# They pass on the tree and fail on a mutant, by the tree's own Makefile where the tree is complete and liburcu is there.
. "$(dirname "$0")/common.sh"
needs "$tree/tools/testing/memblock/main.c" 'no kernel tree'
export MBLAB_CACHE=$scratch/cache
gift=$scratch/gift suite=$scratch/gift/memblock

printf '# Two pages apart.\nvariant numa-4\nline 0x1000 4 0x1000\nmemblock_add(range)\nmemblock_is_memory(at)\n' >"$scratch/small.world"
mutate=("$MBLAB" mutate "$tree" -q --variant "numa-4,uma-plain-16" --world "$scratch/small.world" --search 0 --proof 0 -j 2 --function memblock_search)
expect 0 '^of [0-9]+ mutants in what the suite compiles the lab kills [0-9]+, these checks reach [0-9]+ and kill [0-9]+$' \
	"${mutate[@]}" --results "$scratch/results" --write-suite "$gift"
cat "$scratch/out"
[ -f "$gift/outcomes.txt" ] || finish

# In the manner of the suite: grouped by function, named by what they check, a picture above each, 80 columns.
for said in '^static int memblock_is_memory_(true|false)(_[0-9]+)?_check\(void\)$' '^	prefix_push\("memblock_is_memory"\);$' \
	'^ \*   memory, before +\|#+\|' '^ \* Expect it to return (true|false)\.$' '^	ASSERT_EQ\(answer, (true|false)\);$'; do
	grep -qE "$said" "$suite/tests/outcomes_query.c" || complain "no /$said/ in:" "$suite/tests/outcomes_query.c"
done
expand "$suite"/tests/outcomes* | awk 'length > 80' >"$scratch/long"
[ ! -s "$scratch/long" ] || complain 'lines of more than 80 columns:' "$scratch/long"
! grep -nE ' +$|	 *	+ $|^ {8}' "$suite"/tests/outcomes* >"$scratch/blanks" || complain 'blanks where there should be none:' "$scratch/blanks"
grep -qE '^  [0-9]+ memblock_is_memory_' "$gift/outcomes.txt" || complain 'no check is listed:' "$gift/outcomes.txt"

# The patch makes the same of the tree's own.
mkdir -p "$scratch/patched/tools/testing"
cp -r "$tree/tools/testing/memblock" "$scratch/patched/tools/testing"
git -C "$scratch/patched" apply "$gift/outcomes.patch" || complain 'the patch does not apply'
# (What make left in the tree is not in the copy.)
diff -r "$scratch/patched/tools/testing/memblock" "$suite" | grep -v "^Only in $scratch/patched" >"$scratch/diff" && complain 'the patch makes something else:' "$scratch/diff"

# The suite with the checks kills what the tree's own does not even reach.
"${mutate[@]}" --list >"$scratch/list"
mapfile -t ids < <(sed -n 's/^\([0-9:]*relation\) .*/\1/p' "$scratch/list" | head -n 2)
expect 0 '^2 killed' "${mutate[@]}" --by "suite:$gift" --mutant "${ids[0]}" --mutant "${ids[1]}"

# By the tree's own Makefile: on the tree, and on a mutant.
if [ -d "$tree/tools/include" ] && echo '#include <urcu/uatomic.h>' | "${CC:-cc}" -E - >/dev/null 2>&1; then
	mkdir -p "$scratch/full/mm" "$scratch/full/tools/testing"
	for part in include tools/include tools/lib tools/arch tools/testing/selftests; do ln -s "$tree/$part" "$scratch/full/$part"; done
	cp -r "$suite" "$scratch/full/tools/testing/memblock"
	cp "$tree/mm/memblock.c" "$scratch/full/mm/"
	expect 0 '' make -C "$scratch/full/tools/testing/memblock" -j 2 NUMA=1 main
	! grep -E 'outcomes.*warning' "$scratch/out" || complain 'a check does not compile without a warning'
	for options in -v '-v -m'; do
		# shellcheck disable=SC2086
		expect 0 '^ok .*memblock_is_memory_(true|false).*: passed' "$scratch/full/tools/testing/memblock/main" $options
	done
	change "$scratch/full/mm/memblock.c" 's/addr < type->regions\[mid\]\.base/addr <= type->regions[mid].base/'
	expect 0 '' make -C "$scratch/full/tools/testing/memblock" NUMA=1 main
	# (It ends by abort(), and what it has written to a buffer is lost.)
	("$scratch/full/tools/testing/memblock/main" -v) >"$scratch/out" 2>&1 && complain 'it passes on a mutant'
	grep -qE 'memblock_is_memory_[a-z0-9_]*check: Assertion' "$scratch/out" || complain 'it fails elsewhere:' "$scratch/out"
else
	echo 'not built by the tree'\''s own Makefile: tools/include or liburcu-dev is missing'
fi

expect 2 'exists' "${mutate[@]}" --write-suite "$gift"
expect_one_line
expect 2 'not a folder that --write-suite wrote' "${mutate[@]}" --by suite:/nowhere
expect_one_line
expect 2 'needs --by lab' "${mutate[@]}" --by suite --write-suite "$scratch/other"
expect_one_line
finish
