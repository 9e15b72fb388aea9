/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kept in step with the kernel: power-of-two rounding; any other alignment gives the same bits as there. */
#pragma once

/* Two masks, since they differ where the alignment is 0 and of a narrower type than the number. */
#define MBLAB_LOW_BITS(x, a) ((__typeof__(x))(a) - 1)
#define __round_mask(x, a) ((__typeof__(x))((a) - 1))

#define ALIGN_DOWN(x, a) ((x) & ~MBLAB_LOW_BITS(x, a))
#define ALIGN(x, a) ALIGN_DOWN((x) + MBLAB_LOW_BITS(x, a), a)
#define IS_ALIGNED(x, a) (!((x) & MBLAB_LOW_BITS(x, a)))
#define round_down(x, a) (~__round_mask(x, a) & (x))
#define round_up(x, a) (1 + (__round_mask(x, a) | ((x) - 1)))
