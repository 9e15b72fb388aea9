#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mblab watch: 30 nights of a repository in which three commits change what memblock does, by the cron line and the GitLab job of
# examples/watch. Each of the three is new once; what is new is known, and no good, until it is accepted or, as the third, reverted.
. "$(dirname "$0")/common.sh"
needs_tree
needs_fuzz
export MBLAB_CACHE=$scratch/cache WATCH_OPTIONS='--time 3 --variant numa-4 --inputs 1500 --jobs 1'
mkdir -p "$scratch/bin" "$scratch/home"
ln -s "$MBLAB" "$scratch/bin/mblab"
export PATH=$scratch/bin:$PATH

upstream=$scratch/upstream
in_repo() { git -C "$upstream" "$@"; }
copy upstream
in_repo init -q -b master
in_repo config user.email lab@example.org
in_repo config user.name lab
planted=(7 16 26)
for number in $(seq 30); do
	case $number in
	1) cp -r "$tree/tools" "$tree/lib" "$upstream" ;;
	7) change "$upstream/mm/memblock.c" "$(in_function memblock_overlaps_region 's/overlap\(base, size,/overlap(base, size + 1,/')" ;;
	16) change "$upstream/mm/memblock.c" "$(in_function memblock_trim_memory 's/round_up\(orig_start/round_down(orig_start/')" ;;
	26) change "$upstream/mm/memblock.c" "$(in_function memblock_remove_range 's/i >= start_rgn/i > start_rgn/')" ;;
	28) change "$upstream/mm/memblock.c" "$(in_function memblock_remove_range 's/i > start_rgn/i >= start_rgn/')" ;;
	4) printf '/* commit %d */\n' "$number" >>"$upstream/mm/memblock.c" ;;
	*) echo "$number" >"$upstream/elsewhere.c" ;;
	esac
	in_repo add -A
	GIT_COMMITTER_DATE="2026-03-$(printf %02d "$number")T12:00:00Z" in_repo commit -q --allow-empty -m "commit $number"
done
mapfile -t commits < <(in_repo rev-list --reverse master)
git clone -q "$upstream" "$scratch/home/linux"

# The cron line, as cron runs it.
line=$(sed -n 's/^17 2 \* \* \* //p' examples/watch/crontab)
red=()
for number in $(seq 30); do
	in_repo update-ref refs/heads/master "${commits[number - 1]}"
	status=0
	HOME=$scratch/home sh -c "$line" >"$scratch/night" 2>&1 || status=$?
	[ $status -lt 2 ] || complain "night $number exits $status:" "$scratch/night"
	[ $status = 0 ] || red+=("$number")
	cp "$scratch/night" "$scratch/night.$number"
done
[ "${red[*]}" = "${planted[*]}" ] || complain "something new in the nights ${red[*]}, not in ${planted[*]}" "$scratch/night"
nights=$scratch/home/nights
[ "$(grep -c '<tr class=new>' "$nights/index.html")" = 3 ] || complain 'the page has not three nights with something new' "$nights/index.html"
[ "$(grep -c '<tr class=good>' "$nights/index.html")" = 6 ] || complain 'the page has not 6 nights without differences' "$nights/index.html"
[ "$(grep -c '<tr class=known>' "$nights/index.html")" = 21 ] || complain 'the page has not 21 nights with what was known' "$nights/index.html"
grep -q '^<tr class=known>.*2026-03-28.*<br>gone: ' "$nights/index.html" || complain 'what is reverted is not gone' "$nights/index.html"
grep -q '^gone: .*(known since 2026-03-26)' "$scratch/night.28" || complain 'the night of the revert does not say what is gone' "$scratch/night.28"
! grep -qE 'href="[^"]*/"' "$nights/index.html" || complain 'a link leads to a folder' "$nights/index.html"
grep -q "\"good\": \"${commits[5]}\"" "$nights/baseline.json" || complain 'a night with differences is the last good one' "$nights/baseline.json"
expect 0 '^0 new, [1-9]' mblab watch -q "git:$upstream@master" -o "$nights" --accept
grep -q '^accepted as the last good revision: .*commit 30.* with [1-9][0-9]* difference' "$scratch/out" || complain '--accept does not say what it accepted' "$scratch/out"
grep -q "\"good\": \"${commits[29]}\"" "$nights/baseline.json" || complain 'what was accepted is not the last good one' "$nights/baseline.json"
grep -q '"first_seen": "2026-03-26"' "$nights/nights/2026-03-26-"*/night.json || complain 'no date on which the last was first seen'
trace=$(find "$nights/nights" -path '*2026-03-07*' -name 1.trace)
expect 1 'difference' "$MBLAB" run "$trace"
# What a night prints can be pasted where it was printed.
pasted=$(sed -n 's/^ *mblab run //p' "$scratch/night.7" | head -n 1)
expect 1 'difference' sh -c "mblab run $pasted"
grep -q '<testcase name="suite">' "$nights/junit.xml" || complain 'JUnit has no case for the suite' "$nights/junit.xml"
expect 2 'expected git:REPO@REF' mblab watch "$tree" -o "$scratch/nights"

# A revision that does not build is a night with something new, known the next time, and never good.
in_repo checkout -q master
change "$upstream/mm/memblock.c" "$(in_function memblock_has_mirror 's/return/retrun/')"
in_repo commit -qam 'commit 31'
# shellcheck disable=SC2086
watch() { mblab watch -q $WATCH_OPTIONS "git:$upstream@$1" -o "$nights" "${@:2}"; }
expect 2 'does not build' watch master --accept
expect 1 '^NEW 1. does not build: .*mm/memblock.c:[0-9]+:.*error' watch master
for file in index.html latest.json junit.xml; do grep -q 'does not build: .*retrun' "$nights/$file" || complain "$file does not say that it does not build" "$nights/$file"; done
expect 0 '^known since .*: does not build' watch master
grep -q "\"good\": \"${commits[29]}\"" "$nights/baseline.json" || complain 'what does not build is good' "$nights/baseline.json"
expect 0 '^gone: does not build' watch master~1
expect 2 'has no revision nosuch' watch nosuch
expect_one_line
expect 2 'not a baseline' sh -c "mkdir '$scratch/bad' && echo '{' >'$scratch/bad/baseline.json' && mblab watch 'git:$upstream@master' -o '$scratch/bad'"

# The GitLab job, around the last of the three. Its first night is the first that sees the suite fail, of the other two.
mapfile -t script < <(sed -n '/^  script:/,/^  [a-z]*:$/s/^    - //p' examples/watch/gitlab-ci.yml)
[ "${#script[@]}" = 1 ] || complain 'the GitLab job has no script of one line' examples/watch/gitlab-ci.yml
red=()
for number in 25 26 27; do
	status=0
	(cd "$scratch" && CI_PROJECT_DIR=$upstream CI_COMMIT_SHA=${commits[number - 1]} bash -c "${script[0]}") >"$scratch/night" 2>&1 || status=$?
	[ $status = 0 ] || red+=("$number:$status")
done
[ "${red[*]}" = '25:1 26:1' ] || complain "the GitLab job: ${red[*]}, not 25:1 26:1" "$scratch/night"
finish
