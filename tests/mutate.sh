#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mblab mutate as a user types it: what is killed and by what, what survives, reasons, kills of the program at any moment.
. "$(dirname "$0")/common.sh"
needs_tree
export MBLAB_CACHE=$scratch/cache

# Three pages that are added and removed: what memblock_add_range() and memblock_merge_regions() do.
printf '# Three pages.\nvariant numa-4\nline 0x1000 3 0x1000\nmemblock_%s(range)\nmemblock_%s(range)\nmemblock_is_memory(at)\n' \
	add remove >"$scratch/small.world"
quick=(--variant numa-4 --world "$scratch/small.world" --search 0 --proof 5 -j 2 -q)

expect 0 '^[0-9]+:[0-9]+:relation2? +memblock_add_range: ' "$MBLAB" mutate "$tree" --list --variant numa-4 --world "$scratch/small.world"
cp "$scratch/out" "$scratch/list"
for kind in relation arithmetic constant negate drop swap flag sibling; do
	grep -qE "^[0-9]+:[0-9]+:$kind" "$scratch/list" || complain "no mutant of the kind $kind:" "$scratch/list"
done
[ "$(wc -l <"$scratch/list")" -gt 1000 ] || complain 'few mutants:' "$scratch/list"

id() { # TITLE: of a mutant, as --list has it
	awk -v title="$1" '{ id = $1; sub(/^[^ ]+ +/, "") } $0 == title { print id; exit }' "$scratch/list"
}
killed=$(id 'memblock_add_range: rbase >= end -> rbase > end')
hangs=$(id 'memblock_merge_regions: i++ -> nothing')
same=$(id 'memblock_add_range: memblock_dbg() -> nothing')
[ -n "$killed" ] && [ -n "$hangs" ] && [ -n "$same" ] || complain 'a mutant is missing:' "$scratch/list"
