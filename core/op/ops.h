// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One call as data, the opcodes, and what makes code of a row of ops.def. C11 and C++20.
 */
#pragma once

#include "../state/state.h"

#define MBLAB_MAX_ARGS 6
#define MBLAB_TEXT_SIZE 40 /* with the final NUL */

enum mblab_op_kind {
#define OP(name, ...) MBLAB_OP_##name,
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

/* ---- MBLAB_EACH(M, addr(base), size(size)) is M(0, addr, base) M(1, size, size); MBLAB_LIST has commas between ----
 */

#define MBLAB_PARAMETER_addr(name) addr, name
#define MBLAB_PARAMETER_virt(name) virt, name
#define MBLAB_PARAMETER_size(name) size, name
#define MBLAB_PARAMETER_align(name) align, name
#define MBLAB_PARAMETER_end(name) end, name
#define MBLAB_PARAMETER_nid(name) nid, name
#define MBLAB_PARAMETER_flags(name) flags, name
#define MBLAB_PARAMETER_type(name) type, name
#define MBLAB_PARAMETER_pfn(name) pfn, name
#define MBLAB_PARAMETER_boolean(name) boolean, name
#define MBLAB_PARAMETER_count(name) count, name
#define MBLAB_PARAMETER_cookie(name) cookie, name
#define MBLAB_PARAMETER_index(name) index, name
#define MBLAB_PARAMETER_text(name) text, name
#define MBLAB_PARAMETER_error(name) error, name
#define MBLAB_PARAMETER_nothing(name) nothing, name

#define MBLAB_ITEM(M, ...) M(__VA_ARGS__)
#define MBLAB_EACH(M, ...) __VA_OPT__(MBLAB_EACH_0(M, __VA_ARGS__))
#define MBLAB_EACH_0(M, p, ...) MBLAB_ITEM(M, 0, MBLAB_PARAMETER_##p) __VA_OPT__(MBLAB_EACH_1(M, __VA_ARGS__))
#define MBLAB_EACH_1(M, p, ...) MBLAB_ITEM(M, 1, MBLAB_PARAMETER_##p) __VA_OPT__(MBLAB_EACH_2(M, __VA_ARGS__))
#define MBLAB_EACH_2(M, p, ...) MBLAB_ITEM(M, 2, MBLAB_PARAMETER_##p) __VA_OPT__(MBLAB_EACH_3(M, __VA_ARGS__))
#define MBLAB_EACH_3(M, p, ...) MBLAB_ITEM(M, 3, MBLAB_PARAMETER_##p) __VA_OPT__(MBLAB_EACH_4(M, __VA_ARGS__))
#define MBLAB_EACH_4(M, p, ...) MBLAB_ITEM(M, 4, MBLAB_PARAMETER_##p) __VA_OPT__(MBLAB_EACH_5(M, __VA_ARGS__))
#define MBLAB_EACH_5(M, p) MBLAB_ITEM(M, 5, MBLAB_PARAMETER_##p)
#define MBLAB_LIST(M, ...) __VA_OPT__(MBLAB_LIST_0(M, __VA_ARGS__))
#define MBLAB_LIST_0(M, p, ...) MBLAB_ITEM(M, 0, MBLAB_PARAMETER_##p) __VA_OPT__(, MBLAB_LIST_1(M, __VA_ARGS__))
#define MBLAB_LIST_1(M, p, ...) MBLAB_ITEM(M, 1, MBLAB_PARAMETER_##p) __VA_OPT__(, MBLAB_LIST_2(M, __VA_ARGS__))
#define MBLAB_LIST_2(M, p, ...) MBLAB_ITEM(M, 2, MBLAB_PARAMETER_##p) __VA_OPT__(, MBLAB_LIST_3(M, __VA_ARGS__))
#define MBLAB_LIST_3(M, p, ...) MBLAB_ITEM(M, 3, MBLAB_PARAMETER_##p) __VA_OPT__(, MBLAB_LIST_4(M, __VA_ARGS__))
#define MBLAB_LIST_4(M, p, ...) MBLAB_ITEM(M, 4, MBLAB_PARAMETER_##p) __VA_OPT__(, MBLAB_LIST_5(M, __VA_ARGS__))
#define MBLAB_LIST_5(M, p) MBLAB_ITEM(M, 5, MBLAB_PARAMETER_##p)

#define MBLAB_UNPACK(...) __VA_ARGS__

/* ---- MBLAB_RESULT(M, results) is M(kind, name) of the first result, or M(nothing, ) ---- */

#define MBLAB_FIRST(p, ...) MBLAB_PARAMETER_##p
#define MBLAB_RESULT(M, ...) MBLAB_ITEM(M, MBLAB_FIRST(__VA_ARGS__ __VA_OPT__(, ) nothing()))
