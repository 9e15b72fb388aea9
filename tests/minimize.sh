#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Ten bugs planted in the port: what random traces of 200 ops show of each is made as small as it is known to get, give or
# take two ops, and soon. And what an engine does not survive can be made smaller, too.
. "$(dirname "$0")/common.sh"

options_of() { sed -n "s/^$1  *//p" core/engine/variants.txt; }

shrink() { # number variant known-minimum
	local engine=$scratch/$1@$2.so ops
	core/engine/build-engine --subject port --name "canary$1" --variant "$(options_of "$2")" --out "$engine" \
		--flags -O1 --subject-flags "-DMBLAB_CANARY=$1" || return 1
	"$MBLAB" random -e port -e "$engine" --variant "$2" --steps 200 --inputs 5000 >"$scratch/$1.trace" && { echo "FAIL: canary $1 is not found"; return 1; }
	timeout 10 "$MBLAB" minimize "$scratch/$1.trace" --variant "$2" --no-laws --out "$scratch/$1.small" -- port "$engine" 2>"$scratch/$1.said" ||
		{ echo "FAIL: canary $1 is not minimized in 10 s: $(cat "$scratch/$1.said")"; return 1; }
	ops=$(grep -c '^[a-z_]*(' "$scratch/$1.small")
	echo "canary $1: $(grep -c '^[a-z_]*(' "$scratch/$1.trace") ops, $ops left, known minimum $3"
	[ "$ops" -le $(($3 + 2)) ] || { echo "FAIL: canary $1:"; cat "$scratch/$1.small"; return 1; }
	"$MBLAB" run --no-laws --variant "$2" -e port -e "$engine" "$scratch/$1.small" >"$scratch/$1.again" && { echo "FAIL: the small trace of canary $1 shows nothing"; return 1; }
	return 0
}

while read -r number variant minimum; do
	[ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n || true
	{ shrink "$number" "$variant" "$minimum" || touch "$scratch/$number.failed"; } &
done < <(sed '/^#/d' tests/minima.txt)
wait
for failed in "$scratch"/*.failed; do
	[ ! -e "$failed" ] || failures=$((failures + 1))
done

printf 'memblock_add(0, 1M)\n' >"$scratch/fine.trace"
expect 1 'nothing to minimize' "$MBLAB" minimize "$scratch/fine.trace" -- port model
expect 2 "no engine nonsense" "$MBLAB" minimize "$scratch/fine.trace" -- nonsense
expect 2 'exists' "$MBLAB" minimize "$scratch/1.trace" --variant numa-4 --no-laws --out "$scratch/1.small" -- port "$scratch/1@numa-4.so"
finish
