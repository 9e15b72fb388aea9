# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # scripts use the variables
# What the scripts of this folder share; they source it from the project's folder.
set -euo pipefail
me=ci/${0##*/}
clang=${MBLAB_CLANG:-clang-19}
clang_version=${clang##*-}
# The kernel that the port is a port of.
reference=linux-$(grep '^[0-9]' memblock/kernel.txt)
tree=build/trees/$reference

# The scripts work in the project's folder, wherever they were called.
case ${MBLAB_TREE-} in '' | /*) ;; *) export MBLAB_TREE=$OLDPWD/$MBLAB_TREE ;; esac

fail() { echo "$me: $*" >&2; exit 2; }
# help TEXT ARGUMENTS...: where the first argument asks for it, print the text and end.
help() { case ${2-} in -h | --help) echo "$1"; exit 0 ;; esac }
need_number() { [[ ${1-} =~ ^[1-9][0-9]{0,8}$ ]] || fail "expected a number${2:+ of $2} below 10^9, found '${1-}' (see --help)"; }
need_mblab() { [ -x "${1:-build/release/bin/mblab}" ] || fail "no mblab: run ci/build release and ci/build fuzz first"; }
need_tree() { [ -f $tree/mm/memblock.c ] || fail "no kernel tree at $tree (ci/bootstrap unpacks it)"; }
# need PROGRAM: one of the packages that ci/bootstrap installs.
need() { command -v "$1" >/dev/null || fail "$1 not found (ci/bootstrap installs it)"; }

# shortest_difference MOST REPORT DIFF...: the first difference is often short enough, of at most so many calls; else the shortest of
# fifteen seconds. Sets got (the exit status), calls, and seconds (of the processor, children included).
shortest_difference() {
	local most=$1 report=$2 search spent
	shift 2
	seconds=0
	for search in '--first --time 30' '--time 15'; do
		got=0
		# shellcheck disable=SC2086 # two or three words
		spent=$( { TIMEFORMAT='%U %S'; time "$@" $search --jobs 1 --quiet >"$report" 2>&1; } 2>&1) || got=$?
		seconds=$(awk -v before="$seconds" '{ printf "%.0f", before + $1 + $2 }' <<<"$spent")
		calls=$(sed -n '/^1\. /,/before the last call\|after it, - BASE\|^$/p' "$report" | grep -c '^    [a-z_]*(' || true)
		if [ "$got" = 1 ] && [ "$calls" -gt 0 ] && [ "$calls" -le "$most" ]; then return; fi
	done
}

# fuzz/targets.txt: each target, when it runs, and the form of its inputs.
registry() { sed -e '/^#/d' -e '/^$/d' fuzz/targets.txt; }
form_of() { registry | awk -v name="$1" '$1 == name { print $3 }'; }
# fuzz/options.txt, as a fuzzer takes them.
fuzz_options() { sed -n 's/^\([a-z_]*\) = /-\1=/p' fuzz/options.txt; }
# core/engine/variants.txt: names, and the options of one.
variants() { sed -n 's/^\([a-z][^ ]*\) .*/\1/p' core/engine/variants.txt; }
options_of() { awk -v name="$1" '$1 == name { print $2 }' core/engine/variants.txt; }

# Is there room to write in a folder? What a fuzzer cannot write it drops or truncates without an error.
room() { [ "$(df --output=avail -k -- "$1" | tail -n 1)" -ge "${MBLAB_ROOM_KB:-16384}" ]; }
no_room() { echo "$(df --output=target -- "$1" | tail -n 1) is full (less than ${MBLAB_ROOM_KB:-16384} KB free)"; }

# Inputs are named after their content (SHA-1). One that is not was cut short by a kill or a full disk: it is renamed.
mend_inputs() { # folder
	local hash path
	(cd "$1" && find . -maxdepth 1 -type f -regextype egrep -regex '\./[0-9a-f]{40}' -exec sha1sum {} + | while read -r hash path; do
		[ "./$hash" = "$path" ] || mv -f "$path" "$hash"
	done)
}
