#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel's own suite, compiled against the port: every check passes, NUMA and UMA, with and without -m. An older kernel's is said
# to speak of another meaning, check by check.
. "$(dirname "$0")/common.sh"
needs_tree
"$MBLAB" suite "$tree" --all >"$scratch/out" || { grep -v '^ok' "$scratch/out"; complain 'a check fails'; }
grep -E 'checks pass' "$scratch/out"
awk '/^# .*checks pass$/ { runs++; if ($(NF - 4) < ($2 ~ /^numa/ ? 264 : 181) || $(NF - 4) != $(NF - 2)) bad = 1 }
	END { exit bad || runs != 4 }' "$scratch/out" || complain 'wanted four runs, of 264 checks (NUMA) and 181 (UMA)'

older=build/trees/linux-6.12
if [ -d $older/tools/testing/memblock ]; then
	expect 1 '^# numa: [0-9]+ of [0-9]+ checks pass, stopped at check [0-9]+$' "$MBLAB" suite $older
	for said in '^# not ok memblock_alloc: ' '^# trait [^ ]*: .* in this tree, .* in the port$' '^[0-9]+ of [0-9]+ checks pass$'; do
		grep -qE "$said" "$scratch/out" || complain "does not print /$said/:" "$scratch/out"
	done
fi
finish
