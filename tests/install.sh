#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# cmake --install gives an mblab that works from anywhere, for anybody, with a manual page and completion; and examples/property
# builds against what was installed, and holds.
. "$(dirname "$0")/common.sh"
root=$PWD
prefix=$scratch/prefix
unset MBLAB_ENGINES MBLAB_HOME

expect 0 '' env DESTDIR="$scratch/staged" cmake --install "$MBLAB_BUILD" --prefix /opt/mblab
# Moved after it was staged, as a package is: nothing may remember where it was.
mkdir "$prefix" && mv "$scratch/staged/opt/mblab"/* "$prefix"
[ "$(cd "$scratch/staged" && find . -type f)" = '' ] || complain 'installed outside its prefix'
installed=$prefix/bin/mblab

# ---- the program: another folder, another user, a prefix that nobody may write ----
chmod -R a+rX,a-w "$prefix"
chmod a+rx "$scratch"
other=()
if [ "$(id -u)" = 0 ]; then other=(setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent); fi
elsewhere=$scratch/elsewhere
mkdir -m 777 "$elsewhere"
printf 'variant uma-4\nmemblock_add(0x1000, 1M)\nmemblock_alloc(0x40, 64) = 0x100fc0\n' >"$elsewhere/t.trace"
cd "$elsewhere"
expect 0 "^in $prefix/lib/memblock-lab/engines:" "${other[@]}" "$installed" engines
expect 0 'no finding' "${other[@]}" "$installed" run t.trace
expect 0 'no finding' "${other[@]}" "$installed" run "$prefix/share/memblock-lab/corpus/seeds/boot-uma.trace"
if [ -f "$tree/mm/memblock.c" ]; then
	# These need the sources that were installed. The other user may not see the tree where it is.
	cp -r "$tree" tree && chmod -R a+rX tree
	expect 0 'so the lab' "${other[@]}" "$installed" tree tree
	expect 0 '([0-9]+) of \1 checks pass' "${other[@]}" env CC="$CC" CXX="$CXX" "$installed" suite tree --uma --subject tree
fi
expect 0 '' "${other[@]}" "$prefix/share/memblock-lab/core/engine/build-engine" --subject port --name mine --variant uma,regions=4,keep,debugfs,physmap,memmap \
	--out "$elsewhere/mine@uma-4.so" --cc "$CC" --cxx "$CXX" --flags -O0
expect 0 'ops on port mine .*no finding' "${other[@]}" "$installed" run -e port -e "$elsewhere/mine@uma-4.so" t.trace
expect 2 '^mblab: .*/t\.trace: cannot create: ' "${other[@]}" "$installed" regress add t.trace --why x
expect_one_line

# ---- for people ----
page=$prefix/share/man/man1/mblab.1
completion=$prefix/share/bash-completion/completions/mblab
if command -v groff >/dev/null; then
	expect 0 '' groff -man -ww -Tutf8 "$page"
	groff -man -ww -Tutf8 "$page" 2>"$scratch/warnings" >/dev/null
	[ ! -s "$scratch/warnings" ] || complain 'groff warns:' "$scratch/warnings"
fi
if command -v mandoc >/dev/null; then expect 0 '' mandoc -Tlint -Wwarning "$page"; fi
if command -v man >/dev/null; then expect 0 'mblab run' env MANWIDTH=200 man -l "$page"; fi

complete_words() { # WORDS...: what bash offers for the last of them
	bash -c '. "$1"; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _mblab; printf "%s\n" "${COMPREPLY[@]}"' bash "$completion" "$@"
}
expect 0 '_mblab mblab' bash -c ". '$completion'; complete -p mblab"
commands=$("$installed" --help | sed -n 's/^  \([a-z]\+\)[ ,].*/\1/p')
[ "$(wc -w <<<"$commands")" -ge 16 ] || complain '--help lists too few subcommands'
for command in $commands; do
	expect 0 "^$command$" complete_words "$installed" "${command:0:2}"
	grep -qF "\\fBmblab $command\\fR" "$page" || complain "$command is not in the manual page"
	for option in $("$installed" "$command" --help | sed -n '/^Options:/,/^$/s/^  \(-[-a-z,]*\).*/\1/p' | tr , ' '); do
		expect 0 "^$option$" complete_words "$installed" "$command" "$option"
		[ "$option" = -h ] || [ "$option" = --help ] || grep -qF "\\fB${option//-/\\-}\\fR" "$page" ||
			complain "$command $option is not in the manual page"
	done
done
expect 0 '^--why$' complete_words "$installed" regress add --
expect 0 '^uma-4$' complete_words "$installed" run --variant uma
expect 0 '^model$' complete_words "$installed" run -e mo
expect 0 '^t\.trace$' complete_words "$installed" run t

# ---- find_package: the example outside of this folder ----
cp -r "$root/examples/property" "$elsewhere/property"
expect 0 '' cmake -S property -B built -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$CXX"
expect 0 '' cmake --build built
expect 0 'OK, passed 100 tests' "${other[@]}" built/freed_memory_comes_back
chmod -R u+w "$prefix"
finish
