#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mblab compare-allocators: the figures of docs/history.md are what it says now, and what else a user meets.
#   usage: history_figures.sh [renew]       renew writes the figures into the document
. "$(dirname "$0")/common.sh"

read -ra boots < <(sed -n 's/^<!-- figures: \(.*\) -->$/\1/p' docs/history.md)
[ ${#boots[@]} -ge 10 ] || complain 'docs/history.md names fewer than ten boots'
"$MBLAB" compare-allocators "${boots[@]}" >"$scratch/figures" || complain 'the boots of docs/history.md'
# What the document says of all of them.
grep 'given already' "$scratch/figures" && complain 'a block lay where something was reserved later: docs/history.md says that none did'
{
	sed '/^<!-- figures: /q' docs/history.md
	echo
	sed 's/^/    /; s/ *$//' "$scratch/figures"
	echo
	sed -n '/^<!-- end -->$/,$p' docs/history.md
} >"$scratch/history.md"
if [ "${1-}" = renew ]; then
	cp "$scratch/history.md" docs/history.md
else
	diff -u docs/history.md "$scratch/history.md" || complain 'renew with: MBLAB=build/release/bin/mblab tests/history_figures.sh renew'
fi

boot=corpus/boots/x86_64-6.12-uma-2g.log.xz
"$MBLAB" compare-allocators "$boot" --json >"$scratch/json"
for name in bump bootmem nobootmem memblock; do
	grep -q "\"allocator\": \"$name\"" "$scratch/json" || complain "no $name in the JSON" "$scratch/json"
done
grep -q nanoseconds "$scratch/json" && complain 'times are printed unasked'
expect 0 'ns/call' "$MBLAB" compare-allocators "$boot" --time
# What an allocator was asked is a trace that its engine and the model take.
"$MBLAB" compare-allocators "$boot" -a bootmem -o "$scratch/bootmem.trace" >/dev/null
expect 0 'ops on bootmem history-model .*no finding' "$MBLAB" run "$scratch/bootmem.trace" --variant numa-4 -e bootmem -e history-model
expect 0 'ops on bootmem history-model ' "$MBLAB" run corpus/history/bootmem.trace
expect 0 'ops on nobootmem ' "$MBLAB" run corpus/history/nobootmem.trace
printf 'bump_setup(0x0, 0x1000)\nfree_all_bootmem()\n' >"$scratch/t.trace"
expect 2 'none of these has them all' "$MBLAB" run "$scratch/t.trace"
expect 2 "no allocator 'slub'" "$MBLAB" compare-allocators "$boot" -a slub
expect_one_line
expect 2 'a trace is the calls of one allocator' "$MBLAB" compare-allocators "$boot" --as trace
echo 'Linux version 6.12' >"$scratch/log"
expect 2 'no line of memblock' "$MBLAB" compare-allocators "$scratch/log"
expect_one_line
echo 'memblock_add(0x0, 0x1000)' >"$scratch/t.trace"
expect 2 'no request for any' "$MBLAB" compare-allocators "$scratch/t.trace"
expect_one_line
finish
