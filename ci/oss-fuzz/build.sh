#!/bin/bash -eu
# SPDX-License-Identifier: GPL-2.0-or-later
# What a fuzzing farm runs in its own environment ($SRC, $OUT, $WORK, the compilers and their flags, $LIB_FUZZING_ENGINE):
# targets, engines, seeds, dictionaries and options into $OUT. Beyond the farm's variables:
#   MBLAB_TREE     a kernel tree, else $SRC/linux; without either there is no kernel to compare with
#   MBLAB_TARGETS  these targets only
#   MBLAB_TOOL     an mblab to make the seeds with, instead of building one
#   MBLAB_PATCH    build the port with this change, such as tests/canaries/NAME.patch
cd "$SRC/memblock-lab"
build=$WORK/memblock-lab
tree=${MBLAB_TREE:-$SRC/linux}
[ -f "$tree/mm/memblock.c" ] || { echo 'build.sh: no kernel tree: the port is compared with the model alone'; tree=''; }
mapfile -t targets < <(sed -e '/^#/d' -e '/^$/d' fuzz/targets.txt | awk -v only=" ${MBLAB_TARGETS-} " 'only == "  " || index(only, " " $1 " ") { print $1 }')
if [ -z "$tree" ]; then # there is no engine for these to run
	mapfile -t targets < <(printf '%s\n' "${targets[@]}" | grep -v '^single-')
fi
tools=(mblab)
[ -z "${MBLAB_TOOL-}" ] || tools=()

# The farm's flags say all about optimisation and instrumentation; the farm runs targets where this image's libraries are not.
cmake -G Ninja -S . -B "$build" -DCMAKE_BUILD_TYPE= -DMBLAB_FUZZ=ON -DMBLAB_STATIC=ON -DMBLAB_TREE="$tree" \
	-DMBLAB_TREES="$SRC/no-trees" -DMBLAB_FUZZING_ENGINE="$LIB_FUZZING_ENGINE" -DMBLAB_PATCH="${MBLAB_PATCH-}"
cmake --build "$build" --target "${targets[@]}" "${tools[@]}"

fuzz/make-seeds "${MBLAB_TOOL:-$build/bin/mblab}" "$WORK/seeds"
fuzz/make-dictionaries "$WORK"
mkdir -p "$OUT/engines"
cp "$build"/bin/engines/*.so "$OUT/engines/"
for target in "${targets[@]}"; do
	cp "$build/bin/$target" "$OUT/"
	form=$(awk -v name="$target" '$1 == name { print $3 }' fuzz/targets.txt)
	rm -f "$OUT/${target}_seed_corpus.zip"
	(cd "$WORK/seeds/$form" && zip -qr "$OUT/${target}_seed_corpus.zip" .)
	[ ! -e "$WORK/$target.dict" ] || cp "$WORK/$target.dict" "$OUT/"
	# Logs are longer than traces. The harness opens its engines once for all inputs, and leaves them open.
	{ echo '[libfuzzer]'; grep ' = ' fuzz/options.txt; } >"$OUT/$target.options"
	[ "$form" != log ] || sed -i 's/^max_len = .*/max_len = 65536/' "$OUT/$target.options"
done
