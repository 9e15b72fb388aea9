#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mblab diff: sides and patches of every form, its forms of output, what it says of what it did not run, git bisect, and trees that
# hang, crash or ruin memory.
. "$(dirname "$0")/common.sh"
needs_tree
needs_fuzz
export MBLAB_CACHE=$scratch/cache
diff=("$MBLAB" diff --quiet --jobs 1)


# Sides and usage.
expect 2 'has no mm/memblock.c' "${diff[@]}" "$scratch" "$tree"
expect_one_line
expect 125 'has no mm/memblock.c' "${diff[@]}" "$scratch" "$tree" --bisect
expect 2 "no variant 'nonsense'" "${diff[@]}" "$tree" "$tree" --variant nonsense
expect 2 'expected git:REPO@REV' "${diff[@]}" "$tree" git:nowhere
copy broken "$(in_function memblock_has_mirror 's/return/retrun/')"
expect 125 'does not compile' "${diff[@]}" "$tree" "$scratch/broken" --variant numa-4 --bisect
expect 2 'does not compile' "${diff[@]}" "$tree" "$scratch/broken" --variant numa-4

# A tree and itself, and a tree and the port: nothing, and no file is overwritten.
expect 0 '^identical: nothing changed' "${diff[@]}" "$tree" "$tree" --variant numa-4,uma-4 --time 6
expect 0 'no difference' "${diff[@]}" port "$tree" --variant uma-phys32-8 --time 4 -o "$scratch/none.json"
expect 2 'exists' "${diff[@]}" port "$tree" -o "$scratch/none.json"

# 16 commits, of which one changes what memblock does; bisect finds it. The others move comments and names.
repo=$scratch/repo
copy repo
git -C "$repo" init -q -b main
git -C "$repo" config user.email lab@example.org
git -C "$repo" config user.name lab
for number in $(seq 16); do
	case $number in
	11) sed -i -E "$(in_function memblock_remove_range 's/i >= start_rgn/i > start_rgn/')" "$repo/mm/memblock.c" ;;
	*) printf '/* commit %d */\n' "$number" >>"$repo/mm/memblock.c" ;;
	esac
	git -C "$repo" add -A
	git -C "$repo" commit -q -m "commit $number"
done
git -C "$repo" bisect start HEAD HEAD~15 >"$scratch/bisect" 2>&1
(cd "$repo" && git bisect run "${diff[@]}" "$tree" . --variant numa-4 --first --time 5 --bisect) >>"$scratch/bisect" 2>&1 || true
first=$(git -C "$repo" log -1 --format=%s refs/bisect/bad || echo nothing)
[ "$first" = 'commit 11' ] || complain "bisect lands on '$first':" "$scratch/bisect"
git -C "$repo" bisect reset >/dev/null 2>&1

# A revision, and a revision with a patch that touches more than is needed of it.
(cd "$repo" && sed -i -E "$(in_function __memblock_find_range_top_down 's/cand >= this/cand > this/')" mm/memblock.c && git diff) >"$scratch/one.patch"
git -C "$repo" checkout -q mm
printf -- '--- a/MAINTAINERS\n+++ b/MAINTAINERS\n@@ -1 +1 @@\n-nobody\n+somebody\n' >>"$scratch/one.patch"
base=git:$repo@HEAD~10
expect 1 '^1\. [a-z_]+: (result|effect|memory|reserved)[ .]' "${diff[@]}" "$base" "$base+$scratch/one.patch" --variant numa-4 --first --time 20 \
	--json "$scratch/one.json" --html "$scratch/one.html" --junit "$scratch/one.xml" -o "$scratch/one.md"
grep -qE '"op": "[a-z_]+"' "$scratch/one.json" && grep -q '"differs":"' "$scratch/one.html" && grep -q '<failure' "$scratch/one.xml" && grep -q '^### ' "$scratch/one.md" ||
	complain 'a form of output lacks the change'
if command -v chromium >/dev/null; then
	browse "$scratch/one.html" selftest >"$scratch/dom"
	grep -q 'selftest: passed' "$scratch/dom" || complain 'the page of differences fails its own test:' <(grep -A3 '^NOT OK' "$scratch/dom")
	browse "$scratch/one.html" step=999 >"$scratch/dom"
	grep -q 'base / head differ: ' "$scratch/dom" || complain 'the page does not show the difference'
fi
expect 1 '^not ok 1 ' "${diff[@]}" "$base" "$base+$scratch/one.patch" --variant numa-4 --first --time 20 --as ktap
expect 2 'no-such-revision' "${diff[@]}" "git:$repo@no-such-revision" "$tree"
expect_one_line

