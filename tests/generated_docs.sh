#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Documents that a command makes are what the command makes now.
. "$(dirname "$0")/common.sh"
"$MBLAB" contracts >"$scratch/contracts.md"
diff -u docs/contracts.md "$scratch/contracts.md" || complain 'renew with: build/release/bin/mblab contracts >docs/contracts.md'
finish
