#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel's own suite, compiled against the port: every check passes, NUMA and UMA, with and without -m.
. "$(dirname "$0")/common.sh"
needs_tree
"$MBLAB" suite "$tree" --all >"$scratch/out" || { grep -v '^ok' "$scratch/out"; complain 'a check fails'; }
grep -E 'checks pass' "$scratch/out"
awk '/^# .*checks pass$/ { runs++; if ($(NF - 4) < ($2 ~ /^numa/ ? 263 : 181) || $(NF - 4) != $(NF - 2)) bad = 1 }
	END { exit bad || runs != 4 }' "$scratch/out" || complain 'wanted four runs, of 263 checks (NUMA) and 181 (UMA)'
finish
