/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kept in step with the kernel: device trees are read by libfdt itself. Only a kexec handover has one. */
#pragma once

#ifdef CONFIG_KEXEC_HANDOVER
#include <libfdt.h>
#endif
