/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kept in step with the kernel: see <linux/align.h>. */
#pragma once

#include <linux/align.h>
