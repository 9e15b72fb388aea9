// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The other end of wire.h: the main program of an engine that is a process of its own. Its one argument is the
 * descriptor of the stream. It ends with the stream; what faults in it ends it, too, which is an outcome for who asked.
 */
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static int stream;
static const struct mblab_engine *engine;
static uint64_t last_version[3]; /* of the regions that were sent */

static void receive(void *to, size_t size)
{
	for (char *at = to; size;) {
		ssize_t got = read(stream, at, size);

		if (got <= 0)
			exit(0);
		at += got;
		size -= (size_t)got;
	}
}

static void send_parts(struct iovec *parts, int count)
{
	while (count) {
		ssize_t sent = writev(stream, parts, count);

		if (sent <= 0)
			exit(1);
		for (; count && (size_t)sent >= parts->iov_len; parts++, count--)
			sent -= (ssize_t)parts->iov_len;
		if (!count)
			return;
		parts->iov_base = (char *)parts->iov_base + sent;
		parts->iov_len -= (size_t)sent;
	}
}

static void say_hello(void)
{
	struct mblab_wire_hello hello = {engine->abi,
					 engine->config,
					 engine->max_nodes,
					 engine->initial_memory_regions,
					 engine->initial_reserved_regions,
					 "",
					 {0}};
	struct iovec part = {&hello, sizeof hello};

	snprintf(hello.name, sizeof hello.name, "%s", engine->name);
	for (int kind = 0; kind < MBLAB_OP_COUNT; kind++)
		hello.has[kind] = engine->has((enum mblab_op_kind)kind);
	send_parts(&part, 1);
}

static void answer(const struct mblab_result *result, const struct mblab_effects *effects)
{
	struct mblab_state state;
	struct mblab_wire_outcome head = {0};
	struct iovec parts[6] = {{&head, sizeof head}};

	engine->state(&state);
	head.exit = result->exit;
	head.count = result->count;
	memcpy(head.value, result->value, sizeof head.value);
	head.effects = effects->count;
	head.text_size = effects->text ? effects->text_size : 0;
	head.current_limit = state.current_limit;
	head.totalram = state.totalram;
	head.region_bytes = state.region_bytes;
	head.bottom_up = state.bottom_up;
	parts[1] = (struct iovec){(void *)effects->list, effects->count * sizeof *effects->list};
	for (int i = 0; i < 3; i++) {
		const struct mblab_type_state *type = &state.type[i];
		uint64_t readable = type->cnt < type->max ? type->cnt : type->max;

		if (type->version == last_version[i])
			readable = 0;
		last_version[i] = type->version;
		head.type[i] = (struct mblab_wire_array){type->cnt,	type->max,     type->total_size,
							 type->storage, type->version, readable};
		parts[2 + i] = (struct iovec){(void *)type->regions, readable * sizeof *type->regions};
	}
	parts[5] = (struct iovec){(void *)effects->text, head.text_size};
	for (int i = 0; i < 6; i++)
		head.bytes += parts[i].iov_len;
	send_parts(parts, 6);
}

static void run(const struct mblab_wire_request *request)
{
	struct mblab_op op = {0};
	struct mblab_result result;
	struct mblab_effects effects;

	op.kind = (uint16_t)request->kind;
	memcpy(op.arg, request->arg, sizeof op.arg);
	memcpy(op.text, request->text, sizeof op.text);
	engine->run(&op, &result);
	engine->effects(&effects);
	answer(&result, &effects);
}

int main(int count, char **words)
{
	const struct mblab_result nothing = {MBLAB_RETURNED, 0, {0}};
	const struct mblab_effects none = {0};

	if (count != 2) {
		fprintf(stderr, "%s: an engine of memblock-lab, which mblab runs\n", words[0]);
		return 2;
	}
	stream = atoi(words[1]);
	engine = mblab_get_engine();
	engine->reset();
	for (;;) {
		struct mblab_wire_request request;

		receive(&request, sizeof request);
		switch (request.what) {
		case MBLAB_WIRE_HELLO:
			say_hello();
			break;
		case MBLAB_WIRE_RUN:
			run(&request);
			break;
		case MBLAB_WIRE_STATE:
			answer(&nothing, &none);
			break;
		default:
			engine->reset();
		}
	}
}
