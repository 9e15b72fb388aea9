#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A booted kernel and its own tree behind the shim do the same: a kept trace, random ones, and a kernel that panics; and QEMU ends with us.
. "$(dirname "$0")/common.sh"
guest=guest:$reference@x86_64
cache=${MBLAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/memblock-lab}
command -v qemu-system-x86_64 >/dev/null || { echo 'no qemu-system-x86_64'; exit 77; }
needs "$cache/kernels/x86_64/$reference/vmlinuz" "no kernel image: mblab kernel get $reference@x86_64"
needs_tree

# More reservations than the static array holds, so that it moves into the guest's RAM; nodes; walks; allocations; at last a panic.
calls() { # BASE RESERVATIONS
	echo 'memblock_allow_resize()'
	echo "memblock_add_node($1, 0x20000000, 1, MEMBLOCK_NONE)"
	for ((i = 0; i < $2; i++)); do printf 'memblock_reserve(0x%x, 0x1000)\n' $(($1 + i * 0x4000)); done
	cat <<-END
		memblock_alloc(0x3000, 0x1000)
		memblock_alloc_range_nid(0x1000, 0x40, 0x0, 0x0, 3, false)
		for_each_free_mem_range(NUMA_NO_NODE, MEMBLOCK_NONE, 10)
		memblock_set_bottom_up(true)
		memblock_alloc_raw(0x1000, 0x0)
		early_param("reserve_mem=1M:4096:abc")
		reserve_mem_find_by_name("abc")
		memblock_reserved_mark_noinit($1, 0x100000)
		memblock_alloc_or_panic(0x10000000000, 0x10)
	END
}
calls 0x10000000 130 >"$scratch/trace"
expect 0 "14[0-9] ops on $guest $reference port model .x86_64.: no finding; 1 panic" \
	"$MBLAB" run "$scratch/trace" -e "$guest" -e "$reference" -e port -e model
expect 0 'ops [0-9]{3}' "$MBLAB" random -e "$reference" -e "$guest" --variant x86_64 --shared --inputs 12
# The same on other architectures, where there is an image: RAM and arrays are elsewhere.
while read -r name qemu variant calls; do
	if [ ! -f "$cache/kernels/${name#*@}/${name%@*}/vmlinuz" ] || [ ! -d "build/trees/${name%@*}" ] || ! command -v "$qemu" >/dev/null; then continue; fi
	# shellcheck disable=SC2086 # two words
	calls $calls >"$scratch/elsewhere"
	expect 0 'ops on guest:.*: no finding' "$MBLAB" run "$scratch/elsewhere" --variant "$variant" -e "guest:$name" -e "${name%@*}"
done <<-END
	$reference@arm64 qemu-system-aarch64 arm64 0x50000000 650
	linux-6.12@riscv64 qemu-system-riscv64 x86_64 0x90000000 130
END

# What differs is found: the same calls behind a shim that another page would be reserved by.
sed 's/memblock_alloc(0x3000, 0x1000)/memblock_alloc(0x3000, 0x1000) = 0x1000/' "$scratch/trace" >"$scratch/wrong"
expect 1 'expectation: memblock_alloc' "$MBLAB" run "$scratch/wrong" -e "$guest" -e "$reference"

# Killed without a chance to clean up, mblab leaves no QEMU behind.
"$MBLAB" random -e "$guest" --variant x86_64 --inputs 100000 >"$scratch/killed" 2>&1 &
ours=$!
child=''
while kill -0 $ours 2>/dev/null && [ -z "$child" ]; do child=$(pgrep -P "$(pgrep -P $ours || echo $ours)" qemu || true); done
[ -n "$child" ] || complain 'no QEMU was started' "$scratch/killed"
kill -KILL $ours
wait $ours 2>/dev/null || true
for ((i = 0; i < 100000; i++)); do [ -e "/proc/${child:-0}" ] || break; done
grep -qs '^State:.*[^Z] (' "/proc/${child:-0}/status" && ! grep -q '^State:[[:space:]]*Z' "/proc/$child/status" && complain "QEMU $child outlives mblab"

# A kernel that no longer answers a call is a fault in bounded time. It is stopped once calls are made: the lab has written much to its stub.
MBLAB_GUEST_TIMEOUT=4 timeout 120 "$MBLAB" random -e "$guest" --variant x86_64 --inputs 100000 >"$scratch/hung" 2>&1 &
ours=$!
child='' written=0
while kill -0 $ours 2>/dev/null && [ "$written" -lt 20000 ]; do
	[ -n "$child" ] || child=$(pgrep -P "$(pgrep -P "$(pgrep -P $ours || echo $ours)" || echo $ours)" qemu || true)
	[ -z "$child" ] || written=$(awk '/^syscw/ { print $2 }' "/proc/$(awk '/^PPid/ { print $2 }' "/proc/$child/status" 2>/dev/null)/io" 2>/dev/null || echo 0)
done
kill -STOP "${child:-0}" 2>/dev/null || complain 'no QEMU to stop' "$scratch/hung"
hung=0
wait $ours || hung=$?
[ $hung = 1 ] || complain "a kernel that does not answer ends with $hung, wanted 1:" "$scratch/hung"
grep -q '^# fault: .*the guest did not answer within 4 s' "$scratch/hung" || complain 'it is not said that the guest did not answer:' "$scratch/hung"
[ ! -e "/proc/${child:-0}/exe" ] || complain "QEMU $child outlives the run"

# Nor does one that never boots keep anybody waiting.
mkdir "$scratch/bin"
printf '#!/bin/sh\nexec sleep 1000\n' >"$scratch/bin/qemu-system-x86_64"
chmod +x "$scratch/bin/qemu-system-x86_64"
PATH=$scratch/bin:$PATH MBLAB_GUEST_TIMEOUT=2 expect 2 'does not boot to its first call of memblock: the guest did not answer within 2 s' \
	timeout 60 "$MBLAB" run "$scratch/trace" -e "$guest"
MBLAB_GUEST_TIMEOUT=soon expect 2 "MBLAB_GUEST_TIMEOUT: 'soon' is no number of seconds" "$MBLAB" run "$scratch/trace" -e "$guest"

# Two runs at once do not meet.
for one in 1 2; do "$MBLAB" random -e "$reference" -e "$guest" --variant x86_64 --shared --inputs 4 --seed $one >"$scratch/at-once.$one" 2>&1 & done
wait
for one in 1 2; do
	expect 0 '' "$MBLAB" random -e "$reference" -e "$guest" --variant x86_64 --shared --inputs 4 --seed $one
	cmp -s "$scratch/out" "$scratch/at-once.$one" || complain "run $one is another one beside a second:" <(diff "$scratch/out" "$scratch/at-once.$one")
done

expect 2 'no kernel linux-1.0@x86_64 here: fetch it with mblab kernel get linux-1.0@x86_64' "$MBLAB" run "$scratch/trace" -e guest:linux-1.0@x86_64
expect_one_line
expect 2 'which kernel' "$MBLAB" kernel get 7.3
finish
