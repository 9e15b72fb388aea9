#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mblab mutate as a user types it: what is killed and by what, what survives, reasons, patches, kills of the program.
. "$(dirname "$0")/common.sh"
needs_tree
export MBLAB_CACHE=$scratch/cache

# Three pages that are added and removed: they show most of what memblock_merge_regions() does.
printf '# Three pages.\nvariant numa-4\nline 0x1000 3 0x1000\nmemblock_%s(range)\nmemblock_%s(range)\nmemblock_is_memory(at)\n' \
	add remove >"$scratch/small.world"
mutate=("$MBLAB" mutate "$tree" -q --variant numa-4 --world "$scratch/small.world" --search 0 --proof 5)

# Each kind of change has mutants, whose ids are those of the places.
expect 0 '^[0-9]+:[0-9]+:relation2? +memblock_add_range: ' "${mutate[@]}" --list
cp "$scratch/out" "$scratch/list"
for kind in relation arithmetic constant negate drop swap flag sibling; do
	grep -qE "^[0-9]+:[0-9]+:$kind" "$scratch/list" || complain "no mutant of the kind $kind:" "$scratch/list"
done
# So have the functions and the macros of the header.
for title in 'memblock_is_nomap: m->flags & MEMBLOCK_NOMAP -> m->flags | MEMBLOCK_NOMAP' '__for_each_mem_range: i != (u64) ULLONG_MAX -> '; do
	grep -qE '^memblock\.h:[0-9]+:[0-9]+:[a-z]+2? ' "$scratch/list" && grep -qF " $title" "$scratch/list" || complain "no mutant '$title':" "$scratch/list"
done
id() { # TITLE: the id, as --list has it
	awk -v title="$1" '{ id = $1; sub(/^[^ ]+ +/, "") } $0 == title { print id; exit }' "$scratch/list"
}
killed=$(id 'memblock_merge_regions: this->size += next->size -> nothing')
hangs=$(id 'memblock_merge_regions: i++ -> nothing')
same=$(id 'memblock_merge_regions: i = start_rgn - 1 -> nothing')
if [ -z "$killed" ] || [ -z "$hangs" ] || [ -z "$same" ]; then
	complain 'a mutant is missing:' "$scratch/list"
	finish
fi

# A kill by the shortest trace, and one of a mutant that does not come back. (Two processes judge.)
expect 0 'pass: no survivor' "${mutate[@]}" -j 2 --mutant "$killed" --mutant "$hangs" -o "$scratch/kills.json"
grep -qE '"by": "world small"' "$scratch/kills.json" || complain 'no kill by the world:' "$scratch/kills.json"
grep -qE '"how": "hang"' "$scratch/kills.json" || complain 'no kill of what hangs:' "$scratch/kills.json"
sed -n 's/^ *"trace": "\(variant.*\)",$/\1/p' "$scratch/kills.json" | head -n 1 | xargs -0 printf '%b' >"$scratch/kill.trace"
[ "$(grep -c '(' "$scratch/kill.trace")" = 2 ] || complain 'another trace than the two calls that it takes:' "$scratch/kill.trace"

# What changes nothing in this world (in `limits` it does) survives, in every state; a reason with that proof explains it, others do not.
expect 1 'equivalent in every closed world that reaches it' "${mutate[@]}" --mutant "$same" --reasons "$scratch"
reason() { # TITLE WORLD
	mkdir -p "$scratch/reasons"
	printf '%s\n  because this is\n  because tried\n  worlds %s\n' "$1" "$2" >"$scratch/reasons/some.txt"
}
reason 'memblock_merge_regions: i = start_rgn - 1 -> nothing' small
expect 0 'because this is|this is tried' "${mutate[@]}" --mutant "$same" --reasons "$scratch/reasons"
reason 'memblock_merge_regions: i = start_rgn - 1 -> nothing' sets
expect 1 'sets does not prove it' "${mutate[@]}" --mutant "$same" --reasons "$scratch/reasons"
reason 'memblock_merge_regions: this->size += next->size -> nothing' small
expect 1 'it is killed by world small' "${mutate[@]}" --mutant "$killed" --reasons "$scratch/reasons"
printf ' because nothing\n' >"$scratch/reasons/some.txt"
expect 2 'some.txt:1: expected' "${mutate[@]}" --mutant "$same" --reasons "$scratch/reasons"
expect_one_line

