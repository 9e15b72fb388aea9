/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kept in step with the kernel: IS_ENABLED(CONFIG_X) is 1 when CONFIG_X is defined empty or to 1, else 0. */
#pragma once

#define MBLAB_KCONFIG_1 0,
#define MBLAB_KCONFIG_ 0,
#define MBLAB_KCONFIG_SECOND(ignored, value, ...) value
#define MBLAB_KCONFIG_PICK(marker) MBLAB_KCONFIG_SECOND(marker 1, 0, 0)
#define MBLAB_KCONFIG_PASTE(value) MBLAB_KCONFIG_PICK(MBLAB_KCONFIG_##value)
#define IS_ENABLED(option) MBLAB_KCONFIG_PASTE(option)
#define IS_BUILTIN(option) IS_ENABLED(option)
