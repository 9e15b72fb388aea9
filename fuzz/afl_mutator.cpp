// SPDX-License-Identifier: GPL-2.0-or-later
// The lab's mutation of traces under AFL++'s custom-mutator interface. Bytes are left to AFL++, which changes them
// itself between two calls of this.
#include "core/search/mutate.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace {

constexpr unsigned splice_percent = 10;

struct Mutator {
    mblab::Random random;
    std::vector<uint8_t> out; // what the last call returned: AFL++ reads it until the next
};

} // namespace

extern "C" void *afl_custom_init(void *, unsigned int seed)
{
    return new Mutator{mblab::Random(seed), {}};
}

extern "C" size_t afl_custom_fuzz(void *state, uint8_t *data, size_t size, uint8_t **out, uint8_t *other,
                                  size_t other_size, size_t max_size)
{
    Mutator &mutator = *static_cast<Mutator *>(state);
    mblab::Trace trace = mblab::decode_trace({data, size});
    if (other && mutator.random.chance(splice_percent))
        trace = mblab::splice(trace, mblab::decode_trace({other, other_size}), mutator.random);
    else
        mblab::mutate(trace, mutator.random);
    mutator.out = mblab::encode_trace(trace);
    *out = mutator.out.data();
    return std::min(mutator.out.size(), max_size);
}

extern "C" void afl_custom_deinit(void *state)
{
    delete static_cast<Mutator *>(state);
}
