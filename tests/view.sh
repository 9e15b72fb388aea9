#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The pages of mblab view and mblab tour, worked by themselves in a real browser (#selftest); sizes; what a user can do wrong.
. "$(dirname "$0")/common.sh"

pages=$scratch/pages
mkdir "$pages"

# page NAME PATTERN ARGUMENT...: mblab view writes the page, and says what it holds.
page() {
	local name=$1 pattern=$2
	shift 2
	expect 0 "$pattern" "$MBLAB" view "$@" -o "$pages/$name.html"
	[ -s "$pages/$name.html" ] || { complain "no page $name"; return; }
	[ "$(stat -c %s "$pages/$name.html")" -lt $((3 << 20)) ] || complain "the page $name has more than 3 MiB"
	! grep -qE '(src|href)="|url\(http|@import' "$pages/$name.html" || complain "the page $name needs something from elsewhere"
}

# A kernel's 10,000 calls: reservations, allocations, questions, frees; a page beside a terabyte.
long_trace() {
	echo 'variant numa-4'
	printf '%s\n' 'memblock_allow_resize()' 'memblock_add(0x0, 1T)'
	for ((i = 0; i < 10000; i += 4)); do
		printf '%s\n' "memblock_reserve($((2 * i + 2))M, 4K)" 'memblock_phys_alloc(4K, 4K)' \
			"memblock_is_reserved(${i}M)" "memblock_phys_free($((2 * i + 2))M, 4K)"
	done
}
long_trace >"$scratch/long.trace"
printf '%s\n' 'variant numa-4' 'memblock_add(0x0, 1M)' 'memblock_alloc_or_panic(2M, 4K)' 'memblock_add(4M, 1M)' >"$scratch/dead.trace"
printf '%s\n' '# <b>"&</b> </script>' 'variant numa-4' '# <i>remark</i>' 'memblock_add(0x0, 1M) # <script>' >"$scratch/markup.trace"

page uma '447 calls on .*, 0 doublings' corpus/recordings/x86_64-6.12-uma-2g.trace
page nodes '[0-9]+ calls on linux-6.1 ' corpus/boots/x86_64-6.1-numa4-4g.log.xz
page doubling '7845 calls on .*, 2 doublings' corpus/recordings/x86_64-6.12-doubling.trace.xz
page two 'calls on port model .*outcomes differ' corpus/seeds/doubling.trace -e port -e model
page long '10002 calls on port' "$scratch/long.trace"
boot=corpus/boots/x86_64-6.12-numa4-4g.log.xz
page beside '[0-9]+ calls on port bootmem .*[0-9]+ outcomes differ' $boot -e port -e bootmem
expect 0 '^  bootmem ' "$MBLAB" compare-allocators "$boot" -a bump -a bootmem -a memblock -o "$pages/allocators.html"
expect 0 'allocations placed' "$MBLAB" boot "$boot" -o "$pages/boot.html"
page dead '3 calls' "$scratch/dead.trace"
page markup '1 calls' "$scratch/markup.trace"
! grep -q '<b>\|<i>remark\|<script>memblock' "$pages/markup.html" || complain 'a comment of a trace is markup in the page'
expect 0 '10 chapters' "$MBLAB" tour -o "$pages/tour.html"

# The tour in a terminal; a copy to change, which is never written over.
expect 0 'Doubling, and its danger' "$MBLAB" tour
expect 0 'the array of reserved doubled, and lies at 0x3fff000' "$MBLAB" tour 6
expect 0 'passed over \[0x8000000, 0x87f0000\): too small' "$MBLAB" tour 7
for ((i = 1; i <= 10; i++)); do
	"$MBLAB" tour "$i" >"$scratch/chapter" || complain "mblab tour $i"
	grep -q '^  memory  ' "$scratch/chapter" || grep -q '^  reserved  ' "$scratch/chapter" || complain "no picture in chapter $i"
	! grep -n 'not made' "$scratch/chapter" || complain "chapter $i has a call that is not made"
done
mblab=$(realpath "$MBLAB")
(cd "$scratch" && "$mblab" tour --edit 3 >out && sed -i 's/^memblock_phys_alloc(2M, 2M) = .*/memblock_phys_alloc(4M, 4M)/' 03-*.trace) || complain 'tour --edit'
expect 0 'memblock_phys_alloc\(0x400000, 0x400000\) = 0x7c00000' "$MBLAB" tour "$scratch/03-first-allocation.trace"
(cd "$scratch" && ! "$mblab" tour --edit 3 2>err && grep -q exists err) || complain 'tour --edit wrote over what the reader changed'
# What the prose names is there.
for named in $(grep -ohE 'corpus/[a-z-]+/[a-zA-Z0-9._-]+\.(log|trace)(\.xz)?' corpus/tour/*.trace | sort -u); do
	[ -e "$named" ] || complain "the tour names $named, which is not there"
done

for wrong in 'tour 0' 'tour 11' 'tour 99999999999999999999' 'tour nowhere.trace' 'tour --edit 12' 'view /dev/null' 'view nowhere' \
	'view corpus/README.md' "view $scratch/dead.trace -e nobody" "view $scratch/dead.trace -o $pages/uma.html" \
	"view $scratch/markup.trace -e bootmem" "boot $boot -o $pages/uma.html" "compare-allocators $boot $boot -o $pages/no.html"; do
	read -ra words <<<"$wrong"
	expect 2 '^mblab: ' "$MBLAB" "${words[@]}"
	expect_one_line
done
echo 'memblok_add(1, 2)' >"$scratch/typo.trace"
expect 2 'typo.trace:1: expected an operation' "$MBLAB" view "$scratch/typo.trace"

# ---- in a browser ----
[ "$failures" = 0 ] || finish
command -v chromium >/dev/null || { echo 'no chromium: the pages were not opened'; exit 77; }

for name in uma nodes doubling two long dead markup beside allocators boot tour; do
	browse "$pages/$name.html" selftest >"$scratch/dom" || complain "chromium does not open $name" "$scratch/console"
	sed -n 's/.*<pre id="selftest">//; /^ok\|^NOT OK\|^selftest\|^slowest/p' "$scratch/dom" >"$scratch/said"
	grep -q '^selftest: passed' "$scratch/said" || complain "the page $name fails its own test:" <(grep -v '^ok' "$scratch/said")
	! grep CONSOLE "$scratch/console" || complain "the page $name writes to the console"
	echo "$name: $(grep '^slowest' "$scratch/said"), $(stat -c %s "$pages/$name.html") bytes"
done
# bootmem's calls at the step of memblock's, and what differs.
browse "$pages/beside.html" 'step=60' >"$scratch/dom"
grep -q 'port / bootmem differ: takes' "$scratch/dom" && grep -q '__alloc_bootmem_core(' "$scratch/dom" || complain 'bootmem is not shown beside memblock'
# A link goes to its call, before anybody does anything.
browse "$pages/two.html" 'step=17&scale=log' >"$scratch/dom"
grep -q 'call 17 of' "$scratch/dom" || complain 'a link does not go to its call'
# A page that is broken must not pass.
sed 's/state.arrays\[type\].splice(at, removed/state.arrays[type].splice(at + (state.step > 40), removed/' "$pages/two.html" >"$pages/broken.html"
browse "$pages/broken.html" selftest >"$scratch/dom"
grep -q 'NOT OK regions are in order\|selftest: [0-9]* failed' "$scratch/dom" || complain 'a broken page passes its own test'
finish
