#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mblab as a user meets it: help, exit statuses, and one clear line for what cannot be read.
. "$(dirname "$0")/common.sh"

expect 0 'Exit status' "$MBLAB" --help
for command in run suite boot compare-allocators record layout engines ops laws random convert summary diff minimize regress export tree manual; do
	expect 0 "^Usage: [^ ]*mblab $command( |\$)" "$MBLAB" "$command" --help
	grep -q 'Exit status' "$scratch/out" || complain "the help of $command tells no exit status"
done
expect 2 '^mblab: which command\?' "$MBLAB"
expect_one_line
expect 0 '^Look and learn:' "$MBLAB" help help
expect 0 '^Usage: mblab regress add ' "$MBLAB" help regress add
! grep -q 'Start with' "$scratch/out" || complain 'the help of a command ends with that of the program' "$scratch/out"
expect 0 "its port is one of Linux $(grep '^[0-9]' memblock/kernel.txt)\$" "$MBLAB" --version
expect 2 'no command difff; did you mean diff\?' "$MBLAB" difff a b
expect_one_line
expect 0 '^  result     ret ' "$MBLAB" ops memblock_alloc
expect 2 'no operation memblok_add; did you mean memblock_add\?' "$MBLAB" ops memblok_add
expect 0 '^  source   mm/memblock.c' "$MBLAB" laws structure.filled
expect 0 '^  known issue of ' "$MBLAB" laws physmem-slab-flag
expect 2 'no law and no known issue structure.fill; did you mean structure.filled\?' "$MBLAB" laws structure.fill
expect 2 'no option --nonsense' "$MBLAB" run --nonsense x
expect 2 'cannot read' "$MBLAB" run "$scratch/absent.trace"
expect_one_line

# Every command has -o, --json and -q. The JSON is one object that names the command (summary reads any), also in a file.
for command in $("$MBLAB" help | sed -nE 's/^  ([a-z][a-z-]*)[, ].*/\1/p') 'kernel list' 'tree list' 'regress add'; do
	case $command in kernel | regress) continue ;; esac
	# shellcheck disable=SC2086 # words
	expect 0 '^  -q,--quiet|^  --quiet,-q' "$MBLAB" $command --help
	for option in --json --output; do grep -qE "^  (-o,)?$option" "$scratch/out" || complain "$command has no $option" "$scratch/out"; done
done
seed=corpus/seeds/slab.trace
printf '00001000-0009ffff : System RAM\n' >"$scratch/iomem"
printf '{"executions": 1, "ops": 2}\n' >"$scratch/stats"
for command in ops 'ops memblock_add' engines laws 'laws structure.filled' 'laws physmem-slab-flag' cache manual 'random --inputs 10' \
	'explore --list' tour 'tour 1' "run $seed -e port" "view $seed" "export $seed --as c" "layout $scratch/iomem" "summary $scratch/stats" \
	'semantics port' "boot corpus/boots/x86_64-6.12-uma-2g.log.xz -e port"; do
	rm -f "$scratch/json"
	expect 0 "^ \"command\": \"${command%% *}\",\$" sh -c "'$MBLAB' $command --json"
	expect 0 '' sh -c "'$MBLAB' $command -q --json -o '$scratch/json'"
	grep -q '^executions  ' < <("$MBLAB" summary "$scratch/json") && [ ! -s "$scratch/out" ] || complain "no JSON object of $command" "$scratch/json"
done
expect 2 'json: exists$' "$MBLAB" ops -o "$scratch/json"
expect_one_line
expect 2 'cannot write into /nowhere$' "$MBLAB" diff port port -o /nowhere/x.html
expect_one_line
# Text goes to a file, and besides it to standard output where the file has another form.
expect 0 '' "$MBLAB" ops -o "$scratch/ops.txt"
"$MBLAB" ops -o "$scratch/ops.json" | cmp - "$scratch/ops.txt" || complain 'the text of -o is another'
grep -q '"name": "memblock_add"' "$scratch/ops.json" || complain 'no operation in the JSON' "$scratch/ops.json"
expect 0 '' "$MBLAB" run -q -e port $seed
expect_one_line
# Standard output has one form; a form that a command cannot make of what was asked is not left out in silence.
for both in 'tour 1 --json --as html' "boot corpus/boots/x86_64-6.12-uma-2g.log.xz --html - --trace -" "view $seed --html - --json"; do
	expect 2 'standard output has one form' sh -c "'$MBLAB' $both"
	expect_one_line
done
expect 2 'makes no html of this' "$MBLAB" boot corpus/boots/x86_64-6.12-uma-2g.log.xz --explain 100 -o "$scratch/explained.html"
expect 2 'named twice' "$MBLAB" ops -o "$scratch/twice.txt" -o "$scratch/twice.txt"
expect 0 '^ *"bytes":' sh -c "'$MBLAB' view $seed -o '$scratch/page.html' --json"
grep -q '</html>' "$scratch/page.html" || complain 'view -o writes no page where the result is JSON'
# With --json an error is in the object, behind what was found until then.
printf 'memblock_add(0, 1M) = 5\n' >"$scratch/wrong.trace"
expect 2 '"id": "expectation"' sh -c "'$MBLAB' run -e port --json '$scratch/wrong.trace' /nonexistent 2>&-"
grep -q '"error": "/nonexistent: cannot read' "$scratch/out" || complain 'the JSON names no error' "$scratch/out"

