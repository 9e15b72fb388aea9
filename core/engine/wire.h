/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is said to an engine in another process, and what it answers, over a stream. Numbers of 64 bits throughout, so
 * that processes of 32 and of 64 bits lay it out alike. C11 and C++20.
 */
#pragma once

#include "abi.h"

enum mblab_wire_ask { MBLAB_WIRE_HELLO, MBLAB_WIRE_RUN, MBLAB_WIRE_STATE, MBLAB_WIRE_RESET /* which has no answer */ };

struct mblab_wire_request {
	uint64_t what; /* enum mblab_wire_ask */
	uint64_t kind, arg[MBLAB_MAX_ARGS];
	char text[MBLAB_TEXT_SIZE];
};

struct mblab_wire_hello {
	uint64_t abi, config, max_nodes, initial_memory_regions, initial_reserved_regions;
	char name[64];
	uint8_t has[256]; /* by enum mblab_op_kind */
};

struct mblab_wire_array {
	uint64_t cnt, max, total_size, storage, version;
	uint64_t sent; /* regions that follow; none where the version is that of the last answer */
};

/* The answer to RUN and to STATE. Behind it: the effects, the regions of the three arrays, the texts. */
struct mblab_wire_outcome {
	uint64_t bytes; /* of all that */
	uint64_t exit, count, value[MBLAB_MAX_RESULTS];
	uint64_t effects, text_size;
	struct mblab_wire_array type[3];
	uint64_t current_limit, totalram, region_bytes, bottom_up;
};
