// SPDX-License-Identifier: GPL-2.0-or-later
/* What a suite build needs that an adapter gives elsewhere. */
#include <linux/numa.h>
#include <stdio.h>
#include <world/world.h>

const struct mblab_world_config mblab_world_config = {sizeof(phys_addr_t), MAX_NUMNODES};

/* A check that fails aborts; the lines of those before it must not be lost with the buffer. */
__attribute__((constructor)) static void write_line_by_line(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
}
