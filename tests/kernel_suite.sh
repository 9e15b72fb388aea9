#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel's own suite, compiled against the port: every check passes, NUMA and UMA, with and without -m. An older kernel's is said
# to speak of another meaning, check by check. A tree's suite on the tree itself says how many of its checks came to run.
. "$(dirname "$0")/common.sh"
needs_tree
"$MBLAB" suite "$tree" --subject port --all >"$scratch/out" || { grep -v '^ok' "$scratch/out"; complain 'a check fails'; }
grep -E 'checks pass' "$scratch/out"
awk '/^# .*checks pass$/ { runs++; if ($(NF - 4) < ($2 ~ /^numa/ ? 264 : 181) || $(NF - 4) != $(NF - 2)) bad = 1 }
	END { exit bad || runs != 4 }' "$scratch/out" || complain 'wanted four runs, of 264 checks (NUMA) and 181 (UMA)'

older=build/trees/linux-6.12
if [ -d $older/tools/testing/memblock ]; then
	expect 1 '^# numa: [0-9]+ of [0-9]+ checks pass, stopped at check [0-9]+$' "$MBLAB" suite $older --subject port
	for said in '^# not ok memblock_alloc: ' '^# trait [^ ]*: .* in this tree, .* in the port$' '^[0-9]+ of [0-9]+ checks pass$'; do
		grep -qE "$said" "$scratch/out" || complain "does not print /$said/:" "$scratch/out"
	done
fi
# A revision in a repository, and a patch on it that the suite sees.
repository=$scratch/repository
mkdir -p "$repository/mm" "$repository/include/linux" "$repository/tools/testing/selftests"
cp "$tree/mm/memblock.c" "$repository/mm"
cp "$tree/include/linux/memblock.h" "$repository/include/linux"
cp -r "$tree/tools/testing/memblock" "$repository/tools/testing"
cp "$tree/tools/testing/selftests/kselftest.h" "$repository/tools/testing/selftests"
git -C "$repository" init -q
git -C "$repository" add .
git -C "$repository" -c user.name=T -c user.email=t@example.org commit -qm 'A tree.'
expect 0 '^264 of 264 checks pass$' "$MBLAB" suite "git:$repository@HEAD"
sed -i 's/type->total_size += size;/type->total_size += size + 1;/' "$repository/mm/memblock.c"
git -C "$repository" diff >"$scratch/wrong.patch"
[ -s "$scratch/wrong.patch" ] || complain 'the patch changes nothing'
expect 1 '^# numa: [0-9]+ of 264 checks pass, stopped at check [0-9]+$' "$MBLAB" suite "git:$repository@HEAD+$scratch/wrong.patch"
expect 2 'the port has no suite of its own' "$MBLAB" suite port
finish
