#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The same targets with each fuzzing engine: libFuzzer, AFL++, what $LIB_FUZZING_ENGINE names, and none.
. "$(dirname "$0")/common.sh"
needs_fuzz
fuzz/make-seeds "$MBLAB" "$scratch/seeds"

echo '== libFuzzer'
export ASAN_OPTIONS=detect_leaks=0
expect 0 'Done 500 runs' build/fuzz/bin/compare-numa-4 -artifact_prefix="$scratch/" -seed=1 -runs=500 "$scratch/seeds/binary"
expect 0 'Done 3000 runs' build/fuzz/bin/trace-text -artifact_prefix="$scratch/" -seed=1 -runs=3000 "$scratch/seeds/text"
unset ASAN_OPTIONS

echo '== no engine: files and folders are replayed'
replay=$MBLAB_BUILD/bin/replay-compare-numa-4
expect 0 "^replay-compare-numa-4: $(find "$scratch/seeds/binary" -type f | wc -l) inputs, no finding$" "$replay" -max_len=4096 "$scratch/seeds/binary"
expect 0 ': 2 inputs, no finding$' "$MBLAB_BUILD/bin/replay-trace-text" corpus/seeds/boot-uma.trace corpus/seeds/slab.trace
expect 2 'replay-compare-numa-4: .*/absent: cannot read: No such file' "$replay" "$scratch/absent"
expect_one_line
expect 2 '^usage: ' "$replay"
mkdir "$scratch/engines"
core/engine/build-engine --subject port --name port --variant "$(options_of numa-4)" --out "$scratch/engines/port@numa-4.so" \
	--flags -O0 --patch tests/canaries/joins_across_nodes.patch
MBLAB_ENGINES=$scratch/engines expect 134 '^# signature: ' "$replay" "$scratch/seeds/binary"

echo '== LIB_FUZZING_ENGINE: an archive'
export CMAKE_BUILD_PARALLEL_LEVEL=2
"${CC:-cc}" -c tests/tiny_engine.c -o "$scratch/tiny.o"
ar rcs "$scratch/libtiny.a" "$scratch/tiny.o"
LIB_FUZZING_ENGINE=$scratch/libtiny.a MBLAB_TARGETS='compare-numa-4 trace-text' expect 0 '' ci/build afl -UMBLAB_FUZZING_ENGINE
seeds=(corpus/seeds/*.trace)
expect 0 "tiny engine: ${#seeds[@]} inputs, [0-9]{3,} of " build/afl/bin/trace-text "${seeds[@]}"
mapfile -t some < <(find "$scratch/seeds/binary" -type f | sed -n 1,9p)
expect 0 'tiny engine: 9 inputs, [0-9]{3,} of ' build/afl/bin/compare-numa-4 "${some[@]}"

echo '== AFL++: a main and a secondary instance'
export MBLAB_AFL_RUN=$scratch/afl # what somebody's own runs gathered stays as it is
for target in compare-numa-4 trace-text; do
	expect 0 "^afl  *$target, [0-9]{3,} inputs run" ci/afl 6 $target
	cat "$scratch/out"
	for instance in main second; do
		stats=$MBLAB_AFL_RUN/$target/$instance/fuzzer_stats
		[ "$(awk '$1 == "execs_done" { print $3 }' "$stats")" -ge 300 ] || complain "$target: $instance ran too little"
		[ "$(find "$MBLAB_AFL_RUN/$target/$instance/queue" -type f | wc -l)" -gt 9 ] || complain "$target: $instance kept nothing"
	done
done
grep -q 'afl-mutator.so' "$MBLAB_AFL_RUN/compare-numa-4/main.log" || complain "AFL++ ran without the lab's mutator"
expect 2 "no target 'nonsense'" ci/afl 1 nonsense
expect_one_line
finish
