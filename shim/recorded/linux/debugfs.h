/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded: what happens through this header is an effect on the world, logged by shim/world. */
#pragma once

#include <linux/seq_file.h>
#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dentry;

struct dentry *debugfs_create_dir(const char *name, struct dentry *parent);
struct dentry *debugfs_create_file(const char *name, unsigned short mode, struct dentry *parent, void *data,
				   const struct file_operations *fops);

#ifdef __cplusplus
}
#endif
