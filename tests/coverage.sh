#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every line and branch of the port and of the kernel's file is reached, or docs/unreachable.md says why it cannot be; and a
# missing or outdated entry there is noticed.
. "$(dirname "$0")/common.sh"
needs_tree
"$CC" --version | grep -q 'Free Software Foundation' || { echo "the counters are gcc's"; exit 77; }

expect 2 'unexpected argument --nonsense' ci/coverage --nonsense
expect_one_line
expect 0 '' ci/coverage --check
cat "$scratch/out"

entry=$(grep -m1 -E '^- `' docs/unreachable.md)
grep -vF -- "$entry" docs/unreachable.md >"$scratch/less.md"
expect 1 'not reached, and .*less\.md has no reason: ' env MBLAB_UNREACHABLE="$scratch/less.md" ci/coverage --check --again
sed -E 's/^(- `[^`]*) *`/\1_as_it_was`/' docs/unreachable.md >"$scratch/other.md"
expect 1 'in .*other\.md, but reached, or no longer there: ' env MBLAB_UNREACHABLE="$scratch/other.md" ci/coverage --check --again
# shellcheck disable=SC2016
echo '- `function` without a reason' | cat docs/unreachable.md - >"$scratch/worse.md"
expect 2 'not an entry' env MBLAB_UNREACHABLE="$scratch/worse.md" ci/coverage --check --again
expect_one_line
finish