# Patches as people have them: each is applied, or is one line and exit 2. HEAD alone with a patch is compared with itself without.
in_repo() { git -C "$repo" "$@"; }
sed -i -E "$(in_function __memblock_find_range_top_down 's/cand >= this/cand > this/')" "$repo/mm/memblock.c"
in_repo diff --no-prefix >"$scratch/bare.patch"
(cd "$repo/mm" && git diff --relative) >"$scratch/relative.patch"
in_repo commit -qam 'a wrong one'
in_repo format-patch -q --stdout HEAD~1 >"$scratch/mail.patch"
in_repo branch 'with@and+plus'
in_repo reset -q --hard HEAD~1
for patch in bare relative mail; do
	expect 1 '^1\. ' "${diff[@]}" "git:$repo@HEAD+$scratch/$patch.patch" --variant numa-4 --first --time 20
done
expect 1 '^HEAD .*\("?a wrong one|a wrong one' "${diff[@]}" "git:$repo@HEAD" "git:$repo@with@and+plus" --variant numa-4 --first --time 20
expect 1 '^1\. ' "${diff[@]}" "git:$repo@HEAD..with@and+plus" --variant numa-4 --first --time 20
printf -- '--- a/mm/mm_init.c\n+++ b/mm/mm_init.c\n@@ -1 +1 @@\n-int a;\n+int b;\n' >"$scratch/elsewhere.patch"
sed 's/^-.*cand.*/-\tsomething else/' "$scratch/bare.patch" >"$scratch/misfit.patch"
: >"$scratch/empty.patch"
head -n 8 "$scratch/bare.patch" >"$scratch/cut.patch"
for pair in 'elsewhere:changes no file that the lab runs' 'misfit:does not apply' 'empty:no patch in it' 'cut:ends within this hunk'; do
	expect 2 "${pair#*:}" "${diff[@]}" "git:$repo@HEAD+$scratch/${pair%%:*}.patch"
	expect_one_line
done
expect 125 'no patch in it' "${diff[@]}" "git:$repo@HEAD+$scratch/empty.patch" --bisect
expect 2 'no such patch' "${diff[@]}" "git:$repo@HEAD+$scratch/absent.patch"
expect 2 'no revision --output=' "${diff[@]}" "git:$repo@--output=$scratch/x" "$tree"
GIT_DIR=/nowhere expect 0 '^identical: ' "${diff[@]}" "git:$repo@HEAD" "git:$repo@HEAD" --variant numa-4 --time 2

# "No difference" is said of what was run. A line that no usual variant compiles is compiled in another one; what none compiles, what no
# input reaches, and files that the lab does not run are named, and the exit status is 3.
copy sparse
change "$scratch/sparse/mm/memblock.c" 's/= min\(start, ALIGN\(prev_end/= min(start + 0, ALIGN(prev_end/'
"${diff[@]}" "$tree" "$scratch/sparse" --time 2 >"$scratch/out" 2>&1 || [ $? = 3 ] || complain 'a line that changes nothing' "$scratch/out"
grep -q 'numa-keep-8' "$scratch/out" || complain 'the line under CONFIG_SPARSEMEM is compiled nowhere' "$scratch/out"
copy unreached "$(in_function memblock_add_range 's/^\tif \(!size\)/\tif (size == 0x123456789abcULL)\n\t\tpr_warn("never\\n");\n&/')"
expect 3 'changed, not run: mm/memblock.c' "${diff[@]}" "$tree" "$scratch/unreached" --time 2 --variant numa-4
grep -q '^no difference found; incomplete: no input ran ' "$scratch/out" || complain 'the verdict on a line that no input reaches' "$scratch/out"
expect 3 'changed, not compiled: mm/memblock.c' "${diff[@]}" "$tree" "$scratch/sparse" --time 2 --variant numa-4
cat "$scratch/bare.patch" "$scratch/elsewhere.patch" | sed 's/cand > this_start/cand >= (this_start)/' >"$scratch/both.patch"
expect 3 'changed, not run by the lab: mm/mm_init.c' "${diff[@]}" "git:$repo@HEAD+$scratch/both.patch" --time 2 --variant numa-4

# A function that only one side has is called by no search of both; the witness of its trait runs it.
copy lacks 's/\bmemblock_alloc_hugetlb\b/memblock_alloc_huge_tlb/'
change "$scratch/lacks/include/linux/memblock.h" 's/\bmemblock_alloc_hugetlb\b/memblock_alloc_huge_tlb/'
expect 1 '^[0-9]+\. A10: memblock_alloc_hugetlb\(\): does not exist / ' "${diff[@]}" "$scratch/lacks" "$tree" --time 2 --variant numa-4
! grep -q 'changed, not run: mm/memblock.c' "$scratch/out" || complain 'what a witness ran counts as not run' "$scratch/out"
grep -q '^1 trait differs, .*; every difference is explained by it' "$scratch/out" || complain 'the verdict on a trait that differs' "$scratch/out"

