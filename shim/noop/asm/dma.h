/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No-op: nothing in this header bears on memblock; bootmem's own header names one address. */
#pragma once

/* Where bootmem's macros begin to look, above what only old devices reach: 16 MiB. */
#define MAX_DMA_ADDRESS mblab_phys_to_virt(1UL << 24)