# What is wrong with the command line: one line, in these words.
wrong() { # PATTERN WORDS...
	local pattern=$1
	shift
	expect 2 "^mblab: $pattern" "$MBLAB" "$@"
	expect_one_line
}
wrong 'no option --htm; did you mean --html\? \(see mblab view --help\)' view $seed --htm "$scratch/x.html"
wrong 'x: one argument more than expected' diff port port x
wrong '--steps is given more than once' random --steps 2 --steps 3
wrong 'no command kernel nosuch \(mblab kernel --help' kernel nosuch
wrong 'no command kernel nosuch ' help kernel nosuch
wrong 'which command\? \(see mblab regress --help' regress
wrong '.*not in range 1 to ' explore sets --calls 0
wrong '.*not in range 1 to ' explore sets --time 0
wrong '.*not in range 1 to 281474976710656' boot corpus/boots/x86_64-6.12-uma-2g.log.xz --explain 0
wrong '.*not in range 0 to ' cache --limit -5
wrong '/nonexistent/tree: no such folder' since S02 /nonexistent/tree
wrong 'no engine nosuch@' since S02 nosuch
wrong '.*no such folder' diff nosuch port
wrong ".*no file has that name" view $seed -o ''
wrong "--name: a trace from standard input needs one" regress add - --why x

# What is no black box stays as it is.
printf 'memblock_add(0, 1M)\n' >"$scratch/plain.trace"
cp "$scratch/plain.trace" "$scratch/plain.before"
expect 2 'plain.trace: not the black box of a fuzz target' "$MBLAB" convert --black-box "$scratch/plain.trace"
cmp "$scratch/plain.trace" "$scratch/plain.before" || complain 'convert --black-box changes what it reads'

# An engine beside itself is two, each with a state of its own.
printf 'memblock_add(0, 1M)\nmemblock_phys_alloc(4K, 4K)\n' >"$scratch/self.trace"
for engine in port model "$MBLAB_BUILD/bin/engines/port@numa-128.so"; do
	expect 0 'no finding' "$MBLAB" run -e "$engine" -e "$engine" "$scratch/self.trace"
done
# minimize finds what run finds, also where it is what the trace expects.
expect 0 '^memblock_add' "$MBLAB" minimize "$scratch/wrong.trace" -e port

# An answer that could not be written is none, whichever the command.
for command in ops engines laws manual --help 'run corpus/regressions/overlap-without-model.trace' 'convert corpus/seeds/slab.trace' \
	'random --inputs 10' 'export corpus/seeds/slab.trace --as c'; do
	expect 2 'cannot write' sh -c "'$MBLAB' $command >/dev/full"
	expect 2 'cannot write' sh -c "'$MBLAB' $command >&-"
done
expect 2 '' "$MBLAB" random --inputs -1
expect 2 '' "$MBLAB" diff a b --time 99999999999999999999

trace=$scratch/t.trace
printf 'memblock_add(0x1000, 1M)\nmemblock_alloc(0x40, 64) = 0x100fc0\n' >"$trace"
expect 0 'no finding' "$MBLAB" run "$trace"
expect 0 'effect zero' "$MBLAB" run -v "$trace"
# What changed, once; or the whole state; or a picture. A call that is not made says why.
expect 0 '^    [+] \[0x1000, 0x101000\)' "$MBLAB" run "$trace" -v
[ "$(grep -c '0x1000, 0x101000' "$scratch/out")" = 1 ] || complain 'an unchanged region is printed again' "$scratch/out"
expect 0 '' "$MBLAB" run "$trace" --states
[ "$(grep -c '0x1000, 0x101000' "$scratch/out")" = 2 ] || complain 'the state is not printed after each call' "$scratch/out"
expect 0 '^  reserved, after  ' "$MBLAB" run "$trace" --draw
printf 'memblock_add(0, 1M)\nmemblock_free_late(0, 4K)\n' >"$scratch/absent-call.trace"
expect 0 '^  not made: port has no memblock_free_late' "$MBLAB" run -v -e port "$scratch/absent-call.trace"
# Several engines and variants in one word; an engine is one word, whatever stands behind it.
expect 0 'on port model \(numa-4\): no finding' "$MBLAB" run -e port,model --variant numa-4,uma-4 "$trace"
[ "$(grep -c 'no finding' "$scratch/out")" = 2 ] || complain 'not run in both variants' "$scratch/out"
expect 0 'on port \(numa-128\): no finding' "$MBLAB" run -e port "$trace" "$trace"
expect 0 'on model \(uma-highmem-8\): no finding' "$MBLAB" run -e model --variant all "$trace"

