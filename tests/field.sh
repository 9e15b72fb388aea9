#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Logs, maps and device trees as people have them (corpus/logs): what is said of each, and the exit status.
. "$(dirname "$0")/common.sh"
cases=corpus/logs/expected.list

while IFS='|' read -r command status pattern; do
	case $command in '#'* | '') continue ;; esac
	read -ra words <<<"$command"
	expect "$status" "$pattern" "$MBLAB" "${words[@]/#@/corpus/logs/}"
	# What a user can mend is said in one line, and only then.
	[ "$status" != 2 ] || [ "${words[0]}" != layout ] || expect_one_line
done < <(sed 's/ *| */|/' "$cases" | sed 's/ *| */|/2')
# A long log costs time, and no memory: what does not speak of memblock is not kept.
{
	xz -dc corpus/boots/x86_64-6.12-uma-2g.log.xz
	yes '[    1.000000] usb 1-1: new high-speed USB device number 2, and more that is not of memblock at all' | head -c 100000000
} >"$scratch/long.log"
expect 0 'model +52/52 allocations placed, 2/2 dumps equal' bash -c 'ulimit -d 262144; exec "$@"' - "$MBLAB" boot -e model "$scratch/long.log"
for input in corpus/logs/[0-9]*; do
	grep -q "@$(basename "$input")" "$cases" || complain "$input has no line in $cases"
done
finish
