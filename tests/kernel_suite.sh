#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel's own suite, compiled against the port: every check passes, NUMA and UMA, with and without -m.
. "$(dirname "$0")/common.sh"
tree=build/trees/linux-6.12
[ -f $tree/mm/memblock.c ] || { echo 'no kernel tree'; exit 77; }
"$MBLAB" suite $tree --all >"$scratch/out" || { grep -v '^ok' "$scratch/out"; echo 'FAIL'; failures=1; }
grep -E '^# .*checks pass|checks pass$' "$scratch/out"
checks=$(sed -n 's/^# numa: [0-9]* of \([0-9]*\) checks pass$/\1/p' "$scratch/out")
[ "${checks:-0}" -ge 263 ] || { echo "FAIL: ${checks:-no} checks, wanted 263 or more"; failures=1; }
finish
