// SPDX-License-Identifier: GPL-2.0-or-later
/* The variant's facts for a suite build, where no adapter gives them. */
#include <linux/numa.h>
#include <world/world.h>

const struct mblab_world_config mblab_world_config = {sizeof(phys_addr_t), MAX_NUMNODES};
