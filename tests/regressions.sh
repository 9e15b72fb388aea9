#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every finding that was ever mended stays mended; every known bug of a kernel still shows where docs/findings.md says so.
. "$(dirname "$0")/common.sh"

shopt -s nullglob
traces=(corpus/regressions/*.trace corpus/seeds/*.trace)
[ "${#traces[@]}" -gt 0 ] || { echo 'FAIL: no traces'; exit 1; }
"$MBLAB" run "${traces[@]}" >"$scratch/out" || { grep -A40 finding "$scratch/out" | sed -n 1,60p; echo 'FAIL: a regression'; failures=1; }
echo "${#traces[@]} traces replayed"

# Known bugs: the first lines say which engine shows what ("# shows on ENGINE: PATTERN").
for trace in corpus/known-bugs/*.trace; do
	engine=$(sed -n 's/^# shows on \([^:]*\): .*/\1/p' "$trace")
	pattern=$(sed -n 's/^# shows on [^:]*: //p' "$trace")
	[ -n "$engine" ] && [ -n "$pattern" ] || { echo "FAIL: $trace does not say what it shows"; failures=$((failures + 1)); continue; }
	"$MBLAB" run -v --no-laws -e "$engine" "$trace" >"$scratch/out" 2>&1 || true
	grep -q 'no engine' "$scratch/out" && continue
	grep -qE -- "$pattern" "$scratch/out" || { echo "FAIL: $trace no longer shows /$pattern/ on $engine:"; tail -n 25 "$scratch/out"; failures=$((failures + 1)); }
done
finish
