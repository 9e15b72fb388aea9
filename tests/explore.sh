#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mblab explore as a user types it: what it says, each exit status, kills at any moment, shards.
. "$(dirname "$0")/common.sh"

# Two pages that are memory or not, and reserved or not, on both kinds of engine.
printf '# Two pages.\nvariant numa-4\nline 0x1000 2 0x1000\nmemblock_%s(range)\nmemblock_%s(range)\nmemblock_%s(range)\n' \
	add remove reserve >"$scratch/small.world"
both=(-e port -e model)
expect 0 'closed: no finding' "$MBLAB" explore "$scratch/small.world" "${both[@]}"
grep -qE '^  145 states generated, 16 distinct, depth 2, 0 left on queue' "$scratch/out" || complain 'other counts:' "$scratch/out"
grep -qE 'fingerprint collision: [0-9.]+e-' "$scratch/out" || complain 'no chance of a collision:' "$scratch/out"
expect 3 'not closed' "$MBLAB" explore "$scratch/small.world" "${both[@]}" --states 3
expect 3 ' 18 calls on all engines' "$MBLAB" explore "$scratch/small.world" "${both[@]}" --calls 10

# A finding: two kernels that do not mean the same, by the shortest trace, which mblab run takes. A trait explains it.
older=(-e port -e linux-6.12)
if "$MBLAB" engines | grep -q '^  linux-6.12 '; then
	printf 'memblock_phys_alloc(0x1000, 0x1000)\n' | cat "$scratch/small.world" - >"$scratch/meaning.world"
	expect 1 'finding' "$MBLAB" explore "$scratch/meaning.world" "${older[@]}"
	awk '/: finding$/ { findings++; next } findings == 1 && !/^#/' "$scratch/out" >"$scratch/shown.trace"
	expect 1 'finding' "$MBLAB" run "$scratch/shown.trace" "${older[@]}"
	expect 3 '' "$MBLAB" explore "$scratch/meaning.world" "${older[@]}" --by-traits --states 1
fi

# Two trees in every state of a world: one line was changed.
if [ -e "$tree/mm/memblock.c" ]; then
	printf 'memblock_is_memory(at)\n' | cat "$scratch/small.world" - >"$scratch/asks.world"
	copy changed 's/(search\(&memblock\.memory, addr\)) != -1/\1 > 0/'
	expect 1 'memblock_is_memory' "$MBLAB" diff -q "$tree" "$scratch/changed" --explore "$scratch/asks.world"
	expect 0 'closed' "$MBLAB" diff -q "$tree" "$scratch/changed" --explore "$scratch/small.world"
fi

# What a user can get wrong is one line.
expect 2 'no_such_world' "$MBLAB" explore no_such_world
expect_one_line
expect 2 'name a world' "$MBLAB" explore
expect_one_line
expect 2 'expected K/N' "$MBLAB" explore "$scratch/small.world" --shard 3/2
expect_one_line
expect 2 'no such file' "$MBLAB" explore "$scratch/small.world" "${both[@]}" --merge "$scratch/none"
expect_one_line
printf '# A.\nvariant numa-4\nmemblock_ad(0)\n' >"$scratch/bad.world"
expect 2 'bad.world:3: ' "$MBLAB" explore "$scratch/bad.world"
expect_one_line
expect 2 'of one world' "$MBLAB" explore "$scratch/small.world" "$scratch/small.world" --checkpoint "$scratch/states"
expect_one_line
expect 0 '^sets +Adding' "$MBLAB" explore --list

# Killed at any moment, nothing is lost and nothing counted twice.
facts() { grep -E 'states generated|calls on all|met:|closed'; } # of an output
expect 0 'closed' "$MBLAB" explore alignments "${both[@]}" --checkpoint "$scratch/whole.states"
facts <"$scratch/out" >"$scratch/whole"
interrupted=0
for moment in 05 11 07 19 13 06 23 09 31 08 17 12; do
	{ timeout -s KILL "0.$moment" "$MBLAB" explore alignments "${both[@]}" --checkpoint "$scratch/killed.states" >"$scratch/out" ||
		interrupted=$((interrupted + 1)); } 2>"$scratch/kills"
done
[ "$interrupted" -gt 0 ] || complain 'it was never killed'
expect 0 'continued from a checkpoint' "$MBLAB" explore alignments "${both[@]}" --checkpoint "$scratch/killed.states"
facts <"$scratch/out" | cmp -s - "$scratch/whole" || complain 'a killed exploration ends otherwise:' "$scratch/out"
cmp -s "$scratch/whole.states" "$scratch/killed.states" || complain 'a killed exploration keeps other states'
expect 2 'no checkpoint of this' "$MBLAB" explore alignments -e model --checkpoint "$scratch/killed.states"
expect_one_line

# Shards make the calls of the whole.
for shard in 1 2; do
	expect 0 "shard $shard of 2" "$MBLAB" explore alignments "${both[@]}" --shard "$shard/2" --checkpoint "$scratch/$shard.states"
done
expect 0 'closed' "$MBLAB" explore alignments "${both[@]}" --merge "$scratch/1.states" "$scratch/2.states"
facts <"$scratch/out" | sort | cmp -s - <(sort "$scratch/whole") || complain 'shards end otherwise:' "$scratch/out"
expect 2 'no checkpoint of this' "$MBLAB" explore alignments "${both[@]}" --merge "$scratch/2.states" "$scratch/1.states"
finish
