#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each layer includes only those before it; lab/model and lab/contracts include nothing of memblock/.
. "$(dirname "$0")/common.sh"

# bad FOLDER PATTERN: no #include in FOLDER may match PATTERN.
bad() {
	if grep -rnE "^[[:space:]]*#[[:space:]]*include[[:space:]]+[<\"]($2)" "$1" --include='*.?pp' --include='*.c' --include='*.h' >"$scratch/hits"; then
		echo "FAIL: $1 must not include $2:"
		cat "$scratch/hits"
		failures=$((failures + 1))
	fi
}

bad shim 'lab/|memblock/|fuzz/|properties/|tools/|bench/|linux/memblock\.h'
bad memblock 'lab/|fuzz/|properties/|tools/|bench/|world/'
bad lab 'fuzz/|properties/|tools/|bench/|memblock/'
bad lab/model 'linux/|memblock|early'
bad lab/contracts 'linux/|memblock|early|lab/model'
bad fuzz 'properties/|tools/|bench/|memblock/|linux/'
bad properties 'fuzz/|tools/|bench/|memblock/|linux/'
bad tools/mblab 'fuzz/|properties/|bench/|memblock/|linux/memblock'
bad bench 'fuzz/|properties/|tools/|memblock/'
# Of the lab only the adapter speaks the kernel's headers.
for source in lab/*/*.?pp; do
	bad "$source" 'linux/(memblock|mm|slab|bug)\.h'
done
finish
