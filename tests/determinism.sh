#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The same seed gives the same outcomes: twice, at -O0 and -O2, from gcc and from clang.
. "$(dirname "$0")/common.sh"
engines=$scratch/engines
mkdir "$engines"
clang=${MBLAB_CLANG:-clang-19}
hash_of() { # name compiler c++ flags
	core/engine/build-engine --subject port --name port --variant 'numa,regions=4,physmap,deferred' --out "$engines/port@numa-4.so" --cc "$2" --cxx "$3" --flags "$4" >&2
	MBLAB_ENGINES=$engines "$MBLAB" random --variant numa-4 --seed 7 --inputs 100000 --steps 30
}
first=$(hash_of gcc-O2 gcc g++ -O2)
echo "$first"
again=$(MBLAB_ENGINES=$engines "$MBLAB" random --variant numa-4 --seed 7 --inputs 100000 --steps 30)
[ "$again" = "$first" ] || complain "a second run gives $again"
for build in "gcc g++ -O0" "$clang ${clang/clang/clang++} -O0" "$clang ${clang/clang/clang++} -O2"; do
	read -r cc cxx flags <<<"$build"
	other=$(hash_of x "$cc" "$cxx" "$flags")
	[ "$other" = "$first" ] || complain "$build gives $other"
done
other=$(MBLAB_ENGINES=$engines "$MBLAB" random --variant numa-4 --seed 8 --inputs 1000)
[ "$other" != "$first" ] || complain 'the seed makes no difference'
finish
