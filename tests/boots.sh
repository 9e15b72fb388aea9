#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Real boots: every allocation placed and every dump printed as the real kernel did, on port, model and the kernel's own code; every
# call of the recordings gives the result it gave in the real kernel.
. "$(dirname "$0")/common.sh"
[ -f build/trees/linux-6.12/mm/memblock.c ] && [ -f build/trees/linux-6.1/mm/memblock.c ] || { echo 'no kernel tree'; exit 77; }

# Each log on those that speak the dialect of its kernel: the model, the tree of its release or the newest that fits, and the
# port where the dialect is its own.
for log in corpus/boots/*.log.xz; do
	release=$(basename "$log" | cut -d- -f2)
	expect 0 '^  model ' "$MBLAB" boot "$log"
	echo "$(basename "$log")"
	grep -E '^  (port|model|linux-[0-9.]+) ' "$scratch/out" || true
	tree=$(grep -oE '^  linux-[0-9.]+' "$scratch/out" | tr -d ' ')
	if [ -d "build/trees/linux-$release" ] && [ "$tree" != "linux-$release" ]; then
		echo "FAIL: $log is of $release and was compared with ${tree:-no tree}"
		failures=$((failures + 1))
	fi
	for engine in model "$tree"; do
		line=$(grep -E "^  $engine " "$scratch/out" || true)
		read -r placed shown <<<"$(sed -nE 's|.* ([0-9]+)/([0-9]+) allocations placed, .*|\1 \2|p' <<<"$line")"
		[ -n "${placed-}" ] && [ "$placed" = "$shown" ] && [ "$placed" -gt 0 ] || { echo "FAIL: $log on $engine: $line"; failures=$((failures + 1)); }
	done
	ported='[0-9]+/[0-9]+ allocations placed, '
	[ "linux-$release" = "$reference" ] || [ ! -d "build/trees/linux-$release" ] || ported='is left out'
	grep -qE "^  port +$ported" "$scratch/out" || { echo "FAIL: $log: the port"; failures=$((failures + 1)); }
done
# Of another dialect places alone are compared, and that is said.
expect 0 'another dialect than the log: nothing else' "$MBLAB" boot corpus/boots/x86_64-6.12-uma-2g.log.xz -e port
for recording in corpus/recordings/*.trace*; do
	case $recording in
	*.xz) xz -dc "$recording" >"$scratch/recording.trace" ;;
	*) cp "$recording" "$scratch/recording.trace" ;;
	esac
	kernel=linux-$(basename "$recording" | cut -d- -f2)
	engines=("$kernel" model)
	[ "$kernel" != "$reference" ] || engines=(port "${engines[@]}")
	expect 0 "ops on ${engines[*]} .*no finding" "$MBLAB" run --no-laws "${engines[@]/#/--engine=}" "$scratch/recording.trace"
	echo "$(basename "$recording"): $(sed 's/.*: \([0-9]* ops\)/\1/' "$scratch/out" | sed -n 1p)"
done
head -c 100000000 /dev/zero | tr '\0' 'x' | fold -w 100 >"$scratch/large.log"
expect 2 '' "$MBLAB" boot "$scratch/large.log"
finish