# Killed at any moment, nothing is lost and nothing counted twice.
facts() { sed -n 's/^{"by":\("[^"]*"\),.*"how":\("[^"]*"\).*"mutant":\([0-9]*\).*/\3 \1 \2/p' "$1" | sort -n; } # FILE
mkdir "$scratch/none"
all=("${mutate[@]}" --function memblock_merge_regions -j 2 --reasons "$scratch/none")
expect 1 'survivors have no reason' "${all[@]}" --results "$scratch/whole"
interrupted=0
for moment in 1 2 3 4 5 6; do
	{ timeout -s KILL "$(awk -v n="$moment" 'BEGIN { print 0.3 + 0.2 * n }')" "${all[@]}" --results "$scratch/killed" >"$scratch/out" ||
		interrupted=$((interrupted + 1)); } 2>"$scratch/kills"
done
[ "$interrupted" -gt 0 ] || complain 'it was never killed'
printf '{"by":"world small","calls":2,"half a li' >>"$scratch/killed"
expect 1 'survivors have no reason' "${all[@]}" --results "$scratch/killed"
facts "$scratch/whole" >"$scratch/facts"
[ "$(wc -l <"$scratch/facts")" -gt 20 ] || complain 'few judgements:' "$scratch/facts"
facts "$scratch/killed" | cmp -s - "$scratch/facts" || complain 'a killed run ends otherwise:' "$scratch/killed"
expect 2 "other mutants" "${mutate[@]}" --variant uma-4 --mutant "$same" --results "$scratch/whole"
expect_one_line

# Only what a patch changed; shares are the whole.
copy changed 's/^(\tend_rgn = min\(end_rgn, type->cnt) - 1\);/\1 - 1 \/* less *\/);/'
copy original
(cd "$scratch" && diff -u original/mm/memblock.c changed/mm/memblock.c) >"$scratch/change.patch" || true
expect 0 'min\(end_rgn, type->cnt - 1\)' "$MBLAB" mutate "$scratch/changed" --list --in-diff "$scratch/change.patch" --variant numa-4 --world "$scratch/small.world"
[ "$(wc -l <"$scratch/out")" -lt 10 ] || complain 'more than one line of mutants:' "$scratch/out"
for shard in 1 2 3; do "${mutate[@]}" --list --shard "$shard/3"; done | sort | cmp -s - <(sort "$scratch/list") || complain 'shares are not the whole'

# A read beyond a full array changes no outcome: only a sanitizer sees it.
past='memblock_remove_region: 1 -> 0 (2)'
expect 1 'survivors have no reason' "${mutate[@]}" --mutant "$past" --reasons "$scratch/none"
expect 0 'pass: no survivor' "${mutate[@]}" --mutant "$past" --reasons "$scratch/none" --sanitize -o "$scratch/sanitized.json"
grep -q '"how": "AddressSanitizer: global-buffer-overflow"' "$scratch/sanitized.json" || complain 'no kill by the sanitizer:' "$scratch/sanitized.json"

# What a user can get wrong is one line.
expect 2 'no mutant matches' "${mutate[@]}" --function no_such_function
expect_one_line
expect 2 'not the port' "$MBLAB" mutate port
expect_one_line
expect 2 'no_such_world' "$MBLAB" mutate "$tree" --world no_such_world
expect_one_line
expect 2 'it adds no line|no patch' "${mutate[@]}" --in-diff "$scratch/small.world"
expect_one_line
finish
