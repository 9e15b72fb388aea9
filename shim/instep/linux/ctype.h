/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kept in step with the kernel: isspace and friends, ASCII. */
#pragma once

#include <ctype.h>
