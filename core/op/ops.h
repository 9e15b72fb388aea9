// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One call as data, and the opcodes. C11 and C++20.
 */
#pragma once

#include "../state/state.h"

#define MBLAB_MAX_ARGS 6
#define MBLAB_TEXT_SIZE 40 /* with the final NUL */

enum mblab_op_kind {
#define OP(name, parameters, results, family) MBLAB_OP_##name,
#include "ops.def"
#undef OP
	MBLAB_OP_COUNT
};

/** One call, as data. Arguments are widened to 64 bits (nids sign-extended); unused ones are 0. */
struct mblab_op {
	uint16_t kind;
	uint64_t arg[MBLAB_MAX_ARGS];
	char text[MBLAB_TEXT_SIZE];
};
