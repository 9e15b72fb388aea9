#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ci/fuzz where engines crash, end the process, stop it; where its leader is killed, or another one works beside it; and what it refuses
# before it begins.
. "$(dirname "$0")/common.sh"
needs_fuzz
needs_tree
export MBLAB_FINDINGS=$scratch/findings MBLAB_CORPUS=$scratch/corpus MBLAB_RUN=$scratch/run MBLAB_ENGINES=$scratch/engines
mkdir "$MBLAB_ENGINES"
ln -s "$PWD/build/fuzz/bin/engines/port@numa-4.so" "$MBLAB_ENGINES/"

# hostile LINE: the kernel's engine, with this line in memblock_remove_range().
hostile() {
	mkdir -p "$scratch/tree/mm" "$scratch/tree/include"
	ln -sfn "$tree/include/linux" "$scratch/tree/include/linux"
	sed "/memblock_remove_range(struct memblock_type \*type,/,/^{/ s@^{@{ $1@" "$tree/mm/memblock.c" >"$scratch/tree/mm/memblock.c"
	sed -i '1i int raise(int);\nvoid _exit(int);' "$scratch/tree/mm/memblock.c"
	! cmp -s "$tree/mm/memblock.c" "$scratch/tree/mm/memblock.c" || complain "the line '$1' is not in the tree"
	core/engine/build-engine --subject "$scratch/tree" --name "$reference" --variant "$(options_of numa-4)" --flags -O0 \
		--out "$MBLAB_ENGINES/$reference@numa-4.so"
}
fuzz=(ci/fuzz 4 --jobs 1 --target compare-numa-4)

# A crash is a finding each time, and never written over an earlier one; an input that was only slow is none.
mkdir -p "$MBLAB_RUN/compare-numa-4"
echo slow >"$MBLAB_RUN/compare-numa-4/slow-unit-0123456789"
hostile 'if (type->cnt == 2) *(volatile int *)8 = 1;'
for run in 1 2; do
	expect 1 '^findings    [1-9]' "${fuzz[@]}"
	grep -q '^    memblock_' "$scratch/out" || complain "run $run prints no calls" "$scratch/out"
done
hostile 'if (type->cnt == 1) *(volatile int *)16 = 1;'
expect 1 '^findings    [1-9]' "${fuzz[@]}"
! compgen -G "$MBLAB_FINDINGS/slow-unit-*" >/dev/null || complain 'an input that was only slow is a finding'

# So is an end with status 0, and a process that was stopped; the calls are known.
hostile 'if (type->cnt == 2) _exit(0);'
expect 1 'the target ended, status 0' "${fuzz[@]}"
grep -q '^    memblock_' "$scratch/out" || complain 'no calls of an engine that ended the process' "$scratch/out"
hostile 'if (type->cnt == 2) raise(19);'
expect 1 'the target ended, status 1[0-9][0-9]' timeout -k 1 60 "${fuzz[@]}"
grep -q '^    memblock_' "$scratch/out" || complain 'no calls of an engine that stopped the process' "$scratch/out"

# Two at once, and a leader that is killed.
ln -sf "$PWD/build/fuzz/bin/engines/$reference@numa-4.so" "$MBLAB_ENGINES/"
ci/fuzz 60 --jobs 1 --target compare-numa-4 >"$scratch/first" 2>&1 &
first=$!
while ! grep -q ' s  ' "$scratch/first" && kill -0 $first 2>/dev/null; do sleep 0.2; done
expect 2 'another ci/fuzz works in ' "${fuzz[@]}"
kill -9 $first
wait $first 2>/dev/null || true
for ((i = 0; i < 75; i++)); do pgrep -f "$scratch/run/compare-numa-4/" >/dev/null || break; sleep 0.2; done
! pgrep -f "$scratch/run/compare-numa-4/" >/dev/null || complain 'the fuzzer goes on after its leader was killed'
expect 0 '^findings    0' "${fuzz[@]}"

expect 2 'expected a number of seconds below' ci/fuzz 99999999999999999999
expect 2 'cannot write /nonexistent/x' ci/fuzz 2 --target compare-numa-4 --json /nonexistent/x
expect 2 'trace-text counts no calls' ci/fuzz 2 --target trace-text --json "$scratch/totals"
expect 2 'CMake takes no path with such letters' env MBLAB_TREE="$scratch/a;b" ci/fuzz 2
finish
