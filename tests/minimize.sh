#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What mblab minimize refuses, and a result that is not overwritten. How small it gets: canary.sh.
. "$(dirname "$0")/common.sh"
printf 'memblock_add(0, 1M)\n' >"$scratch/fine.trace"
expect 1 'nothing to minimize' "$MBLAB" minimize "$scratch/fine.trace" -- port model
expect 2 "no engine nonsense" "$MBLAB" minimize "$scratch/fine.trace" -- nonsense

core/engine/build-engine --subject port --patch tests/canaries/reserves_silently.patch --name silent --variant "$(sed -n 's/^numa-4  *//p' core/engine/variants.txt)" \
	--out "$scratch/silent.so" --flags -O0
printf 'early_param("memblock=debug")\nmemblock_reserve(0, 1M)\n' >"$scratch/silent.trace"
touch "$scratch/taken.trace"
expect 2 'exists' "$MBLAB" minimize "$scratch/silent.trace" --variant numa-4 --no-laws -o "$scratch/taken.trace" -- port "$scratch/silent.so"
[ ! -s "$scratch/taken.trace" ] || complain 'a file was overwritten'
finish
