# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# What build-engine and build-suite share. They set root, usage() and the defaults of their options before they call it.

fail() { # message [compiler output]
	echo "$(basename "$0"): $1" >&2
	if [ $# -ge 2 ]; then # by the tree's names, not by those of the links to it
		{ grep -m1 -E 'error|undefined reference' "$2" || head -n 1 "$2"; } | sed "s,${work:-/nowhere}/tree/linux/,include/linux/,g; s,${work:-/nowhere}/tree/,mm/,g" >&2
	fi
	exit 2
}

# take_options KNOWN ARGUMENTS...: --some-name VALUE sets some_name; words without dashes are left in the array words.
take_options() {
	local known=$1 key
	shift
	words=()
	while [ $# -gt 0 ]; do
		case $1 in
		-h | --help) usage; exit 0 ;;
		--*)
			key=${1#--}
			[[ " $known " = *" $key "* ]] || fail "unknown option $1 (see --help)"
			[ $# -ge 2 ] || fail "$1 needs a value"
			printf -v "${key//-/_}" %s "$2"; shift 2 ;;
		-*) fail "unknown option $1 (see --help)" ;;
		*) words+=("$1"); shift ;;
		esac
	done
}

need_compilers() {
	local compiler
	for compiler in "$cc" "$cxx"; do
		command -v "${compiler%% *}" >/dev/null || fail "compiler $compiler not found"
	done
}

