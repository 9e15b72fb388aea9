/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interface of bootmem in a tree that is as small as one can be: see mm/bootmem.c beside it. */
#pragma once

#include <linux/mm_types.h>
#include <linux/mmzone.h>

#define BOOTMEM_DEFAULT 0
#define BOOTMEM_EXCLUSIVE 1

typedef struct bootmem_data {
	unsigned long first, end; /* pages */
	unsigned char *taken;	  /* the map: a bit a page, in memory that the caller names */
	unsigned long last, hint; /* where the last block ended, in bytes; the page to begin with */
} bootmem_data_t;
extern bootmem_data_t bootmem_node_data[];

unsigned long bootmem_bootmap_pages(unsigned long pages);
unsigned long init_bootmem_node(pg_data_t *pgdat, unsigned long freepfn, unsigned long startpfn, unsigned long endpfn);
int reserve_bootmem(unsigned long addr, unsigned long size, int flags);
int reserve_bootmem_node(pg_data_t *pgdat, unsigned long addr, unsigned long size, int flags);
void free_bootmem(unsigned long addr, unsigned long size);
void free_bootmem_node(pg_data_t *pgdat, unsigned long addr, unsigned long size);
void free_bootmem_late(unsigned long addr, unsigned long size);
void *__alloc_bootmem(unsigned long size, unsigned long align, unsigned long goal);
void *__alloc_bootmem_nopanic(unsigned long size, unsigned long align, unsigned long goal);
void *__alloc_bootmem_low(unsigned long size, unsigned long align, unsigned long goal);
void *__alloc_bootmem_node(pg_data_t *pgdat, unsigned long size, unsigned long align, unsigned long goal);
void *__alloc_bootmem_node_nopanic(pg_data_t *pgdat, unsigned long size, unsigned long align, unsigned long goal);
void *__alloc_bootmem_low_node(pg_data_t *pgdat, unsigned long size, unsigned long align, unsigned long goal);
unsigned long free_all_bootmem(void);
