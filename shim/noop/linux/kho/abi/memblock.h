/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No-op: names of nodes in a device tree that memblock writes only with CONFIG_KEXEC_HANDOVER. */
#pragma once
