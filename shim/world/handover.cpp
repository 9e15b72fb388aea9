// SPDX-License-Identifier: GPL-2.0-or-later
// Kexec handover (KHO): what one kernel leaves to the next.
#include "internal.hpp"

namespace mblab::world {
namespace {

struct Range {
    uint64_t base, size;
};

constexpr size_t scratch_max = 16;
Range scratch[scratch_max];
size_t scratch_count;

/// By the last bytes: a range may end with the address space.
bool overlap(const Range &a, const Range &b)
{
    return a.size && b.size && a.base <= b.base + (b.size - 1) && b.base <= a.base + (a.size - 1);
}

} // namespace

void reset_handover()
{
    scratch_count = 0;
}

} // namespace mblab::world

using namespace mblab::world;

void mblab_world_add_kho_scratch(uint64_t base, uint64_t size)
{
    if (scratch_count < scratch_max)
        scratch[scratch_count++] = {base, size};
}

bool mblab_kho_scratch_overlap(uint64_t phys, uint64_t size)
{
    for (size_t i = 0; i < scratch_count; i++)
        if (overlap(scratch[i], {phys, size}))
            return true;
    return false;
}
