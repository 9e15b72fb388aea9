#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every source names its licence and is formatted; the port keeps its own rules; shell scripts pass shellcheck.
. "$(dirname "$0")/common.sh"

while IFS= read -r file; do
	case $file in
	*.cpp | *.hpp | *.c | *.h | *.def | *.sh | *.txt | *.cmake | *.lds | *.html | *.css | *.js | ci/* | .ci/*)
		[ "$file" = ci/packages.txt ] || head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later' || complain "$file has no SPDX line" ;;
	esac
done < <(git ls-files | grep -v '^docs/\|\.json$\|\.md$')

# No heap, exceptions, RTTI or virtuals in the port. (Global constructors: see the section check below.)
if grep -nE '\b(new|delete|malloc|throw|try|catch|dynamic_cast|typeid|virtual)\b *[^a-z]' memblock/*.cpp memblock/*.hpp | grep -vE '^[^:]+:[0-9]+: *(//|\*)|//.*\b(new|delete|virtual|try|throw)\b'; then
	complain 'the port uses what it must not'
fi
for engine in "${MBLAB_BUILD}"/bin/engines/port@*.so; do
	nm "$engine" | grep '_GLOBAL__sub_I' >/dev/null && complain "$engine has global constructors"
done

git grep -lzE '^#!/bin/bash|^# shellcheck shell=bash' | xargs -0 shellcheck -x -S warning -P SCRIPTDIR >"$scratch/shellcheck" || complain 'shellcheck' "$scratch/shellcheck"
ci/format --check >"$scratch/format" 2>&1 || complain 'not formatted (ci/format does it)' "$scratch/format"

# What was built or measured is never committed: all but the corpus is text.
while IFS= read -r file; do
	[ ! -s "$file" ] || complain "$file is not text"
done < <(git ls-files -z -- ':!corpus' | xargs -0 grep -LI .)
finish