# The variant as the kernel's configuration, into defines.
configure() { # words, comma-separated
	local word option value
	while read -r word option value; do
		[[ $word != '#'* ]] || continue
		case $word in
		always) ;;
		!*) [[ ,$1, != *,${word#!},* ]] || continue ;;
		*) [[ ,$1, = *,$word,* ]] || continue ;;
		esac
		defines+=("-D$option=${value:-1}")
	done <"$root/core/engine/options.txt"
}

# The folder that objects are made in: $work, which stays, or a temporary one.
enter_work() {
	if [ -n "$work" ]; then
		[ ! -d "$work" ] || [ -z "$(ls -A "$work")" ] || fail "the folder $work is not empty"
		mkdir -p "$work" && work=$(cd "$work" && pwd) || fail "cannot make the folder $work"
	else
		work=$(mktemp -d "${TMPDIR:-/tmp}/mblab-build.XXXXXX")
		trap 'rm -rf "$work"' EXIT
	fi
}

# Where the port is.
port=$root/memblock

# The subject, the port or a tree: its header and its source under the names that #include looks for.
find_subject() { # port|TREE
	local file
	if [ "$1" = port ]; then
		header=$port/include/linux/memblock.h
		includes=(-I"$port/include")
	else
		[ -d "$1" ] || fail "no such folder: $1"
		for file in mm/memblock.c include/linux/memblock.h; do
			[ -f "$1/$file" ] || fail "$1 has no $file"
		done
		header=$1/include/linux/memblock.h
		mkdir -p "$work/tree/linux"
		ln -s "$header" "$work/tree/linux/memblock.h"
		ln -s "$1/mm/memblock.c" "$work/tree/memblock.c"
		if [ -f "$1/include/linux/kho/abi/memblock.h" ]; then # names of the device tree that it hands over
			mkdir -p "$work/tree/linux/kho/abi"
			ln -s "$1/include/linux/kho/abi/memblock.h" "$work/tree/linux/kho/abi/memblock.h"
		fi
		includes=(-I"$work/tree")
		# Until 6.4 MAX_ORDER was one past the greatest order; the source says which by what it subtracts.
		! grep -q 'MAX_ORDER - 1' "$1/mm/memblock.c" || defines+=(-DMBLAB_MAX_ORDER_IS_EXCLUSIVE=1)
	fi
	# Newer headers leave it to mm, where it is without a result.
	grep -qw memblock_free_all "$header" || defines+=(-DMBLAB_FREE_ALL_IN_MM=1)
	includes+=(-I"$root/shim" -I"$root/shim/noop" -I"$root/shim/instep" -I"$root/shim/recorded" -I"$work")
}

# The same of an old tree's bootmem, instead of its memblock.
find_bootmem() { # TREE
	local file
	for file in mm/bootmem.c include/linux/bootmem.h; do
		[ -f "$1/$file" ] || fail "$1 has no $file: bootmem is in the kernels up to v4.19"
	done
	header=$1/include/linux/bootmem.h
	mkdir -p "$work/tree/linux"
	ln -s "$header" "$work/tree/linux/bootmem.h"
	ln -s "$1/mm/bootmem.c" "$work/tree/bootmem.c"
	includes=(-I"$work/tree" -I"$root/shim" -I"$root/shim/noop" -I"$root/shim/instep" -I"$root/shim/recorded" -I"$work")
}

# What the kernel's own build says about the language it is written in. It reads numbers at any alignment (of device trees).
kernel_c=(-std=gnu11 -w -fno-strict-aliasing -fno-strict-overflow -fno-delete-null-pointer-checks -fno-common -fno-sanitize=alignment)
port_cxx=(-std=c++20 -fno-exceptions -fno-rtti)
common=()
objects=()

# Every header that the tree's files include and no folder has.
missing_headers() {
	local name
	sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]\([^>"]*\)[>"].*/\1/p' "$work"/tree/*.c "$header" | sort -u |
		while read -r name; do
			printf '#if !__has_include(<%s>)\n#warning lacks %s\n#endif\n' "$name" "$name"
		done >"$work/headers.c"
	"$cc" "${includes[@]}" -E "$work/headers.c" 2>&1 >/dev/null | sed -n 's/.*#warning lacks \([^ ]*\).*/\1/p' | sort -u | paste -sd ' '
}

# compile OBJECT SOURCE MESSAGE COMPILER...: one more object.
compile() {
	local object=$work/$1 source=$2 message=$3 missing=''
	shift 3
	if ! "$@" "${common[@]}" "${defines[@]}" "${includes[@]}" -c "$source" -o "$object" 2>"$work/errors"; then
		[ ! -e "$work/tree" ] || ! grep -q 'fatal error: .*\.h' "$work/errors" || missing=$(missing_headers)
		[ -z "$missing" ] || fail "$message: it includes ${missing// /, }, which the shim lacks; add shim/noop/${missing%% *} and so on (docs/how-to-support-a-new-kernel.md)"
		fail "$message" "$work/errors"
	fi
	objects+=("$object")
}

compile_subject() { # port|TREE flags...
	local subject=$1 source
	shift
	if [ "$subject" = port ]; then
		for source in "$port"/*.cpp; do
			compile "subject-$(basename "$source" .cpp).o" "$source" "the port does not compile ($(basename "$source"))" "$cxx" "${port_cxx[@]}" "$@"
		done
	else
		compile subject-memblock.o "$work/tree/memblock.c" "$subject/mm/memblock.c does not compile" "$cc" "${kernel_c[@]}" "$@"
	fi
}

# use_kept OUT-OF...: sets kept to the file in the folder $worlds, if there is one, that has what these words and the files on standard input
# make, and takes it where it is there already.
use_kept() {
	local file
	kept=''
	[ -n "${worlds-}" ] || return 1
	kept=$worlds/$({ printf '%s\n' "$@"; while read -r file; do [ ! -f "$file" ] || cat "$file"; done; } | sha1sum | cut -d ' ' -f 1).o
	[ -f "$kept" ] || return 1
	touch -c "$kept" 2>/dev/null || true # the last to go from the cache (core/run/cache.hpp)
	objects+=("$kept")
}
# keep FILE: under the name of kept, for other engines.
keep() {
	[ -z "$kept" ] || { mkdir -p "$worlds" && cp "$1" "$kept.$$" && mv "$kept.$$" "$kept"; } || fail "cannot write to $worlds"
}
# The files that every object of ours is made of; of a tree's own headers those that the world includes.
shared_parts() {
	find "$root/shim" -type f | LC_ALL=C sort
	printf '%s\n' "$root/core/state/state.h" "$root/core/op/ops.h" "$root/core/op/ops.def" "$work/tree/linux/kho/abi/memblock.h"
}

# The world is most of what is compiled, and the same for every subject of a variant.
compile_world() { # flags...
	local source of_world=() kept
	mapfile -t of_world < <(printf '%s\n' "${defines[@]}" | grep -vE '^-D(MBLAB_ENGINE_NAME|INIT_)')
	! use_kept world "$cxx" "$("$cxx" --version)" "${of_world[@]}" "${common[@]}" "$@" < <(shared_parts) || return 0
	of_world=("${objects[@]}") objects=()
	for source in "$root"/shim/world/*.cpp; do
		compile "world-$(basename "$source" .cpp).o" "$source" "the world does not compile ($(basename "$source"))" "$cxx" "${port_cxx[@]}" "$@"
	done
	if [ -n "$kept" ]; then
		"$cxx" "${common[@]}" -r -nostdlib -o "$work/world.o" "${objects[@]}" && keep "$work/world.o" || fail 'the world does not link'
	fi
	objects=("${of_world[@]}" "${objects[@]}")
}

# So is an adapter, for every tree with the same header and the same functions.
compile_adapter() { # SOURCE MESSAGE COMPILER...
	local source=$1 message=$2 kept
	shift 2
	! use_kept adapter "$source" "$("$1" --version)" "${defines[@]}" "${common[@]}" "$@" \
		< <(shared_parts; printf '%s\n' "$root"/core/engine/*.[ch] "$header" "$work/mblab_features.h" "$work/mblab_absent.h") || return 0
	compile adapter.o "$source" "$message" "$@"
	keep "$work/adapter.o"
}

# link WHAT COMMAND...: into the folder of the objects; deliver OUT puts it in its place, so that OUT is whole or untouched.
link() {
	local what=$1
	shift
	"$@" -o "$work/linked" 2>"$work/errors" || fail "$what does not link" "$work/errors"
}

deliver() {
	# Moving from one file system to another is copying: half a copy never has the name.
	mkdir -p "$(dirname "$1")" && mv "$work/linked" "$1.$$.part" 2>"$work/errors" && mv "$1.$$.part" "$1" && return
	rm -f "$1.$$.part"
	fail "cannot write $1" "$work/errors"
}
