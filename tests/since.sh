#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mblab since: between which kernels an answer changed, held to the tables of docs/semantics.md and docs/findings.md, of those kernels
# that are built; and what a user can do wrong.
. "$(dirname "$0")/common.sh"

mapfile -t built < <("$MBLAB" engines | awk '$1 ~ /^linux-/ { print $1 }' | sort -V)
[ ${#built[@]} -ge 2 ] || { echo 'fewer than two kernels are built'; exit 77; }

# changes DOCUMENT ID: where a row of its table changes, as OLD>NEW, in the kernels that are built. "-" is no answer of a finding.
changes() {
	awk -v id="$2" -v built="${built[*]}" '
		BEGIN { FS = " *[|] *"; count = split(built, names, " "); for (i = 1; i <= count; i++) is_built[names[i]] = 1 }
		/^[|] (trait|finding) [|]/ { for (i = 3; i < NF; i++) kernel[i] = $i; next }
		index($0, "| `" id "` |") == 1 || index($0, "| **" id "** ") == 1 {
			for (i = 3; i < NF; i++) {
				if (!(kernel[i] in is_built) || $i == "-") continue
				if (last != "" && answer[last] != $i) print last ">" kernel[i]
				last = kernel[i]
				answer[last] = $i
			}
			exit
		}' "$1"
}

# holds DOCUMENT ID: since says the same changes, and one line for each kernel.
changed=0
holds() {
	expect 0 '' "$MBLAB" since "$2"
	sed -n 's/.* in \(linux-[0-9.]*\); \(linux-[0-9.]*\) was the last.*/\2>\1/p' "$scratch/out" >"$scratch/said"
	changes "$1" "$2" >"$scratch/known"
	cmp -s "$scratch/said" "$scratch/known" || complain "since $2 does not say what $1 has:" <(diff "$scratch/known" "$scratch/out")
	changed=$((changed + $(wc -l <"$scratch/known")))
	for kernel in "${built[@]}"; do
		grep -q "^$kernel  *[^ ]" "$scratch/out" || complain "since $2 says nothing of $kernel:" "$scratch/out"
	done
}
for trait in E03 E10 S01 S09 S22; do holds docs/semantics.md $trait; done
for finding in doubling.overlaps trim-total-size-cap pages-without-node map-freed-before-reset sums-by-request; do holds docs/findings.md $finding; done
[ ${#built[@]} -lt 5 ] || [ "$changed" -ge 8 ] || complain "only $changed changes: the table was not read"

# A trace: what is found, or what its last call does.
printf '%s\n' 'variant numa-4' 'memblock_reserve(0x1000, 0x1000)' 'memblock_get_region_node(reserved, 0)' >"$scratch/node.trace"
expect 0 '^linux-.* returned ret=' "$MBLAB" since "$scratch/node.trace"
sed -n 's/.* in \(linux-[0-9.]*\); \(linux-[0-9.]*\) was the last.*/\2>\1/p' "$scratch/out" >"$scratch/said"
changes docs/semantics.md S01 >"$scratch/known"
cmp -s "$scratch/said" "$scratch/known" || complain 'a trace that shows what trait S01 is about changes elsewhere:' "$scratch/out"
printf '%s\n' 'variant numa-4' 'memblock_add(0x0, 0x1000)' 'memblock_phys_mem_size() = 0x2000' >"$scratch/wrong.trace"
expect 0 "^the same in all, ${built[0]} to ${built[-1]}: yes" "$MBLAB" since "$scratch/wrong.trace"
# Trees that are named are built and bisected: one between two that answer alike is not asked.
if [ -d "build/trees/${built[0]}" ]; then
	for release in "${built[0]#linux-}.1" "${built[0]#linux-}.2"; do ln -s "$PWD/build/trees/${built[0]}" "$scratch/linux-$release"; done
	MBLAB_CACHE=$scratch/cache expect 0 "^linux-${built[0]#linux-}.1  *not run: between kernels with the same answer" "$MBLAB" since doubling.overlaps "$scratch/linux-${built[0]#linux-}.1"
	MBLAB_CACHE=$scratch/cache expect 0 "^linux-${built[0]#linux-}.2  *yes" "$MBLAB" since doubling.overlaps --all "$scratch/linux-${built[0]#linux-}.2"
fi

expect 2 'no trait, no finding' "$MBLAB" since nothing-of-that-name
expect_one_line
echo 'memblok_add(1, 2)' >"$scratch/typo.trace"
expect 2 'typo.trace:1: expected an operation' "$MBLAB" since "$scratch/typo.trace"
mkdir "$scratch/none"
MBLAB_ENGINES=$scratch/none expect 2 'fewer than two kernels' "$MBLAB" since S01
expect_one_line
finish
