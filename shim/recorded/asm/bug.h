/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded: see <linux/bug.h>. */
#pragma once

#include <linux/bug.h>
