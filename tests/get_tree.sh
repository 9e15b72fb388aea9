#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# get-tree: a tree is taken from whatever holds one, is there whole or not at all, and each mistake is one line. Without network.
. "$(dirname "$0")/common.sh"

get=apps/tree/get-tree
export MBLAB_CACHE=$scratch/cache
kernel=$scratch/linux
mkdir -p "$kernel/mm" "$kernel/include/linux" "$kernel/drivers/mm"
printf '# SPDX\nVERSION = 7\nPATCHLEVEL = 9\nSUBLEVEL = 1\n' >"$kernel/Makefile"
for file in mm/memblock.c include/linux/memblock.h mm/internal.h drivers/mm/memblock.c; do echo "/* $file */" >"$kernel/$file"; done

mkdir -p "$kernel/tools/include/linux"
ln -s ../../../include/linux/memblock.h "$kernel/tools/include/linux/memblock.h"
ln -s ../../../include/linux/pci_ids.h "$kernel/tools/include/linux/pci_ids.h"

# taken NAME: the tree is there, with the parts that are wanted and no others.
taken() {
	rm -rf "$scratch/trees"
	expect 0 "^$scratch/trees/linux-7.9\$" $get "$1" --into "$scratch/trees"
	expect 0 '' cmp "$kernel/mm/memblock.c" "$scratch/trees/linux-7.9/mm/memblock.c"
	expect 0 '' test ! -e "$scratch/trees/linux-7.9/drivers"
	# A link stays where what it names was taken as well, and only there.
	expect 0 '' test -f "$scratch/trees/linux-7.9/tools/include/linux/memblock.h"
	expect 0 '' test ! -L "$scratch/trees/linux-7.9/tools/include/linux/pci_ids.h"
}
taken "$kernel"
git -C "$kernel" init -q && git -C "$kernel" add . && git -C "$kernel" -c user.name=x -c user.email=x commit -qm x
taken "git:$kernel@HEAD"
tar -cJf "$scratch/linux.tar.xz" -C "$scratch" linux
taken "$scratch/linux.tar.xz"
tar -czf "$scratch/linux.tar.gz" -C "$scratch" linux
taken "$scratch/linux.tar.gz"

# refused PATTERN NAME: one line, exit 2, and the tree that was there stays.
refused() {
	expect 2 "^get-tree: $1" $get "$2" --into "$scratch/trees"
	expect_one_line
	expect 0 '' cmp "$kernel/mm/memblock.c" "$scratch/trees/linux-7.9/mm/memblock.c"
	expect 0 '' test -z "$(find "$scratch/trees" -name '.unpacking*')"
}
head -c 300 "$scratch/linux.tar.xz" >"$scratch/cut.tar.xz"
refused 'cannot unpack' "$scratch/cut.tar.xz"
refused '.* is no kernel tree' "$PWD/core"
refused '.* has no revision none' "git:$kernel@none"
refused 'no such file' "$scratch/absent.tar.xz"
refused 'no such folder' "$scratch/absent/folder"
echo text >"$scratch/false.deb"
refused '.* is no package' "$scratch/false.deb"
rm -rf "$scratch/trees"
expect 0 "^$scratch/trees/linux-7.9\$" "$MBLAB" tree get "$kernel" --into "$scratch/trees"
expect 2 'no such folder' "$MBLAB" tree get "$scratch/absent/folder" --into "$scratch/trees"
expect_one_line
expect 2 'HOME is not set' env -u HOME -u MBLAB_CACHE -u XDG_CACHE_HOME $get "$kernel"
expect 2 'which tree' $get
finish
