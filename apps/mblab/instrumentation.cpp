// SPDX-License-Identifier: GPL-2.0-or-later
// Engines that were instrumented for a fuzzer call it on their way. Here is none: they find these, which a fuzzer's or
// a sanitizer's own take precedence over.
#include <cstdint>

#define NOBODY_LISTENS(name, ...)                                                                                      \
    __attribute__((weak, used)) void name(__VA_ARGS__) {}

extern "C" {
__attribute__((weak, used)) thread_local uintptr_t __sancov_lowest_stack = UINTPTR_MAX;
NOBODY_LISTENS(__sanitizer_cov_8bit_counters_init, uint8_t *, uint8_t *)
NOBODY_LISTENS(__sanitizer_cov_pcs_init, const uintptr_t *, const uintptr_t *)
NOBODY_LISTENS(__sanitizer_cov_trace_pc_indir, uintptr_t)
NOBODY_LISTENS(__sanitizer_cov_trace_cmp1, uint8_t, uint8_t)
NOBODY_LISTENS(__sanitizer_cov_trace_cmp2, uint16_t, uint16_t)
NOBODY_LISTENS(__sanitizer_cov_trace_cmp4, uint32_t, uint32_t)
NOBODY_LISTENS(__sanitizer_cov_trace_cmp8, uint64_t, uint64_t)
NOBODY_LISTENS(__sanitizer_cov_trace_const_cmp1, uint8_t, uint8_t)
NOBODY_LISTENS(__sanitizer_cov_trace_const_cmp2, uint16_t, uint16_t)
NOBODY_LISTENS(__sanitizer_cov_trace_const_cmp4, uint32_t, uint32_t)
NOBODY_LISTENS(__sanitizer_cov_trace_const_cmp8, uint64_t, uint64_t)
NOBODY_LISTENS(__sanitizer_cov_trace_switch, uint64_t, uint64_t *)
NOBODY_LISTENS(__sanitizer_cov_trace_div4, uint32_t)
NOBODY_LISTENS(__sanitizer_cov_trace_div8, uint64_t)
NOBODY_LISTENS(__sanitizer_cov_trace_gep, uintptr_t)
}
