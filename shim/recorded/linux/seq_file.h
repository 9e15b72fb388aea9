/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded: what happens through this header is an effect on the world, logged by shim/world. */
#pragma once

#include <linux/types.h>
#include <world/world.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A file being printed; the text becomes one seq effect. `private` is spelt private_ in C++, where it is a keyword. */
struct seq_file {
#ifdef __cplusplus
	void *private_;
#else
	void *private;
#endif
	char *buffer;
	size_t size, used;
};

void seq_printf(struct seq_file *file, const char *format, ...);
void seq_puts(struct seq_file *file, const char *text);
void seq_putc(struct seq_file *file, char character);

struct file_operations {
	int (*show)(struct seq_file *file, void *unused);
};

/** DEFINE_SHOW_ATTRIBUTE(name) - name_fops for a file that name_show prints. */
#define DEFINE_SHOW_ATTRIBUTE(name) static const struct file_operations name##_fops = {name##_show}

#ifdef __cplusplus
}
#endif
