/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded: what happens through this header is an effect on the world, logged by shim/world. */
#pragma once

#include <linux/page_size.h>
#include <linux/types.h>
#include <world/world.h>

/*
 * Physical memory begins at a base of the world's choosing, so a physical address is never a pointer by accident.
 * MBLAB_HOSTED_TESTS is for the kernel's own suite, which takes its memory from malloc and equates the two.
 */
#ifdef MBLAB_HOSTED_TESTS
#define __va(phys) ((void *)(unsigned long)(phys))
#define __pa(virt) ((phys_addr_t)(unsigned long)(virt))
#else
#define __va(phys) mblab_phys_to_virt(phys)
#define __pa(virt) ((phys_addr_t)mblab_virt_to_phys(virt))
#endif
#define phys_to_virt(phys) __va(phys)
#define virt_to_phys(virt) __pa(virt)
