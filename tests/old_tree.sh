#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A user's own old tree as the C engine of bootmem: mblab run -e bootmem:FOLDER. tests/old_tree is one as small as can be.
. "$(dirname "$0")/common.sh"

export MBLAB_CACHE=$scratch/cache
tree=tests/old_tree

# It is compiled unchanged, does what bootmem does, and what its model predicts.
expect 0 'ops on old_tree bootmem history-model .*no finding' "$MBLAB" run corpus/history/bootmem.trace -e "bootmem:$tree" -e bootmem -e history-model
expect 0 'ops on old_tree bootmem .*no finding' "$MBLAB" run corpus/history/bootmem.trace -e "$tree" -e bootmem
# A mistake in it is a finding, named as any other.
mkdir -p "$scratch/wrong"
cp -R "$tree/." "$scratch/wrong"
sed -i 's/node->hint = PFN_UP(node->last);/node->hint = PFN_UP(node->last) + 1;/' "$scratch/wrong/mm/bootmem.c"
! cmp -s "$scratch/wrong/mm/bootmem.c" "$tree/mm/bootmem.c" || complain 'nothing was changed in the copy'
expect 1 '^# difference: .*wrong' "$MBLAB" run corpus/history/bootmem.trace -e bootmem -e "bootmem:$scratch/wrong"
# Beside our own on a page. One function of the trace is static in a tree.
grep -v __alloc_bootmem_core corpus/history/bootmem.trace >"$scratch/t.trace"
expect 0 'calls on old_tree bootmem .*, 0 outcomes differ' "$MBLAB" view "$scratch/t.trace" -e "bootmem:$tree" -e bootmem -o "$scratch/old.html"

# What cannot be is one line.
expect 2 'has no mm/bootmem.c: v4.19 was the last kernel with bootmem' "$MBLAB" run corpus/history/bootmem.trace -e bootmem:docs
expect_one_line
sed -i 's/^unsigned long __init bootmem_bootmap_pages.*/nonsense/' "$scratch/wrong/mm/bootmem.c"
expect 2 'mm/bootmem.c does not compile' "$MBLAB" run corpus/history/bootmem.trace -e "bootmem:$scratch/wrong"
finish
