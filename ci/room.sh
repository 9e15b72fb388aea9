# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Is there room to write in a folder? What a fuzzer cannot write it leaves out, or leaves half, and says nothing.
room() { [ "$(df --output=avail -k -- "$1" | tail -n 1)" -ge "${MBLAB_ROOM_KB:-16384}" ]; }
no_room() { echo "$(df --output=target -- "$1" | tail -n 1) is full (less than ${MBLAB_ROOM_KB:-16384} KB free)"; }

# Inputs are named after their content (SHA-1). One that is not was cut short by a kill or a full disk: it goes on under its own name.
mend_inputs() { # folder
	local hash path
	(cd "$1" && find . -maxdepth 1 -type f -regextype egrep -regex '\./[0-9a-f]{40}' -exec sha1sum {} + | while read -r hash path; do
		[ "./$hash" = "$path" ] || mv -f "$path" "$hash"
	done)
}