# The cache: what is in it, and less of it. What the lab did not put there stays.
cache=$scratch/cache
mkdir -p "$cache/engines" "$cache/trees/1"
head -c 4096 /dev/zero | tee "$cache/engines/old.so" >"$cache/trees/1/memblock.c"
echo mine >"$cache/mine"
touch -d 2001-01-01 "$cache/engines/old.so"
expect 0 '^  engines +1 +4 KiB' env MBLAB_CACHE="$cache" "$MBLAB" cache
expect 0 '^removed 1$' env MBLAB_CACHE="$cache" "$MBLAB" cache --limit 5K
[ ! -e "$cache/engines/old.so" ] && [ -e "$cache/trees/1/memblock.c" ] || complain 'the wrong entry was removed'
expect 0 '^  all +0 KiB' env MBLAB_CACHE="$cache" "$MBLAB" cache --clear
[ -e "$cache/mine" ] || complain 'a file of the user was removed from the cache'
printf 'memblock_add(0x1000, 1M)\nmemblock_alloc(0x40, 64) = 0x1234\n' >"$trace"
expect 1 'expectation: .*expects 0x1234' "$MBLAB" run "$trace"
expect 1 '"id": "expectation"' "$MBLAB" run -q --json "$trace"

# Engines of other releases mean other things: the finding says how to compare them all the same.
if [ -e "$MBLAB_BUILD/bin/engines/linux-6.12@numa-4.so" ]; then
	printf 'variant numa-4\nmemblock_add(0, 1M)\nmemblock_phys_alloc(4K, 4K)\n' >"$scratch/meaning.trace"
	expect 1 'with --by-traits, only what' "$MBLAB" run -e port,linux-6.12 "$scratch/meaning.trace"
	expect 0 'no finding' "$MBLAB" run -e port,linux-6.12 "$scratch/meaning.trace" --by-traits
fi

# What is printed for a finding is itself a trace that shows it again.
"$MBLAB" run "$trace" | sed 1d >"$scratch/again.trace" || true
expect 1 'expects 0x1234' "$MBLAB" run "$scratch/again.trace"

# A finding says which files it is about, and is run on them again.
engine=$MBLAB_BUILD/bin/engines/port@numa-4.so
printf 'variant numa-4\nmemblock_add(0x1000, 1M) = 5\n' >"$trace"
expect 1 '' "$MBLAB" run -e "$engine" "$trace"
sed 1d "$scratch/out" >"$scratch/again.trace"
expect 1 "^engine $engine" "$MBLAB" run "$scratch/again.trace"

bad_trace() { # line pattern
	printf 'memblock_add(0, 1M)\n%s\n' "$1" >"$trace"
	expect 2 "t\.trace:2: $2" "$MBLAB" run "$trace"
	expect_one_line
}
bad_trace 'memblock_ad(0, 1)' "expected an operation .*memblock_ad"
bad_trace 'memblock_add(0)' 'expected 2 arguments for memblock_add, found 1'
bad_trace 'memblock_add(0, 1, 2)' 'expected 2 arguments for memblock_add, found more'
bad_trace 'memblock_add(zero, 1)' "expected a value for base of memblock_add, found 'zero'"
bad_trace 'memblock_add(0, 99999999999999999999)' 'expected a value for size'
bad_trace 'memblock_add 0 1' 'expected a call'
bad_trace 'memblock_add(0, 1) ?' "expected '= value' or nothing"
bad_trace 'early_param(memblock=debug)' 'expected a string in quotes'
bad_trace 'variant numa-4' "expected 'variant' before the first call"

printf 'variant nonsense\nmemblock_add(0, 1M)\n' >"$trace"
expect 2 "no variant 'nonsense'; there are: numa-128" "$MBLAB" run "$trace"
expect 2 'no engine linux-9.99@numa-128 .* built for numa-128 are: ' "$MBLAB" run --variant numa-128 -e linux-9.99 "$trace"
expect 2 'not an engine' "$MBLAB" run --variant numa-128 -e /bin/true.so "$trace"
expect 2 'different variants' "$MBLAB" run --variant numa-128 -e port -e "${MBLAB_BUILD}/bin/engines/port@uma-4.so" "$trace"

# Any bytes are a binary trace, and a text trace survives the way there and back.
head -c 3000 "$MBLAB" >"$scratch/bytes"
expect 0 '^(memblock|world|for_each)_[a-z_]+\(.*\)$' "$MBLAB" convert "$scratch/bytes"
printf 'memblock_add_node(0x12345678, 0x1001, NUMA_NO_NODE, MEMBLOCK_MIRROR|MEMBLOCK_NOMAP)\nearly_param("reserve_mem=4K:4K:x")\n' >"$trace"
"$MBLAB" convert "$trace" >"$scratch/binary"
"$MBLAB" convert "$scratch/binary" >"$scratch/text"
diff "$trace" "$scratch/text" || complain "the text form is another after its way through the binary form"
finish
