/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded: what happens through this header is an effect on the world, logged by shim/world. */
#pragma once

#include <linux/compiler.h>
#include <linux/types.h>
#include <world/world.h>

#ifdef __cplusplus
#define MBLAB_REGISTERED(section_name) [[gnu::section(section_name), gnu::used]]
#define MBLAB_EXTERN_C extern "C"
#else
#define MBLAB_REGISTERED(section_name) __attribute__((__section__(section_name), __used__))
#define MBLAB_EXTERN_C
#endif

/* Handlers are found by the world through these two arrays, which the linker collects. */
#define MBLAB_PARAM(text, function)                                                                                    \
	MBLAB_REGISTERED("mblab_params")                                                                               \
	static const struct mblab_param mblab_param_##function = {text, function};
#define early_param(text, function) MBLAB_PARAM(text, function)
#define __setup(text, function) MBLAB_PARAM(text, function)
#define __initcall(function)                                                                                           \
	MBLAB_REGISTERED("mblab_initcalls")                                                                            \
	static const mblab_initcall_t mblab_initcall_##function = function;
#define late_initcall(function)                                                                                        \
	MBLAB_REGISTERED("mblab_late_initcalls")                                                                       \
	static const mblab_initcall_t mblab_late_initcall_##function = function;
