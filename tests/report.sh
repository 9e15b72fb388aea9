#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mblab export --as report: a mail of 75 columns for each finding of docs/findings.md and for what a trace shows; its check fails in the suite
# of the newest kernel, and passes once that is mended; its calls are a trace that runs.
. "$(dirname "$0")/common.sh"
newest=$("$MBLAB" engines | awk '$1 ~ /^linux-/ { print $1 }' | sort -V | tail -n 1)
new=$PWD/build/trees/$newest
needs "$new/tools/testing/memblock/main.c" "no kernel tree $new"

mail() { # WHAT [OPTION...]: the mail in $scratch/mail
	expect 0 '^Subject: memblock: .' "$MBLAB" export "$@" --as report
	cp "$scratch/out" "$scratch/mail"
	awk 'length > 75 { bad = 1; print } END { exit bad }' "$scratch/mail" >"$scratch/wide" || complain "$1: wider than 75 columns:" "$scratch/wide"
	LC_ALL=C grep -n '[^ -~	]' "$scratch/mail" >"$scratch/wide" && complain "$1: not plain ASCII:" "$scratch/wide"
	grep -qE '^(There is no check for tools/testing|A check for tools/testing/memblock)' "$scratch/mail" || complain "$1: nothing of a check" "$scratch/mail"
}
has() { tr -s ' \n' ' ' <"$scratch/mail" | grep -qF -- "$1" || complain "the mail does not say '$1':" "$scratch/mail"; }

# Each finding, and each boot's command line with what it says.
"$MBLAB" findings --boots >"$scratch/boots"
mails=0 checks=0
while read -r id; do
	kernels=$(awk -v id="| \`$id\` |" 'index($0, id) == 1' docs/findings.md)
	if "$MBLAB" since "$id" | grep -q '^linux-.*  yes'; then
		mail "$id"
	else
		expect 2 'no kernel that is built shows' "$MBLAB" export "$id" --as report
		expect_one_line
		continue
	fi
	mails=$((mails + 1))
	! grep -q '^A check' "$scratch/mail" || checks=$((checks + 1))
	[ -n "$kernels" ] || complain "no row for $id"
	while IFS= read -r said; do has "$said"; done < <(awk -F '\t' -v id="$id" '/^\t/ { if (on) print $2; next } { on = $1 == id; if (on) print $4 }' "$scratch/boots")
done < <(sed -n 's/^## \([a-z][a-z.0-9-]*\)[: ].*/\1/p' docs/findings.md)
[ "$mails" -ge 30 ] || complain "only $mails mails"
[ "$checks" -ge 11 ] || complain "only $checks of the mails have a check"

suite() { # TREE VARIANT: the check of the mail in the tree's suite
	sed -n '/^-- >8 --/,/^-- 8< --/{/^-- /d;p}' "$scratch/mail" >"$scratch/check.c"
	apps/suite/build-suite "$1" --subject tree --variant "$2" --flags -O0 --check "$scratch/check.c" --out "$scratch/suite" || complain 'the suite does not build with the check'
}
fails() {
	suite "$@"
	"$scratch/suite" -v >"$scratch/out" 2>&1 && complain "the check passes on $*"
	grep -q '^not ok 1 : lab: memblock_lab_check: failed' "$scratch/out" || complain "the check does not fail on $*:" "$scratch/out"
}
passes() {
	suite "$@"
	expect 0 '^ok 1 : lab: memblock_lab_check: passed' "$scratch/suite" -v
}
mended() { # SCRIPT for sed -E
	rm -rf "$scratch/mended"
	mkdir -p "$scratch/mended/mm"
	ln -s "$new"/* "$scratch/mended/" 2>/dev/null || true
	cp "$new/mm/memblock.c" "$scratch/mended/mm/memblock.c"
	change "$scratch/mended/mm/memblock.c" "$1"
}

# A law of arrays, and one that asks for another answer: each check passes once the kernel does what is documented.
mail trim-total-size
fails "$new" numa
fails "$new" uma
mended 's/^(\t\t\tr->size = end - start;)$/\1\n\t\t\tmemblock.memory.total_size -= orig_end - orig_start - r->size;/'
passes "$scratch/mended" numa
mail coverage-at-threshold
fails "$new" numa
mended 's/\(nr_pages << PAGE_SHIFT\) > threshold_bytes/(nr_pages << PAGE_SHIFT) >= threshold_bytes/'
passes "$scratch/mended" numa
# Arrays of 128 entries, as the suite has them, need a longer trace.
mail doubling.overlaps
fails "$new" numa

# The calls are a trace: they run, and show it.
mail sums-by-request
sed -n '/^The calls/,/Drawn/s/^    //p' "$scratch/mail" >"$scratch/calls.trace"
expect 0 'known issues: sums-by-request' "$MBLAB" run "$scratch/calls.trace" --variant numa-4 -e "$newest"
# A trace is reported by what it shows: a known issue, by either name; a violation; a difference.
cp "$scratch/calls.trace" "$scratch/known.trace"
echo 'memblock_add(0x200000, 0x1000)' >>"$scratch/known.trace"
mail "$scratch/known.trace"
has 'allocated memory that is counted for no node'
grep -q 'add(0x200000' "$scratch/mail" && complain 'calls behind the one that shows it are in the mail'
mail nested-arrays-overlap
has 'two region arrays in the same memory'
copy wrong 's/cand = round_down\(this_end - size/cand = round_down(this_start - size/'
printf '%s\n' 'memblock_add(0x100000, 0x100000)' 'memblock_phys_alloc(0x1000, 0x1000)' >"$scratch/wrong.trace"
mail "$scratch/wrong.trace" -e "$scratch/wrong"
has 'result ret: 0x0 / 0x1ff000'
! grep -q 'wrong was the last' "$scratch/mail" || complain 'a tree without a release is taken for an old one'
grep -q "^  $newest .*returned" "$scratch/mail" || complain 'nothing is said of kernels that do it right' "$scratch/mail"
printf '%s\n' 'variant numa-4' 'memblock_add(0x0, 0x1000)' 'memblock_phys_mem_size() = 0x2000' >"$scratch/expected.trace"
mail "$scratch/expected.trace"
has 'the trace expects 0x2000'

seeds=(corpus/seeds/*.trace)
expect 2 'nothing to report' "$MBLAB" export "${seeds[0]}" --as report -e "$newest"
expect_one_line
expect 2 'no finding of docs/findings.md, and no file' "$MBLAB" export nothing-of-that-name --as report
expect_one_line
finish
