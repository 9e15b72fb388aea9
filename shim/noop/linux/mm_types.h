/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No-op: of memory's own types bootmem needs none; the everyday headers come with them. */
#pragma once

#include <linux/cache.h>
#include <linux/kernel.h>
#include <linux/list.h>
