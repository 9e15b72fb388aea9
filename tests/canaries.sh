#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each bug that is planted in the port is caught within 10 s by a contract of its family, with the port as the only
# engine; what is printed shows it again; and the port without it passes the same run.
. "$(dirname "$0")/common.sh"

options_of() { sed -n "s/^$1  *//p" core/engine/variants.txt; }

build() { # number variant
	core/engine/build-engine --subject port --name "canary$1" --variant "$(options_of "$2")" --out "$scratch/$1@$2.so" \
		--flags -O0 --subject-flags "-DMBLAB_CANARY=$1"
}

random() { # engine variant
	timeout 10 "$MBLAB" random -e "$1" --variant "$2" --contracts --seed 1 --inputs 5000 --steps 80
}

catch() { # number name variant contract, which may end in *
	local engine=$scratch/$1@$3.so found=0 id ops again=0
	build "$1" "$3" || return 1
	random "$engine" "$3" >"$scratch/$1.trace" 2>&1 || found=$?
	[ $found = 1 ] || { echo "FAIL: $2 is not caught (exit $found)"; return 1; }
	id=$(sed -n '2s/^# \([^:]*\): .*/\1/p' "$scratch/$1.trace")
	ops=$(grep -c '^[a-z_]*(' "$scratch/$1.trace")
	# shellcheck disable=SC2053 # $4 is a pattern
	[[ $id = $4 ]] || { echo "FAIL: $2 breaks '$id', wanted $4"; return 1; }
	"$MBLAB" run --engine "$engine" "$scratch/$1.trace" >"$scratch/$1.again" 2>&1 || again=$?
	[ $again = 1 ] && grep -qF -- " breaks $id: " "$scratch/$1.again" ||
		{ echo "FAIL: the trace of $2 exits $again, without $id:"; head -n 20 "$scratch/$1.again"; return 1; }
	echo "$2: $id at op $ops"
}

# Two at a time, which is what the smallest machine has cores for.
lines=$(sed '/^#/d' tests/canaries.txt)
while read -r number name variant contract; do
	[ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n || true
	{ catch "$number" "$name" "$variant" "$contract" || touch "$scratch/$number.failed"; } &
done <<<"$lines"
wait
for failed in "$scratch"/*.failed; do
	[ ! -e "$failed" ] || failures=$((failures + 1))
done

# The list is the enum, in the same order, and each family has a canary.
sed -n '/^    none,/,/^    count/s/^    \([a-z_]*\),  *\/\/.*/\1/p' memblock/canary.hpp | cat -n | awk '{ print $1, $2 }' >"$scratch/enum"
awk '{ print $1, $2 }' <<<"$lines" | diff "$scratch/enum" - || { echo 'FAIL: tests/canaries.txt is not memblock/canary.hpp'; failures=$((failures + 1)); }
for family in $("$MBLAB" contracts | sed -n '/^## Excuses/q; s/^## //p'); do
	awk '{ print $4 }' <<<"$lines" | grep -q "^$family\." || { echo "FAIL: no canary for $family"; failures=$((failures + 1)); }
done

# Without a canary there is nothing to find.
for variant in $(awk '{ print $3 }' <<<"$lines" | sort -u); do
	expect 0 '^[0-9a-f]{16} seed 1' random port "$variant"
done
finish
