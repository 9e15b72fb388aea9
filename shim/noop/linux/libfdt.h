/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No-op: memblock reads a device tree only with CONFIG_KEXEC_HANDOVER, which no variant sets. */
#pragma once
