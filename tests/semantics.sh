#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every trace of docs/semantics-6.1-to-6.12.md still shows the two kernels differ, and in the call that its heading names.
. "$(dirname "$0")/common.sh"
"$MBLAB" engines >"$scratch/engines"
grep -q 'linux-6\.1 ' "$scratch/engines" || { echo 'no linux-6.1'; exit 77; }

awk -v folder="$scratch" '
	/^### / { number++; split($2, name, "`"); file = sprintf("%s/%03d.%s.trace", folder, number, name[2]) }
	/^```/ { inside = !inside; next }
	inside { print >file }
' docs/semantics-6.1-to-6.12.md
traces=("$scratch"/*.trace)
[ "${#traces[@]}" -ge 10 ] || { echo "FAIL: only ${#traces[@]} traces in the document"; exit 1; }
for trace in "${traces[@]}"; do
	op=${trace%.trace}
	op=${op##*.}
	expect 1 "difference: $op\(" "$MBLAB" run --no-laws --dummy-is-empty --go-on -e linux-6.1 -e linux-6.12 "$trace"
done
echo "${#traces[@]} differences shown again"
finish
