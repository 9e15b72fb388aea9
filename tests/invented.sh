#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Some of the invented changes of meaning in tests/invented.txt are reported as unexplained. ci/invented does all ten.
. "$(dirname "$0")/common.sh"
needs_tree
needs_fuzz
export MBLAB_CACHE=$scratch/cache
expect 0 '^\| 1 \| ' ci/invented 1 2 5
[ "$(grep -c '^| [0-9]' "$scratch/out")" = 3 ] || complain 'wanted three rows:' "$scratch/out"
expect 2 'no number nonsense' ci/invented nonsense
finish
