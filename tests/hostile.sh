#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Kernel files that turn on the lab (tests/hostile.txt): each is a finding, in bounded time, and no process is left. With names, those
# alone; with --all, all of them by every command, as a table (ci/hostile).
. "$(dirname "$0")/common.sh"
needs_tree
needs_fuzz
export MBLAB_CACHE=${MBLAB_CACHE:-$scratch/cache}

commands=(diff run minimize random export suite)
declarations='void exit(int); void _exit(int); void abort(void); int raise(int); int pause(void); int fork(void); int close(int); void *signal(int, void *); long syscall(long, ...); long write(int, const void *, unsigned long); void *malloc(unsigned long);'

# Each is met by the trace below; with `rare`, by no witness of a trait, so that the search has to find it.
hostile() { # NAME: its tree in $scratch/NAME
	local where code file=$scratch/$1/mm/memblock.c
	read -r where code < <(sed -n "s/^$1  *//p" tests/hostile.txt)
	copy "$1"
	cp "$file" "$scratch/plain.c"
	[ "$where" != call ] || [ -z "${rare-}" ] || code="if (size == 0x6000) { $code }"
	{
		echo "$declarations"
		[ "$where" = call ] || printf 'static void hostile(void) __attribute__((constructor));\nstatic void hostile(void) { %s }\n' "$code"
		CODE=$code awk -v where="$where" '{ print }
			/memblock_remove_range\(struct memblock_type \*type,/ { inside = where == "call" }
			inside && /^{/ { print ENVIRON["CODE"]; inside = 0 }' "$scratch/plain.c"
	} >"$file"
}

trace=$scratch/remove.trace
printf 'variant numa-4\nmemblock_add(0, 1M)\nmemblock_reserve(0, 16K)\nmemblock_remove(0x2000, 0x6000)\n' >"$trace"

by() { # COMMAND NAME: what it says, in $scratch/out; its exit status
	local tree_of=$scratch/$2 got=0
	case $1 in
	diff) set -- "$MBLAB" diff -q --jobs 1 "$tree" "$tree_of" --variant numa-4 --first --time 10 ;;
	run) set -- "$MBLAB" run -e "$tree_of" "$trace" ;;
	minimize) set -- "$MBLAB" minimize "$trace" -- "$tree_of" ;;
	random) set -- "$MBLAB" random -e "$tree_of" --inputs 100000 ;;
	export) set -- "$MBLAB" export "$trace" --as c -e "$tree_of" ;;
	suite) set -- "$MBLAB" suite "$tree" --subject "$tree_of" ;;
	esac
	timeout 100 "$@" >"$scratch/out" 2>&1 || got=$?
	return $got
}

# A finding, or a smaller trace of one, that says what happened; and no process of the engine's is left.
judge() { # COMMAND NAME
	local got=0 began=$SECONDS wanted=1
	by "$1" "$2" || got=$?
	case $1 in minimize) wanted='[01]' ;; esac
	said=$(grep -aom1 -E '^(1\. .*|.*finding.*|# .*(exit|killed|hang|fault|closed|changed|blocked|started|difference|law).*)' "$scratch/out" | head -n 1 | cut -c 1-100) || said='nothing'
	took=$((SECONDS - began))
	[[ $got =~ ^$wanted$ ]] || complain "$1 of $2: exit $got:" "$scratch/out"
	! pgrep -f "$scratch/cache" >/dev/null || complain "$1 of $2 leaves a process behind"
}

if [ "${1-}" = --all ]; then
	mapfile -t names < <(sed -n 's/^\([a-z_0-9]*\) .*/\1/p' tests/hostile.txt)
	for name in "${names[@]}"; do
		hostile "$name"
		for command in "${commands[@]}"; do
			judge "$command" "$name"
			printf '| %s | %s | %s s | %s |\n' "$name" "$command" "$took" "$said"
		done
	done
	finish
	exit
fi

while read -r command name; do
	hostile "$name"
	judge "$command" "$name"
done <<-'END'
	run exits
	run waits
	run closes_output
	run forks
	run overruns
	run opens_exit
	run changes_handlers
	minimize kills_itself
	random exits_at_once
	diff opens_stop
	diff opens_recursion
END
rare=1
for name in exits_at_once stops closes_all forks_and_waits; do
	hostile "$name"
	judge diff "$name"
done
finish
