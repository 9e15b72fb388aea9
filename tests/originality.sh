#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Nothing here is copied: no 15 tokens in a row are those of a kernel tree at hand, but for what tests/interface.txt names.
# Not looked at, since two implementations of one interface share them: signatures (in C, from a name in the first column with a
# parenthesis to the end of the parameters), #include lines, characters and the texts of messages. White space and comment marks do not count.
. "$(dirname "$0")/common.sh"
mapfile -t kernel < <(find -L build/trees -type f -name '*.[ch]' 2>/dev/null | sort)
[ "${#kernel[@]}" -gt 0 ] || { echo 'no kernel tree'; exit 77; }
mapfile -t own < <({ git ls-files '*.[ch]' '*.[ch]pp' '*.def' '*.lds' '*.awk' '*.cmake' '*CMakeLists.txt'; git grep -lE '^#!/bin/bash|^# shellcheck shell=bash'; } | sort -u)

copied() { # FILES...: the ranges of lines that are the kernel's, and entries of the list that nothing needs
	awk -v length_wanted=15 '
	function close_range(    i, text) {
		if (!open) return
		open = 0
		for (i = first; i <= last; i++) text = text source[i] "\n"
		for (i = 1; i <= entries; i++)
			if (tokens <= limit[i] && name ~ file_of[i] && text ~ word_of[i]) { used[i] = 1; return }
		print name ":" first "-" last ": " tokens " tokens as in " from
	}
	function restart() { key = ""; held = begin = 0 }
	FNR == 1 { close_range(); name = FILENAME; restart(); signature = depth = 0; c = name ~ /\.[ch](pp)?$/ }
	name ~ /interface\.txt$/ {
		if (/^#/ || !NF) next
		file_of[++entries] = "(^|/)" $1; word_of[entries] = $2; limit[entries] = $3
		next
	}
	{ source[FNR] = $0 }
	/SPDX-License-Identifier|^[ \t]*#[ \t]*include/ { next }
	c && !depth && /^[A-Za-z_][^=]*\(/ { signature = 1 }
	c && !/^(namespace|extern "C") / { depth = /^}/ ? 0 : depth + gsub(/\{/, "{") - gsub(/\}/, "}") }
	signature { restart(); if (/\)[^(,]*$/) signature = 0; next }
	{
		sub(/^[ \t]*(\/\*\*?|\*\/?|\/\/\/?)/, " ")
		gsub(/\/\*|\*\/|\/\//, " ")
		gsub(/\047(\\.|[^\047\\])\047[ \t]*,?/, " ")
		gsub(/"([^"\\]|\\.)*"[ \t]*,?/, " ")
		gsub(/--+/, "-")
		gsub(/[^A-Za-z0-9_ \t]/, " & ")
		count = split($0, words, " ")
		for (i = 1; i <= count; i++) {
			at = held++ % (length_wanted + 1)
			token[at] = words[i]; line[at] = FNR
			key = key words[i] " "
			if (held - begin < length_wanted) continue
			at = begin++ % (length_wanted + 1)
			if (!own) {
				if (!(key in seen)) seen[key] = name ":" line[at]
			} else if (key in seen) {
				if (!open || line[at] > last + 1) { close_range(); open = 1; tokens = length_wanted - 1; first = line[at]; from = seen[key] }
				tokens++; last = FNR
			}
			key = substr(key, length(token[at]) + 2)
		}
	}
	END { close_range(); for (i = 1; i <= entries; i++) if (!used[i]) print "not needed: " file_of[i] " " word_of[i] }' \
		tests/interface.txt "${kernel[@]}" own=1 "$@"
}
copied "${own[@]}" >"$scratch/copied"
if [ -s "$scratch/copied" ]; then cat "$scratch/copied"; complain 'lines of the kernel, or an exception that nothing needs'; fi

# A function of the kernel's is caught, also when its lines are broken elsewhere.
mkdir "$scratch/memblock"
kernel_source=(build/trees/*/mm/memblock.c)
{
	cat memblock/isolate.cpp
	sed -n '/^static int __init_memblock memblock_isolate_range/,/^}/p' "${kernel_source[0]}" | tr -s '\n\t' ' ' | fold -s -w 60
} >"$scratch/memblock/isolate.cpp"
copied "$scratch/memblock/isolate.cpp" >"$scratch/copied"
grep -q "isolate\.cpp:[0-9-]*: [0-9]\{3,\} tokens as in .*memblock_*.*\.c:" "$scratch/copied" || complain 'a pasted function is not caught'
echo "${#own[@]} files compared with ${#kernel[@]} of the kernel's"
finish
