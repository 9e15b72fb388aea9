/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded: see <linux/io.h>. */
#pragma once

#include <linux/io.h>