# An index of 8 bits goes wrong in arrays that no input of the search makes.
copy narrow "$(in_function memblock_add_range 's/int idx, nr_new/u8 idx; int nr_new/')"
expect 1 '^1\. ' "${diff[@]}" "$tree" "$scratch/narrow" --variant numa-4 --first --time 6

# What cannot be written or kept is no success.
expect 2 'cannot write' sh -c "'$MBLAB' diff -q '$tree' '$tree' --variant numa-4 --time 2 >/dev/full"
mkdir "$scratch/foreign" && touch "$scratch/foreign/mine"
TMPDIR=$scratch/foreign expect 0 '^identical: ' "${diff[@]}" "$tree" "$tree" --variant numa-4 --time 2
[ "$(ls "$scratch/foreign")" = mine ] || complain 'a scratch folder is left, or more than that was removed'

# Trees that the fuzzer itself does not survive: a finding, in bounded time, and the run goes on.
copy hangs "$(in_function memblock_remove_range 's/^\{/{ for (;;);/')"
expect 1 '^1\. .*memblock_.*(hang|budget)' timeout 60 "${diff[@]}" "$tree" "$scratch/hangs" --variant numa-4 --first --time 30
copy crashes "$(in_function memblock_remove_range 's/^\{/{ *(volatile int *)8 = 1;/')"
expect 1 'fault' timeout 60 "${diff[@]}" "$tree" "$scratch/crashes" --variant numa-4 --first --time 20
copy ruins "$(in_function memblock_remove_range 's/^\{/{ type->cnt = type->max * 3; type->regions[type->max * 2].base = 1;/')"
expect 1 '^1\. ' timeout 60 "${diff[@]}" "$tree" "$scratch/ruins" --variant numa-4 --first --time 20
copy strays "$(in_function memblock_remove_range 's/^\{/{ memset((char *)\&memblock - 65536, 0xee, 65536);/')"
expect 1 '^1\. ' timeout 60 "${diff[@]}" "$tree" "$scratch/strays" --variant numa-4 --first --time 20

# A trait that differs is found without a search, and explains what follows from it. What it does not explain is still found.
no_node=$(in_function __memblock_reserve 's/size, nid, flags\)/size, nid == NUMA_NO_NODE ? MAX_NUMNODES : nid, flags)/')
copy node "$no_node"
expect 1 '^[0-9]+\. S01: .* NUMA_NO_NODE / .* MAX_NUMNODES' "${diff[@]}" "$tree" "$scratch/node" --variant numa-4 --first
expect 0 '^every difference is explained; 1 trait differs' "${diff[@]}" "$tree" "$scratch/node" --variant numa-4 --unexplained --time 6 -o "$scratch/node.xml"
grep -q 'failures="0"' "$scratch/node.xml" || complain 'JUnit counts what a trait explains as a failure'
grep -qE '^[0-9]+\. S01, reserved attributes: ' "$scratch/out" || complain 'the search names no field of S01' "$scratch/out"
expect 0 'S02: both sides give the same answer' "${diff[@]}" "$tree" "$scratch/node" --bisect --trait S02
expect 1 '^S01: ' "${diff[@]}" "$tree" "$scratch/node" --bisect --trait S01
expect 125 '' "${diff[@]}" "$tree" "$scratch/broken" --bisect --trait S01
expect 2 "no trait 'S99'" "${diff[@]}" "$tree" "$scratch/node" --trait S99
expect_one_line
expect 2 'S22 cannot be tested in numa-4' "${diff[@]}" "$tree" "$scratch/node" --trait S22 --variant numa-4
copy masked "$no_node"
change "$scratch/masked/mm/memblock.c" "$(in_function memblock_trim_memory 's/round_up\(orig_start/round_down(orig_start/')"
expect 1 '^1\. memblock_trim_memory: ' "${diff[@]}" "$tree" "$scratch/masked" --variant numa-4 --unexplained --first --time 20
copy flag "$(in_function memblock_alloc_range_nid 's/MEMBLOCK_RSRV_KERN/MEMBLOCK_RSRV_KERN | 0x400/')"
expect 1 '^1\. trait S02 gives an answer that no description covers: .*0x420' "${diff[@]}" "$tree" "$scratch/flag" --variant uma-4 --unexplained --first
finish
