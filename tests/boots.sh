#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Real boots: every allocation placed and every dump printed as the real kernel did, on port, model and the kernel's own code; every
# call of the recordings gives the result it gave in the real kernel.
. "$(dirname "$0")/common.sh"
[ -f build/trees/linux-6.12/mm/memblock.c ] && [ -f build/trees/linux-6.1/mm/memblock.c ] || { echo 'no kernel tree'; exit 77; }

for log in corpus/boots/*.log.xz; do
	kernel=linux-6.12
	[[ $log != *-6.1-* ]] || kernel=linux-6.1
	expect 0 '^  port ' "$MBLAB" boot "$log" -e port -e model -e $kernel
	echo "$(basename "$log")"
	grep -E '^  (port|model|linux-[0-9.]+) ' "$scratch/out" || true
	for engine in port model $kernel; do
		line=$(grep -E "^  $engine " "$scratch/out" || true)
		read -r placed shown <<<"$(sed -nE 's|.* ([0-9]+)/([0-9]+) allocations placed.*|\1 \2|p' <<<"$line")"
		[ -n "${placed-}" ] && [ "$placed" = "$shown" ] && [ "$placed" -gt 0 ] || { echo "FAIL: $log on $engine: $line"; failures=$((failures + 1)); }
	done
done
for recording in corpus/recordings/*.trace*; do
	case $recording in
	*.xz) xz -dc "$recording" >"$scratch/recording.trace" ;;
	*) cp "$recording" "$scratch/recording.trace" ;;
	esac
	expect 0 'ops on port linux-6.12 .*no finding' "$MBLAB" run --no-laws -e port -e linux-6.12 "$scratch/recording.trace"
	echo "$(basename "$recording"): $(sed 's/.*: \([0-9]* ops\)/\1/' "$scratch/out" | sed -n 1p)"
done
head -c 100000000 /dev/zero | tr '\0' 'x' | fold -w 100 >"$scratch/large.log"
expect 2 '' "$MBLAB" boot "$scratch/large.log"
finish
