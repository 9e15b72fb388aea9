/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded: what happens through this header is an effect on the world, logged by shim/world. */
#pragma once

#include <linux/types.h>
#include <world/world.h>

#define BUG() mblab_bug()
#define BUG_ON(condition)                                                                                              \
	do {                                                                                                           \
		if (condition)                                                                                         \
			mblab_bug();                                                                                   \
	} while (0)

/* The world notes that a warning fired, not where: line numbers are the text of an engine, not its behaviour. */
#define WARN_ON(condition) mblab_warn(condition)
#define WARN(condition, ...)                                                                                           \
	({                                                                                                             \
		bool mblab_warned = mblab_warn(!!(condition));                                                         \
		if (mblab_warned)                                                                                      \
			mblab_printk(4, __VA_ARGS__);                                                                  \
		mblab_warned;                                                                                          \
	})
#define WARN_ON_ONCE(condition)                                                                                        \
	({                                                                                                             \
		static bool mblab_warned_before;                                                                       \
		bool mblab_holds = !!(condition);                                                                      \
		if (mblab_holds && !mblab_warned_before) {                                                             \
			mblab_warned_before = true;                                                                    \
			mblab_warn(true);                                                                              \
		}                                                                                                      \
		mblab_holds;                                                                                           \
	})
#define WARN_ONCE(condition, ...)                                                                                      \
	({                                                                                                             \
		static bool mblab_warned_before;                                                                       \
		bool mblab_holds = !!(condition);                                                                      \
		if (mblab_holds && !mblab_warned_before) {                                                             \
			mblab_warned_before = true;                                                                    \
			mblab_warn(true);                                                                              \
			mblab_printk(4, __VA_ARGS__);                                                                  \
		}                                                                                                      \
		mblab_holds;                                                                                           \
	})
#define VM_BUG_ON(condition) ((void)sizeof(!!(condition)))

#define panic(...) mblab_panic(__VA_ARGS__)
