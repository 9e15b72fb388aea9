#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A log in the dressings that people give it (prefixes, wraps, quotes, encodings, packs): the same figures for each.
#   usage: dressings.sh [LOG]     of corpus/boots; by default one of each shape that messages have
. "$(dirname "$0")/common.sh"
if [ $# = 0 ]; then
	for each in x86_64-6.12-uma-2g x86_64-7.3-doubling s390x-6.12-uma-2g arm64-6.1-numa2-2g; do "$0" $each || failures=$((failures + 1)); done
	finish
	exit
fi
log=$scratch/plain.log
# As dmesg prints it, with a blank or a tab where the kernel has one; nothing that user space said.
xz -dc "corpus/boots/$1.log.xz" | tr -d '\r' | grep -E '^\[ ' >"$log"
bare() { sed -E 's/^\[ *[0-9]+\.[0-9]+\] //' "$log"; } # without the times

figures() { sed -nE 's|^  model +([0-9]+/[0-9]+ allocations placed, [0-9]+/[0-9]+ dumps equal).*|\1|p'; }
wanted=$("$MBLAB" boot -e model "$log" | figures)
[[ $wanted =~ ^([1-9][0-9]*)/([0-9]+)\ .*\ ([1-9][0-9]*)/([0-9]+)\ dumps ]] || complain "the plain log gives '$wanted'"

# Pipelines run it in a shell of their own: what it counts it writes down.
dress() { # NAME: standard input is the dressed log
	cat >"$scratch/dressed"
	local got
	got=$("$MBLAB" boot -e model "$scratch/dressed" 2>&1 | figures) || true
	[ "$got" = "$wanted" ] || echo "FAIL: $1: '$got', wanted '$wanted'" | tee -a "$scratch/failed"
	echo "$1" >>"$scratch/dressings"
}
before() { sed "s/^/$1/"; } # TEXT for the replacement of sed

# ---- what stands before a message ----
bare | dress 'no times'
before '<6>' <"$log" | dress 'levels'
bare | before '<5>' | dress 'levels without times'
bare | before '[Tue Dec  5 22:32:38 2023] ' | dress 'dmesg -T'
before 'kern  :info  : ' <"$log" | dress 'dmesg -x'
bare | before '2023-12-05T22:32:38,123456+00:00 ' | dress 'dmesg --time-format iso'
bare | before '[Dec 5 22:32] ' | dress 'dmesg -H'
bare | before '[  +0.000000] ' | dress 'dmesg -d'
bare | before 'Dec  5 22:32:38 host kernel: ' | dress 'syslog'
before 'Dec  5 22:32:38 host kernel: ' <"$log" | dress 'syslog with times'
before '<6>1 2023-12-05T22:32:38.003Z host kernel - - - ' <"$log" | dress 'syslog of RFC 5424'
sed -E 's/^(\[[^]]*\]) /\1 host kernel: /' "$log" | dress 'journalctl -o short-monotonic'
bare | before 'Dec 05 22:32:38.123456 host kernel: ' | dress 'journalctl -o short-precise'
bare | sed 's/\\/\\\\/g; s/"/\\"/g; s/\t/\\t/g; s/^/{"_TRANSPORT":"kernel","MESSAGE":"/; s/$/","PRIORITY":"6"}/' | dress 'journalctl -o json'
bare | sed 's/\\/\\\\/g; s/"/\\"/g; s/\t/\\t/g; s/^/\t"MESSAGE" : "/; s/$/",/' | dress 'journalctl -o json-pretty'
bare | before 'MESSAGE=' | dress 'journalctl -o export'
bare | sed 's/\t/\\x09/g; s/^/6,12,0,-;/' | dress '/dev/kmsg'
sed -E 's/^(\[[^]]*\]) /<6>\1 [0:      swapper:    0] /' "$log" | dress 'Android, CPU and task'
sed -E 's/^(\[[^]]*\]) /\1 -(0)[0:swapper]/' "$log" | dress 'Android, CPU in parentheses'
sed -E 's/^\[( *[0-9]+\.[0-9]{3})[0-9]*\]/[\1]/' "$log" | dress 'milliseconds'
sed -E 's/^(\[[^]]*\]) /\1[    T0] /' "$log" | dress 'CONFIG_PRINTK_CALLER'
before '[2023-12-05 22:32:38] ' <"$log" | dress 'minicom'
before 'Dec 05 22:32:38 ' <"$log" | dress 'ts'
before 'guest-1  | ' <"$log" | dress 'containers'
before '[22:32:38] ' <"$log" | dress 'kunit.py'
before '# ' <"$log" | dress 'a test log'
grep -n '' "$log" | dress 'grep -n'
cat -n "$log" | dress 'cat -n'
cat -A "$log" | dress 'cat -A'

# ---- quotes ----
before '> ' <"$log" | dress 'a reply'
before '> >> > ' <"$log" | dress 'replies to replies'
before '+' <"$log" | dress 'a diff'
before '-' <"$log" | dress 'a diff, the other way'
before '    ' <"$log" | dress 'a code block'
before '| ' <"$log" | dress 'a tracker'
expand "$log" | dress 'tabs that became blanks'
tr -s ' \t' ' ' <"$log" | dress 'runs of blanks that became one'
sed 's/\t/#011/g' "$log" | dress 'a syslog daemon that writes #011'
sed 's/ /\xc2\xa0/g' "$log" | dress 'no-break spaces'
sed '1!s/^/\n/' "$log" | dress 'an empty line between lines'

# ---- wraps ----
fold -s -w 72 "$log" | sed 's/ $//' | dress 'wrapped by a mail program'
fold -s -w 72 "$log" | sed 's/ $//' | before '> ' | dress 'wrapped, then quoted'
before '> ' <"$log" | fold -s -w 76 | sed 's/ $//' | dress 'quoted, then wrapped'
for width in 64 66 80 81 96 100; do fold -w $width "$log" | dress "a terminal of $width columns"; done
fold -w 80 "$log" | before '> > ' | dress 'a terminal, then quoted'
bare | fold -w 80 | before '[22:32:38] ' | dress 'a wrapped console under kunit.py'

# ---- encodings ----
sed 's/$/\r/' "$log" | dress 'CR LF'
sed 's/$/\r\r/' "$log" | dress 'CR CR LF'
sed 's/^/\x1b[32m/; s/\] /]\x1b[0m /' "$log" | dress 'colours'
iconv -t UTF-16LE "$log" | dress 'UTF-16LE'
iconv -t UTF-16BE "$log" | dress 'UTF-16BE'
{ printf '\xef\xbb\xbf'; cat "$log"; } | dress 'a byte order mark'
{ printf '\0\0\0'; cat "$log"; } | dress 'NULs at the start'
# Lines of 76 characters at most, and no escape is broken.
sed 's/=/=3D/g' "$log" | awk '{ for (; length > 75; $0 = substr($0, n + 1)) { n = 75; if (substr($0, n, 1) == "=") n--; else if (substr($0, n - 1, 1) == "=") n -= 2; print substr($0, 1, n) "=" } print }' |
	dress 'quoted-printable'

# ---- packs ----
for pack in gzip bzip2 xz lzma 'zstd -q' 'lz4 -q'; do
	command -v "${pack%% *}" >/dev/null || { echo "no $pack"; continue; }
	$pack -c <"$log" | dress "$pack"
done
tar -C "$scratch" -cf - plain.log | dress 'tar'
tar -C "$scratch" -cf - plain.log | gzip | dress 'tar.gz'
got=$("$MBLAB" boot -e model - <"$log" | figures)
[ "$got" = "$wanted" ] || complain "standard input: '$got', wanted '$wanted'"

dressings=$(wc -l <"$scratch/dressings")
[ ! -s "$scratch/failed" ] || failures=$((failures + $(wc -l <"$scratch/failed")))
echo "$dressings dressings of a log with $wanted"
[ "$dressings" -ge 36 ] || complain 'fewer than 36 dressings'
finish
