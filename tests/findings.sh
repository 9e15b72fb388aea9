#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each finding of docs/findings.md still shows on the kernel it was found in, as the known issue of that name; so does the port.
. "$(dirname "$0")/common.sh"
[ -f build/trees/linux-6.12/mm/memblock.c ] || { echo 'no kernel tree'; exit 77; }

# One trace per section "## id: title": its first indented block.
awk -v folder="$scratch" '
	/^## / { id = $2; sub(/:.*/, "", id); file = folder "/" id ".trace"; done = 0; next }
	/^    / && id && !done { sub(/^    /, ""); print > file; open = 1; next }
	open { done = 1; open = 0; close(file) }' docs/findings.md
count=0
for trace in "$scratch"/*.trace; do
	id=$(basename "$trace" .trace)
	count=$((count + 1))
	for engine in linux-6.12 port; do
		"$MBLAB" run --variant "$(sed -n 's/^variant //p' "$trace" | grep . || echo numa-4)" -e $engine "$trace" >"$scratch/out" 2>&1 || true
		grep -qE "no finding \(known issues: (.*, )?${id}[,)]" "$scratch/out" ||
			{ echo "FAIL: $id does not show on $engine: $(tail -n 3 "$scratch/out")"; failures=$((failures + 1)); }
	done
done
[ "$count" -ge 20 ] || { echo "FAIL: only $count findings were read"; failures=$((failures + 1)); }
echo "$count findings shown on port and linux-6.12"
finish
