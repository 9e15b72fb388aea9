#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The boots of docs/findings.md: each command line makes a real kernel say what the document says that it does. About 10 s a boot.
. "$(dirname "$0")/common.sh"
cache=${MBLAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/memblock-lab}/kernels/x86_64
command -v qemu-system-x86_64 >/dev/null || { echo 'no qemu-system-x86_64'; exit 77; }
needs "$cache/busybox" 'no busybox: mblab kernel get linux-7.3@x86_64'

# A machine that mounts what a command needs, runs it and powers off.
initramfs() { # COMMAND
	mkdir -p "$scratch/root/bin" "$scratch/root/proc" "$scratch/root/sys"
	cp "$cache/busybox" "$scratch/root/bin/busybox"
	cat >"$scratch/root/init" <<-END
	#!/bin/busybox sh
	/bin/busybox mount -t proc none /proc
	/bin/busybox mount -t sysfs none /sys
	/bin/busybox mount -t tracefs none /sys/kernel/tracing
	${1:+/bin/busybox $1}
	/bin/busybox poweroff -f
	END
	chmod +x "$scratch/root/init"
	(cd "$scratch/root" && find . | bin/busybox cpio -o -H newc 2>/dev/null) >"$scratch/initramfs"
}

# says KERNEL MACHINE COMMAND-LINE COMMAND: whether the console says the lines of $scratch/says, in this order, before the machine ends
# or has had its time.
says() {
	local machine wanted line at=0
	read -ra machine <<<"$2"
	mapfile -t wanted <"$scratch/says"
	initramfs "$4"
	: >"$scratch/console"
	exec 4< <(exec timeout "${MBLAB_BOOT_TIMEOUT:-120}" qemu-system-x86_64 -accel tcg -nodefaults -display none -monitor none -no-reboot \
		-serial stdio -kernel "$cache/${1%@*}/vmlinuz" -initrd "$scratch/initramfs" "${machine[@]}" \
		-append "console=ttyS0 earlyprintk=ttyS0 ignore_loglevel nokaslr panic=-1 $3" 2>&1 </dev/null)
	local pid=$!
	while [ "$at" -lt ${#wanted[@]} ] && IFS= read -r line <&4; do
		printf '%s\n' "$line" >>"$scratch/console"
		[[ $line != *"${wanted[at]}"* ]] || at=$((at + 1))
	done
	kill "$pid" 2>/dev/null || true
	exec 4<&-
	[ "$at" = ${#wanted[@]} ]
}

expect 0 '' "$MBLAB" findings --boots
cp "$scratch/out" "$scratch/boots"
[ "$(grep -c '^[^	]' "$scratch/boots")" -ge 5 ] || complain 'fewer than five boots are documented' "$scratch/boots"
ran=0
while IFS='|' read -r id kernel machine line command <&3; do
	if [ ! -f "$cache/${kernel%@*}/vmlinuz" ]; then
		echo "no kernel image for $id: mblab kernel get $kernel"
		continue
	fi
	awk -F '\t' -v id="$id" '/^\t/ { if (on) print $2; next } { on = $1 == id }' "$scratch/boots" >"$scratch/says"
	[ -s "$scratch/says" ] || complain "$id: the document does not say what its boot says"
	says "$kernel" "$machine" "$line" "$command" ||
		complain "$id: the console of $kernel does not say it:" <(cat "$scratch/says"; echo ...; tail -n 16 "$scratch/console")
	ran=$((ran + 1))
	# Not every boot says it: the machine of the last one without its command line.
	[ "$id" != trim-total-size-seen ] || ! says "$kernel" "$machine" '' '' || complain "$id: shows without its command line"
done 3< <(grep '^[^	]' "$scratch/boots" | tr '\t' '|')
[ $ran -gt 0 ] || exit 77
finish
