#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mblab diff on patches as people write them: a refactoring, an optimisation that is wrong, a bug that is mended, a change of meaning that
# is right or goes too far, a message; what is expected, what remains, and what every form says of it.
. "$(dirname "$0")/common.sh"
needs_tree
needs_fuzz
export MBLAB_CACHE=$scratch/cache
diff=("$MBLAB" diff --variant=numa-4 --quiet --jobs 1)

nowhere() { ! grep -qE "$1" "$2" || complain "$2 has /$1/:" <(grep -E "$1" "$2"); }

# A pure refactoring.
copy refactored "$(in_function memblock_add_range 's/^\tif \(!size\)/\tif (size == 0)/')"
expect 0 '^no difference; searched: none found, everything changed was run' "${diff[@]}" "$tree" "$scratch/refactored" --time 6 -o "$scratch/clean.md" \
	--mail "$scratch/clean.mail"
grep -q 'no difference; searched' "$scratch/clean.md" || complain 'the document of a clean run says nothing' "$scratch/clean.md"
grep -q '^Subject: memblock: no difference found' "$scratch/clean.mail" || complain 'the mail of a clean run' "$scratch/clean.mail"

# A hole between regions is filled exactly: the one above is taken in, whatever it is.
fill='rgn->base + rgn->size == obase \&\& rgn[1].base == end \&\& rgn->flags == flags \&\& memblock_get_region_node(rgn) == nid'
take='rgn->size += size + rgn[1].size;\n\t\t\ttype->total_size += size + rgn[1].size;\n\t\t\tmemblock_remove_region(type, idx + 1);\n\t\t\treturn 0;'
copy optimised "$(in_function memblock_add_range "s/^\\tif \\(!size\\)/\\tfor_each_memblock_type(idx, type, rgn)\\n\\t\\tif (size \\&\\& idx + 1 < type->cnt \\&\\& $fill) {\\n\\t\\t\\t$take\\n\\t\\t}\\n&/")"
expect 1 '^[0-9]+\. ' "${diff[@]}" "$tree" "$scratch/optimised" --time 10 -o "$scratch/o.mail" -o "$scratch/o.html" -o "$scratch/o.json" \
	-o "$scratch/o.ktap" -o "$scratch/o.xml" -o "$scratch/o.md"
nowhere '^.{76}' "$scratch/o.mail"
if command -v chromium >/dev/null; then # what the page shows; its data are for its script
	browse "$scratch/o.html" step=999 | sed '/<script/,/<\/script>/d' >"$scratch/o.shown"
	grep -q 'base / head differ: ' "$scratch/o.shown" || complain 'the page does not show the difference'
else
	cp "$scratch/o.mail" "$scratch/o.shown"
