#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each static function of the kernel's mm/memblock.c is found in the port by its stem: the name without memblock_ and leading _.
. "$(dirname "$0")/common.sh"
source=$tree/mm/memblock.c
needs_tree

# Definitions begin in the first column; "static", qualifiers and the name may be on two lines.
static_functions() {
	awk '/^static / && !/[=;]/ { text = $0; if (text !~ /\(/) { getline; text = text " " $0 }
		if (match(text, /[a-z_0-9]+\(/)) print substr(text, RSTART, RLENGTH - 1) }' "$1"
}
missing() { # folder of the port
	static_functions $source | while read -r name; do
		stem=$(sed 's/^_*//; s/memblock_//' <<<"$name")
		# Code that calls or defines it, not a comment that speaks of it.
		grep -hE "\b(memblock_)?${stem}[a-z]*\(" "$1"/*.cpp "$1"/*.hpp | grep -qvE '^ *//' || echo "$name ($stem)"
	done
}

count=$(static_functions $source | wc -l)
[ "$count" -ge 32 ] || complain "only $count static functions found in $source"
missing memblock >"$scratch/missing"
[ ! -s "$scratch/missing" ] || complain 'not found in the port:' "$scratch/missing"

# The check can fail: a port in which one is called otherwise lacks that one.
cp -r memblock "$scratch/port"
sed -i 's/\bisolate_range(/split_at(/' "$scratch"/port/*.?pp
[ "$(missing "$scratch/port")" = 'memblock_isolate_range (isolate_range)' ] || complain 'a missing name is not noticed'
finish
