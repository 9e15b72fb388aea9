#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Documents that a command makes are what the command makes now.
. "$(dirname "$0")/common.sh"
"$MBLAB" laws >"$scratch/laws.md"
diff -u docs/laws.md "$scratch/laws.md" || complain 'renew with: build/release/bin/mblab laws >docs/laws.md'

# docs/semantics.md has columns of kernels that are not at hand; those that are have not changed.
column() { # FILE NAME: first cell and that of the column, of all rows
	awk -F ' *[|] *' -v name="$2" '/^[|] (trait|function) / { for (i = 3; i < NF; i++) if ($i == name) at = i } /^[|] [*`]/ { print $2 ": " $at }' "$1"
}
compared=0
"$MBLAB" engines >"$scratch/engines"
for name in $(sed -n '/^| trait |/{s/^| trait |//;s/|//g;p;q}' docs/semantics.md); do
	grep -qE "^ *$name +[0-9]+ of " "$scratch/engines" || continue
	"$MBLAB" semantics "$name" >"$scratch/now.md" || complain "$name gives an answer that no trait describes" "$scratch/now.md"
	column "$scratch/now.md" "$name" >"$scratch/now"
	column docs/semantics.md "$name" | grep -F -f <(sed 's/: .*/: /' "$scratch/now") >"$scratch/then" || true
	diff -u "$scratch/then" "$scratch/now" || complain "$name: renew docs/semantics.md with ci/semantics"
	compared=$((compared + 1))
done
[ "$compared" -gt 0 ] || complain 'no column of docs/semantics.md was compared'
finish