fi
for form in mail shown ktap xml md; do nowhere '0xfffffffffffff([0-9a-e]|f[0-9a-e]|ff[0-9a-e])|nid 16([^0-9]|$)' "$scratch/o.$form"; done
has() { grep -q -- "$1" "$2" || complain "$2 lacks /$1/:" "$2"; }
has '^-.*\[0x' "$scratch/o.mail"
has '^+.*\[0x' "$scratch/o.mail"
for part in '"differs":"' 'Laws: BASE ' 'nrun +'; do has "$part" "$scratch/o.html"; done
# As many changes in every form, and under one name.
counts=$(printf '%s ' "$(grep -cE '^[0-9]+\. ' "$scratch/out")" "$(grep -cE '^[0-9]+\. ' "$scratch/o.mail")" "$(grep -o '"group":"' "$scratch/o.html" | grep -c .)" \
	"$(grep -c '"cause"' "$scratch/o.json")" "$(grep -cE '^(not )?ok ' "$scratch/o.ktap")" "$(grep -c '<testcase' "$scratch/o.xml")" "$(grep -c '^### ' "$scratch/o.md")")
[ "$(tr ' ' '\n' <<<"$counts" | sort -u | grep -c .)" = 1 ] || complain "the forms count differently: $counts"
sed -n 's/^not ok [0-9]* //p' "$scratch/o.ktap" | sort >"$scratch/names"
sed -n 's/.*<testcase name="\([^"]*\)"><failure.*/\1/p' "$scratch/o.xml" | sort | cmp -s - "$scratch/names" || complain 'KTAP and JUnit have other names' "$scratch/o.xml"
# The mail's calls, read as a trace.
awk '/^  The calls/ { on = 1; next } on && /^(  )?[^ ]/ { exit } on' "$scratch/o.mail" >"$scratch/o.trace"
expect 1 'difference|law' "$MBLAB" run "$scratch/o.trace" -e "$tree" -e "$scratch/optimised"

# total_size is mended: meant to differ, and nothing else.
copy mended "$(in_function memblock_trim_memory 's/^(\t+)r->size = end - start;/\1memblock.memory.total_size -= r->size - (end - start);\n&/')"
expect 1 'memblock_trim_memory: .*total_size' "${diff[@]}" "$tree" "$scratch/mended" --time 10
grep -qE 'laws: BASE .*; HEAD keeps every law' "$scratch/out" || complain 'which law BASE violates is not said' "$scratch/out"
expect 0 '[0-9]+ expected' "${diff[@]}" "$tree" "$scratch/mended" --time 6 --expect memory.total_size
change "$scratch/mended/mm/memblock.c" "$(in_function memblock_overlaps_region 's/overlap\(base, size,/overlap(base, size + 1,/')"
expect 1 '^1\. memblock_' "${diff[@]}" "$tree" "$scratch/mended" --time 10 --expect memory.total_size
nowhere '^1\..*total_size' "$scratch/out"
MBLAB_CACHE=$scratch/unbuilt expect 2 'no trait .*none of the fields' "${diff[@]}" "$tree" "$scratch/mended" --time 10 --expect memory.totalsize
[ ! -e "$scratch/unbuilt" ] || complain 'engines are built before a wrong name is refused'
expect_one_line

# Messages are a class of their own, and hide nothing.
copy worded
change "$scratch/worded/mm/memblock.c" 's/(memblock_dbg\("%s: \[%pa-%pa\]) /\1  /'
expect 1 '^Messages: ' "${diff[@]}" "$tree" "$scratch/worded" --time 6
expect 0 'expected' "${diff[@]}" "$tree" "$scratch/worded" --time 6 --expect messages
change "$scratch/worded/mm/memblock.c" "$(in_function memblock_overlaps_region 's/overlap\(base, size,/overlap(base, size + 1,/')"
expect 1 '^1\. memblock_' "${diff[@]}" "$tree" "$scratch/worded" --time 10 --expect messages

# Reservations keep the node that was asked for (S03), of a kernel whose do not: right, and in the fallback, too.
reference_tree=$tree
tree=$PWD/build/trees/linux-6.12
if [ -e "$tree/mm/memblock.c" ]; then
	keeps='memblock_add_range(\&memblock.reserved, found, size, nid == NUMA_NO_NODE ? MAX_NUMNODES : nid, 0)'
	copy keeps "$(in_function memblock_alloc_range_nid "s/^(\\tif \\(found \&\& !)memblock_reserve\\(found, size\\)/\\1$keeps/")"
	copy too_far "$(in_function memblock_alloc_range_nid "s/memblock_reserve\\(found, size\\)/$keeps/")"
	expect 1 '^[0-9]+\. S03: ' "${diff[@]}" "$tree" "$scratch/keeps" --time 6
	# With it what follows from it (S06), and for who does not know the trait, the field.
	for expected in S03,messages reserved.nid,messages; do
		expect 0 '^no unexpected difference; [0-9]+ expected' "${diff[@]}" "$tree" "$scratch/keeps" --time 8 --expect "$expected"
	done
	expect 1 'S03 explains it, but HEAD does not follow it|what no trait says' "${diff[@]}" "$tree" "$scratch/too_far" --time 10 --expect S03,messages
fi
tree=$reference_tree
finish
