# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For shell tests: expectations that say what they wanted, and a scratch folder.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

# expect STATUS PATTERN COMMAND...: the exit status, and an extended regular expression somewhere in the output.
expect() {
	local status=$1 pattern=$2 got=0
	shift 2
	"$@" >"$scratch/out" 2>&1 || got=$?
	if [ "$got" != "$status" ]; then
		echo "FAIL: '$*' exits $got, wanted $status:"
		head -n 20 "$scratch/out"
		failures=$((failures + 1))
	elif [ -n "$pattern" ] && ! grep -qE -- "$pattern" "$scratch/out"; then
		echo "FAIL: '$*' does not print /$pattern/:"
		head -n 20 "$scratch/out"
		failures=$((failures + 1))
	fi
}

# The output of the last expect is one line: what an error that a user can cause must be.
expect_one_line() {
	[ "$(wc -l <"$scratch/out")" = 1 ] || { echo "FAIL: more than one line:"; cat "$scratch/out"; failures=$((failures + 1)); }
}

finish() {
	[ "$failures" = 0 ] || { echo "$failures failures"; exit 1; }
	echo ok
}
