#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Care of corpora: what is made small keeps its edges, survives the way through text, and no kill and no full disk loses an input.
. "$(dirname "$0")/common.sh"
needs_fuzz
export MBLAB_CORPUS=$scratch/corpus MBLAB_MINIMAL=$scratch/minimal MBLAB_KEPT=$scratch/kept MBLAB_FINDINGS=$scratch/findings MBLAB_RUN=$scratch/run
export MBLAB_AFL_RUN=$scratch/afl # whatever AFL++ gathered on this machine is not to be counted here
bin=build/fuzz/bin
export ASAN_OPTIONS=detect_leaks=0

mkdir -p "$scratch"/corpus/{trace-text,trace-binary}
for target in trace-text trace-binary; do
	$bin/$target -seed=1 -runs=3000 "$scratch/corpus/$target" corpus/seeds >/dev/null 2>&1 || complain "$target finds something"
done
names_are_hashes() { (cd "$1" && sha1sum -- * | awk '$1 != $2 { wrong = 1; print $2 } END { exit wrong }'); }
names_are_hashes "$scratch/corpus/trace-text" || complain 'libFuzzer names inputs differently'
# What was there, by content: nothing of it may ever be missing.
contents() { find "$scratch/corpus/$1" -type f -exec sha1sum {} + | cut -c1-40 | sort; }
nothing_lost() { # target
	[ -z "$(contents "$1" | comm -13 - "$scratch/before.$1")" ] || complain "$2 loses inputs"
	names_are_hashes "$scratch/corpus/$1" || complain "$2 leaves an input under a wrong name"
}
# An input that a kill cut short is still an input.
half=$(find "$scratch/corpus/trace-text" -type f -size +100c | sort | sed -n 1p)
truncate -s 10 "$half"
contents trace-text >"$scratch/before.trace-text"
contents trace-binary >"$scratch/before.trace-binary"

expect 0 '^trace-text: [0-9]+ of [0-9]+ inputs' ci/corpus --target trace-text --target trace-binary
nothing_lost trace-text ci/corpus
nothing_lost trace-binary ci/corpus
small=$(find "$scratch/minimal/trace-text" -type f | wc -l)
[ "$small" -gt 10 ] && [ "$small" -lt "$(wc -l <"$scratch/before.trace-text")" ] || complain "$small inputs in the minimal corpus"
grep -qx '# Kept by ci/corpus for trace-binary.' "$scratch"/minimal/trace-binary/*.trace || complain 'traces are not kept as text'

# Through text and back: the same traces, whatever the bytes were.
rm -rf "$scratch/corpus/trace-binary"
expect 0 '^trace-binary: [0-9]+ inputs' ci/corpus --encode --target trace-binary
names_are_hashes "$scratch/corpus/trace-binary" || complain 'encoded inputs are misnamed'
for text in "$scratch"/minimal/trace-binary/*.trace; do sed 1d "$text" | sha1sum; done | sort -u >"$scratch/texts"
for input in "$scratch"/corpus/trace-binary/*; do $bin/mblab convert --binary "$input" | sha1sum; done | sort -u | diff "$scratch/texts" - >/dev/null || complain 'a trace is another after --encode'

expect 0 '^ *[0-9]+ +[0-9]+  corpus/seeds/boot-uma.trace$' ci/corpus --seeds --target trace-binary
expect 2 'one option of ' ci/corpus --seeds --check
[ "$(du -sk --apparent-size corpus | cut -f1)" -lt 2048 ] || complain 'corpus/ has grown beyond 2 MB'

# Killed at any moment, in any of its parts.
for moment in 0.2 0.5 0.9 1.4; do
	setsid ci/corpus --target trace-text >/dev/null 2>&1 &
	sleep $moment
	kill -9 -- -$! 2>/dev/null || true
	wait $! 2>/dev/null || true
	nothing_lost trace-text 'ci/corpus, killed,'
	[ -d "$scratch/minimal/trace-text" ] || [ -d "$scratch/minimal/trace-text.old" ] || complain 'ci/corpus, killed, leaves no minimal corpus'
done
expect 0 "^trace-text: $small of " ci/corpus --target trace-text
[ -z "$(find "$scratch/minimal" -name '*.part' -o -name '*.old')" ] || complain 'pieces of killed runs stay'

setsid ci/fuzz 30 --target trace-text >/dev/null 2>&1 &
sleep 6
kill -9 -- -$! 2>/dev/null || true
wait $! 2>/dev/null || true
expect 0 '^findings  *0 ' ci/fuzz 2 --target trace-text
nothing_lost trace-text 'ci/fuzz, killed,'
[ -z "$(find "$scratch/findings" "$scratch/run" -name '*.part')" ] || complain 'ci/fuzz, killed, leaves half a file'
started_empty() { grep -q 'starting from an empty corpus' "$scratch/run/trace-text.log"; }
MBLAB_CORPUS=$scratch/none expect 0 '^findings  *0 ' ci/fuzz 1 --no-seeds --target trace-text
started_empty || complain 'ci/fuzz --no-seeds begins with seeds'
MBLAB_CORPUS=$scratch/seeded expect 0 '^findings  *0 ' ci/fuzz 1 --target trace-text
! started_empty || complain 'ci/fuzz begins without seeds'

# A disk of 1 MB, most of it taken.
mkdir "$scratch/small"
if [ "$(id -u)" != 0 ] || ! mount -t tmpfs -o size=1m none "$scratch/small" 2>/dev/null; then
	echo 'not tried: a full disk (needs root, to mount a small one)'
	finish
	exit 77
fi
trap 'umount "$scratch/small"; rm -rf "$scratch"' EXIT
export MBLAB_ROOM_KB=128
head -c 700000 /dev/zero >"$scratch/small/taken"
MBLAB_CORPUS=$scratch/small/corpus expect 2 '^ci/fuzz: .*/small is full .*: stopped after' ci/fuzz 60 --target trace-text
[ "$(grep -c '^ci/fuzz: .*full' "$scratch/out")" = 1 ] || complain 'a full disk is reported more than once'
rm -rf "$scratch/small/corpus"
head -c 300000 /dev/zero >>"$scratch/small/taken" || true
MBLAB_MINIMAL=$scratch/small/minimal expect 2 'small is full .*: nothing was replaced' ci/corpus --target trace-text
expect_one_line
MBLAB_CORPUS=$scratch/small/corpus expect 2 '^ci/fuzz: .*/small is full' ci/fuzz 60 --target trace-text
finish
