#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A few of the changes of tests/mutants.txt, one of each family, are found with few calls. ci/mutants does all twenty.
. "$(dirname "$0")/common.sh"
[ -f build/trees/linux-6.12/mm/memblock.c ] || { echo 'no kernel tree'; exit 77; }
[ -x build/fuzz/bin/diff-engines ] || { echo 'no fuzz build: run ci/test, which makes one'; exit 77; }
export MBLAB_CACHE=$scratch/cache
expect 0 '^\| 4 \| add ' ci/mutants 4 8 13 20
[ "$(grep -c '^| [0-9]' "$scratch/out")" = 4 ] || { echo 'FAIL: wanted four rows:'; cat "$scratch/out"; failures=$((failures + 1)); }
expect 2 'number' ci/mutants nonsense
finish
