#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One variant: port, kernel and model agree on random traces, and the laws hold.
set -euo pipefail
variant=$1
engines=(-e port -e model)
[ ! -f build/trees/linux-6.12/mm/memblock.c ] || engines+=(-e linux-6.12)
exec "$MBLAB" random "${engines[@]}" --laws --variant "$variant" --seed 5 --inputs 3000 --steps 80
