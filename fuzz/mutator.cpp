// SPDX-License-Identifier: GPL-2.0-or-later
// Mutation of traces for libFuzzer: of ops most of the time, of bytes (the fuzzer's own way) for the rest.
#include "core/search/mutate.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

// Weak: not every engine that calls a custom mutator has one for bytes to offer.
extern "C" __attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

namespace {

constexpr unsigned bytes_percent = 30;
// About eight calls. A change of bytes makes no trace longer than this: to grow is for ops to decide.
constexpr size_t grown_bytes = 64;

size_t put(const mblab::Trace &trace, uint8_t *out, size_t max_size)
{
    const std::vector<uint8_t> bytes = mblab::encode_trace(trace);
    const size_t size = std::min(bytes.size(), max_size);
    std::copy_n(bytes.begin(), size, out);
    return size;
}

} // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    mblab::Random random(seed);
    if (LLVMFuzzerMutate && random.chance(bytes_percent))
        return LLVMFuzzerMutate(data, size, std::min(max_size, std::max(size, grown_bytes)));
    mblab::Trace trace = mblab::decode_trace({data, size});
    mblab::mutate(trace, random);
    return put(trace, data, max_size);
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2,
                                            uint8_t *out, size_t max_size, unsigned int seed)
{
    mblab::Random random(seed);
    return put(mblab::splice(mblab::decode_trace({data1, size1}), mblab::decode_trace({data2, size2}), random), out,
               max_size);
}
