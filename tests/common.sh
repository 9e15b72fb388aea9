# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For shell tests: expectations that say what they wanted, a scratch folder, and changed copies of the kernel's files.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0
# The kernel that the port is a port of.
reference=linux-$(grep '^[0-9]' memblock/kernel.txt)
tree=$PWD/build/trees/$reference

complain() { # MESSAGE [FILE to show]
	echo "FAIL: $1"
	[ $# = 1 ] || head -n 20 "$2"
	failures=$((failures + 1))
}

# needs FILE REASON: where the file is missing, the test is skipped.
needs() { [ -e "$1" ] || { echo "$2"; exit 77; }; }
needs_tree() { needs "$tree/mm/memblock.c" 'no kernel tree'; }
needs_fuzz() { needs build/fuzz/bin/diff-engines 'no fuzz build: run ci/test, which makes one'; }

# expect STATUS PATTERN COMMAND...: the exit status, and an extended regular expression somewhere in the output.
expect() {
	local status=$1 pattern=$2 got=0
	shift 2
	"$@" >"$scratch/out" 2>&1 || got=$?
	if [ "$got" != "$status" ]; then
		complain "'$*' exits $got, wanted $status:" "$scratch/out"
	elif [ -n "$pattern" ] && ! grep -qE -- "$pattern" "$scratch/out"; then
		complain "'$*' does not print /$pattern/:" "$scratch/out"
	fi
}

# The output of the last expect is one line: what an error that a user can cause must be.
expect_one_line() { [ "$(wc -l <"$scratch/out")" = 1 ] || complain 'more than one line:' "$scratch/out"; }

options_of() { sed -n "s/^$1  *//p" core/engine/variants.txt; } # VARIANT

change() { # FILE SCRIPT for sed -E, which has to change something
	cp "$1" "$scratch/before"
	sed -i -E -e "$2" "$1"
	! cmp -s "$1" "$scratch/before" || complain "'$2' changes nothing"
}
in_function() { printf '/^[^*]*\\b%s\\(/,/^\\}/ %s' "$1" "$2"; } # NAME COMMAND: a script for sed -E
# copy NAME [SCRIPT]: a tree in $scratch/NAME of the two files that an engine is built of, memblock.c changed by the script.
copy() {
	rm -rf "${scratch:?}/$1"
	mkdir -p "$scratch/$1/mm" "$scratch/$1/include/linux"
	cp "$tree/include/linux/memblock.h" "$scratch/$1/include/linux/"
	cp "$tree/mm/memblock.c" "$scratch/$1/mm/"
	[ -z "${2-}" ] || change "$scratch/$1/mm/memblock.c" "$2"
}

finish() {
	[ "$failures" = 0 ] || { echo "$failures failures"; exit 1; }
	echo ok
}

# A page as it is after its script has run, on standard output; the browser's console in $scratch/console.
browse() { # FILE FRAGMENT
	timeout 120 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$scratch/profile" --virtual-time-budget=600000 \
		--enable-logging=stderr --dump-dom "file://$1#$2" 2>"$scratch/console"
}
