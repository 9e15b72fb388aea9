/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kept in step with the kernel: ilog2 lives with the bit operations here. */
#pragma once

#include <linux/bitops.h>
