/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What adapters share: the engine's own data, put back as bytes; results; how a call that does not return is left. For
 * the one file that an engine's adapter is.
 */
#pragma once

#include <linux/io.h>
#include <linux/string.h>
#include <linux/types.h>
#include <setjmp.h>
#include <world/world.h>

#include "abi.h"

#undef memcpy
#undef memset

/* ---- the engine's own writable data, restored as bytes ---- */

extern char mblab_state_start[] __attribute__((visibility("hidden")));
extern char mblab_state_end[] __attribute__((visibility("hidden")));

#define NO_SANITIZE __attribute__((no_sanitize_address, no_sanitize_undefined, noinline))

/* The first image of the state. The words between the variables may be sanitizer redzones, hence no instrumentation. */
#define IMAGE_WORDS ((uint64_t)1 << 17)
static uint64_t first_image[IMAGE_WORDS];
static bool image_taken;

NO_SANITIZE static void copy_words(volatile uint64_t *to, const volatile uint64_t *from, uint64_t words)
{
	for (uint64_t i = 0; i < words; i++)
		to[i] = from[i];
}

static uint64_t image_words(void)
{
	return (uint64_t)(mblab_state_end - mblab_state_start) / sizeof(uint64_t);
}

static void restore_state(void)
{
	uint64_t *live = (uint64_t *)mblab_state_start;

	if (image_words() > IMAGE_WORDS)
		mblab_bug();
	if (!image_taken) {
		copy_words(first_image, live, image_words());
		image_taken = true;
		return;
	}
	copy_words(live, first_image, image_words());
}

static void keep(uint64_t *image)
{
	copy_words(image, (uint64_t *)mblab_state_start, image_words());
}

/* ---- results ---- */

static uint64_t phys_of(const void *virt)
{
	return virt ? __pa((void *)(uintptr_t)virt) : 0;
}

static struct mblab_result returned(uint32_t count, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	return (struct mblab_result){MBLAB_RETURNED, count, {a, b, c, d}};
}

/* A result of the C type int, as the op says it. */
static uint64_t wide(int value)
{
	return (uint64_t)(int64_t)value;
}

/* ---- calls ---- */

/* Make the call, of which null is one that the engine lacks. */
static void run_inside(void (*call)(const struct mblab_op *op, struct mblab_result *result), const struct mblab_op *op,
		       struct mblab_result *result)
{
	jmp_buf frame;
	int left;

	*result = (struct mblab_result){call ? MBLAB_RETURNED : MBLAB_ABSENT, 0, {0}};
	mblab_world_begin();
	if (!call)
		return;
	mblab_exit_frame = &frame;
	left = _setjmp(frame);
	if (left)
		*result = (struct mblab_result){(enum mblab_exit)left, 0, {0}};
	else {
		call(op, result);
		mblab_world_end();
	}
	mblab_exit_frame = NULL;
}

/* ---- coverage: the bounds that the linker gives to sanitizer-coverage's own sections ---- */

extern const uint8_t __start___sancov_cntrs[] __attribute__((weak, visibility("hidden")));
extern const uint8_t __stop___sancov_cntrs[] __attribute__((weak, visibility("hidden")));
extern const uint64_t __start___sancov_pcs[] __attribute__((weak, visibility("hidden")));

static void coverage(struct mblab_coverage *out)
{
	*out = (struct mblab_coverage){__start___sancov_cntrs,
				       (uint64_t)(__stop___sancov_cntrs - __start___sancov_cntrs),
				       __start___sancov_pcs};
}
