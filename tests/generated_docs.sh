#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Documents that a command makes are what the command makes now.
. "$(dirname "$0")/common.sh"
"$MBLAB" laws >"$scratch/laws.md"
diff -u docs/laws.md "$scratch/laws.md" || complain 'renew with: build/release/bin/mblab laws >docs/laws.md'
finish
