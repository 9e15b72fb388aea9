#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each fuzz target runs a fixed number of inputs from a fixed seed, and reaches at least what it reached when recorded.
. "$(dirname "$0")/common.sh"
bin=build/fuzz/bin
needs_fuzz
fuzz/make-seeds $bin/mblab "$scratch/seeds" || { echo 'FAIL: seeds'; exit 1; }
# At the same addresses each time, where the machine allows that: libFuzzer learns from the operands of comparisons, pointers too.
fixed=(setarch -R)
"${fixed[@]}" true 2>"$scratch/refused" || fixed=()
while read -r target _ form _; do
	# By name: the order of a folder's files is the file system's, and what one target finds is not the next one's seed.
	printf '%s\n' "$scratch/seeds/$form"/* | LC_ALL=C sort | paste -sd, | tr -d '\n' >"$scratch/list"
	MBLAB_STATS=$scratch/$target.stats ASAN_OPTIONS=detect_leaks=0 "${fixed[@]}" $bin/"$target" -artifact_prefix="$scratch/" -seed=1 -runs=1500 -max_len=4096 -seed_inputs=@"$scratch/list" >"$scratch/log" 2>&1 ||
		{ complain "$target"; grep -vE '^#[0-9]+' "$scratch/log" | sed -n 1,60p; continue; }
	edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$scratch/log" | tail -n 1)
	floor=$(sed -n "s/^$target  *//p" tests/fuzz_floor.txt)
	echo "$target reaches $edges edges, floor ${floor:-none}"
	[ -n "$floor" ] && [ "$edges" -ge "$floor" ] || complain "$target reaches less than its floor"
done < <(sed -e '/^#/d' -e '/^$/d' fuzz/targets.txt)
# Changed lines of real logs under the sanitizers, and what they cost.
ASAN_OPTIONS=detect_leaks=0 $bin/hostile-logs 100000 corpus/logs/*.log corpus/boots/*.xz || complain 'hostile logs'
# What the targets had to judge, per law: none is without a case. ci/test shows the table.
$bin/mblab summary --laws "$scratch"/{compare,history}-*.stats >build/fuzz/evaluations.txt ||
	complain 'a law was never evaluated with its condition true'
finish
