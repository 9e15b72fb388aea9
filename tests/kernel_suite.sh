#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel's own suite, compiled against the port: every check passes, NUMA and UMA, with and without -m.
. "$(dirname "$0")/common.sh"
tree=build/trees/linux-6.12
[ -f $tree/mm/memblock.c ] || { echo 'no kernel tree'; exit 77; }
"$MBLAB" suite $tree --all >"$scratch/out" || { grep -v '^ok' "$scratch/out"; echo 'FAIL'; failures=1; }
grep -E '^# .*checks pass|checks pass$' "$scratch/out"
grep -qE '^# numa: 26[3-9]|^# numa: [2-9][7-9][0-9]' "$scratch/out" || { echo 'FAIL: fewer than 263 checks'; failures=1; }
finish
