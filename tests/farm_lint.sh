#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What only a farm reads is right as far as it can be told without one: YAML by yamllint, and workflows, project files and scripts by
# what has to be in them. Debian has no package of actionlint. Scripts go through shellcheck in tests/sources.sh, and
# ci/oss-fuzz/check runs build.sh as a farm does.
. "$(dirname "$0")/common.sh"

command -v yamllint >/dev/null || { echo 'no yamllint: ci/bootstrap installs it'; exit 77; }
git ls-files -z '*.yml' '*.yaml' .yamllint | xargs -0 yamllint -s >"$scratch/out" || { cat "$scratch/out"; complain yamllint; }

# What a step runs here is here; what it uses has a version.
while IFS=: read -r file script; do
	[ -x "$script" ] || complain "$file runs $script, which is not a program"
done < <(sed -n 's/^ *- run: *\([^ ]*\).*/\1/p' .github/workflows/ci.yml | sed 's/^/ci.yml:/')
if grep -hE '^ *(- )?uses:' .github/workflows/*.yml | grep -vE '@v[0-9]+$'; then complain 'an action without a version'; fi
for mode in code-change batch prune coverage; do
	grep -qE "mode: $mode\$" .github/workflows/*.yml || complain "no workflow has ClusterFuzzLite's mode $mode"
done
grep -q 'upload-build: true' .github/workflows/*.yml || complain 'no workflow keeps builds of the main branch'

for folder in .clusterfuzzlite ci/oss-fuzz; do
	for file in project.yaml Dockerfile build.sh; do [ -s $folder/$file ] || complain "no $folder/$file"; done
	[ -x $folder/build.sh ] || complain "$folder/build.sh is not a program"
	grep -q '^language: c++$' $folder/project.yaml || complain "$folder/project.yaml says no language"
	# Every file that an image is made of is in the repository (build.sh of OSS-Fuzz lies beside its Dockerfile there).
	while read -r file; do
		[ "$file" = . ] || [ -e "$file" ] || [ -e "$folder/$file" ] || complain "$folder/Dockerfile copies $file, which is not there"
	done < <(sed -n 's/^COPY \([^ ]*\) .*/\1/p' $folder/Dockerfile)
done
grep -qF 'ci/oss-fuzz/build.sh' .clusterfuzzlite/build.sh || complain 'there are two builds'

# Each dictionary has its target, and is one that a fuzzer can read.
fuzz/make-dictionaries "$scratch/dictionaries"
for file in "$scratch"/dictionaries/*.dict; do
	grep -q "^$(basename "$file" .dict) " fuzz/targets.txt || complain "$(basename "$file") has no target"
	if grep -vnE '^"([^"\\]|\\[\\"])+"$' "$file"; then complain "$(basename "$file") has a line that is no word"; fi
done
grep -q memblock_reserve "$scratch/dictionaries/trace-text.dict" || complain 'the dictionary of traces names no operation'
finish
