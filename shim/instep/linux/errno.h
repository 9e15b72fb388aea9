/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kept in step with the kernel: its own user-space header has the numbers, under <asm/errno.h>. */
#pragma once

#include <asm/errno.h>
