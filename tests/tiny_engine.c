/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fuzzing engine as small as one can be, for tests/fuzz_engines.sh: no search, but an archive that is linked through
 * $LIB_FUZZING_ENGINE, and that sees which code the inputs reach.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop);
void __sanitizer_cov_trace_pc_guard(uint32_t *guard);

static unsigned edges, reached;

void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop)
{
	for (; start < stop && !*start; start++)
		*start = ++edges;
}

void __sanitizer_cov_trace_pc_guard(uint32_t *guard)
{
	reached += *guard != 0;
	*guard = 0;
}

int main(int argc, char **argv)
{
	static uint8_t data[1 << 16];

	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "rb");

		if (!file)
			return 2;
		LLVMFuzzerTestOneInput(data, fread(data, 1, sizeof(data), file));
		fclose(file);
	}
	printf("tiny engine: %d inputs, %u of %u edges\n", argc - 1, reached, edges);
	return 0;
}
