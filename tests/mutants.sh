#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A few of the changes of tests/mutants.txt, one of each family, are found with few calls. ci/mutants does all twenty.
. "$(dirname "$0")/common.sh"
needs_tree
needs_fuzz
export MBLAB_CACHE=$scratch/cache
expect 0 '^\| 4 \| add ' ci/mutants 4 8 13 20
[ "$(grep -c '^| [0-9]' "$scratch/out")" = 4 ] || complain 'wanted four rows:' "$scratch/out"
expect 2 'no number nonsense' ci/mutants nonsense
finish
