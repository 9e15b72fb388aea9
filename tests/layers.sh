#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The order of the house: a folder includes only itself and folders before it in this list. What a folder may not see
# although it comes earlier stands behind it. Each folder opens with a README of at most ten lines.
. "$(dirname "$0")/common.sh"

order='
shim
memblock             -shim/world
core/base
core/state
core/op
core/trace
core/engine
core/oracle/model    -core/engine/adapter.c
core/oracle/laws     -core/oracle/model
core/oracle
history              -core/oracle/laws
core/run
core/search
apps/cli
apps/view
apps/explore
apps/export
apps/tree
apps/boot
apps/record
apps/guest
apps/diff
apps/watch
apps/semantics
apps/suite
apps/mutate
apps/history
apps/run
apps/tour
apps/mblab
fuzz                 -apps/mblab
properties           -apps -fuzz
bench                -apps -fuzz -properties
'

# Every #include "folder/file" of the project's own, as: including folder, included path.
includes() {
	git ls-files '*.cpp' '*.hpp' '*.c' '*.h' | grep -vE '^(tests|examples|corpus)/|_test\.cpp$' |
		xargs grep -HE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"[a-z]+/' |
		sed -E 's/^(.*)\/[^\/]*:[^"]*"([^"]*)".*/\1 \2/'
}

includes | awk -v order="$order" '
function rank_of(path,    folder) { # of the longest folder of the list that holds the path
	for (folder = path; folder != ""; folder = folder ~ /\// ? substr(folder, 1, length(folder) - length(last(folder)) - 1) : "")
		if (folder in rank) return folder
	return ""
}
function last(path,    parts, count) { count = split(path, parts, "/"); return parts[count] }
BEGIN {
	for (count = split(order, lines, "\n"); at < count;) {
		fields = split(lines[++at], words, " ")
		if (!fields) continue
		rank[words[1]] = ++places
		for (i = 2; i <= fields; i++) hidden[words[1], i] = substr(words[i], 2)
	}
}
{
	from = rank_of($1); to = rank_of($2)
	if (from == "") { print "FAIL: the order of the house does not name " $1; bad = 1; next }
	if (to == "" && $2 ~ /^world\//) to = "shim"
	if (to == "") next # a header of the kernel or of a library
	if (rank[to] > rank[from]) { print "FAIL: " $1 " includes " $2 ", which comes after it"; bad = 1 }
	for (i = 2; (from, i) in hidden; i++)
		if (index($2, hidden[from, i]) == 1) { print "FAIL: " $1 " may not see " $2; bad = 1 }
	seen++
}
END { if (seen < 100) { print "FAIL: only " seen + 0 " includes were looked at"; bad = 1 } exit bad }' || complain 'the order is broken'

# bad FOLDER PATTERN: no #include in FOLDER may match PATTERN.
bad() {
	if grep -rnE "^[[:space:]]*#[[:space:]]*include[[:space:]]+[<\"]($2)" "$1" --include='*.?pp' --include='*.c' --include='*.h' >"$scratch/hits"; then
		complain "$1 must not include $2:" "$scratch/hits"
	fi
}
bad shim 'linux/memblock\.h'
bad memblock 'world/'
# Of the core only the adapter speaks the kernel's headers.
for folder in core/*/; do
	bad "$folder" 'memblock/'
	for source in "$folder"*.?pp "$folder"*/*.?pp; do
		[ ! -e "$source" ] || bad "$source" 'linux/'
	done
done

while read -r folder _; do
	[ -n "$folder" ] || continue
	if [ ! -f "$folder/README.md" ]; then
		complain "$folder has no README.md"
	elif [ "$(wc -l <"$folder/README.md")" -gt 10 ]; then
		complain "$folder/README.md has more than ten lines"
	fi
done <<<"$order"
finish
