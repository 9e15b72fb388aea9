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
for input in corpus/logs/[0-9]*; do
	grep -q "@$(basename "$input")" "$cases" || complain "$input has no line in $cases"
done
finish
