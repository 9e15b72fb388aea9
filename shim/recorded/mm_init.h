/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded: mm's own declarations of memblock and of the pages that it hands over, where newer trees have them. */
#pragma once

#include <internal.h>
