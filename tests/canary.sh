#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# canary.sh NAME: with this bug, random traces are caught within 10 s by what tests/canaries/list.txt names, and what is printed
# shows it again. Where a fewest number of ops is known, one of three traces of 200 that show it is minimized to that, give or take two.
. "$(dirname "$0")/common.sh"
name=$1
read -r variant by minimum < <(awk -v name="$name" '$1 == name { print $2, $3, $4 }' tests/canaries/list.txt)
engine=$scratch/$name@$variant.so trace=$scratch/caught.trace
core/engine/build-engine --subject port --patch "tests/canaries/$name.patch" --name "$name" --variant "$(options_of "$variant")" \
	--out "$engine" --flags -O1

case $by in
law:*) id=${by#law:} how=(--laws) engines=("$engine") ;;
model) id=difference how=() engines=("$engine" model) ;;
kernel) needs_tree; id=difference how=() engines=("$engine" "$reference") ;;
*) echo "FAIL: tests/canaries/list.txt does not say what catches $name"; exit 1 ;;
esac
expect 1 '^[a-z]' timeout 10 "$MBLAB" random "${engines[@]/#/--engine=}" --variant "$variant" "${how[@]}" --seed 1 --inputs 5000 --steps 80
cp "$scratch/out" "$trace"
said=$(sed -n 's/^# \([a-z]\)/\1/p' "$trace" | head -n 1)
caught=${said%%: *}
# shellcheck disable=SC2053 # $id is a pattern
[[ $caught = $id ]] || complain "caught by '$caught', wanted $id"
expect 1 "${said%%[^a-z.: -]*}" "$MBLAB" run "${engines[@]/#/--engine=}" --variant "$variant" "$trace"
echo "$name: $caught at op $(grep -c '^[a-z_]*(' "$trace")"

if [ "$minimum" != - ]; then
	# Taking calls away one by one and in groups can end at a trace of which all are needed, though there is a shorter one: up to three are tried.
	for seed in 1 2 3; do
		"$MBLAB" random -e port -e "$engine" --variant "$variant" --steps 200 --inputs 5000 --seed $seed >"$scratch/long.trace" && { echo 'FAIL: no difference found'; exit 1; }
		rm -f "$scratch/small.trace"
		expect 0 '' timeout 10 "$MBLAB" minimize "$scratch/long.trace" --variant "$variant" --no-laws -o "$scratch/small.trace" -- port "$engine"
		ops=$(grep -c '^[a-z_]*(' "$scratch/small.trace")
		echo "$name: $(grep -c '^[a-z_]*(' "$scratch/long.trace") ops, $ops left, known minimum $minimum"
		[ "$ops" -gt $((minimum + 2)) ] || break
	done
	[ "$ops" -le $((minimum + 2)) ] || complain 'more than two above:' "$scratch/small.trace"
	expect 1 '' "$MBLAB" run --no-laws --variant "$variant" -e port -e "$engine" "$scratch/small.trace"
fi
finish
