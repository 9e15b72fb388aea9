// SPDX-License-Identifier: GPL-2.0-or-later
// A property of the port, in a program outside the laboratory: what is freed can be allocated again, in the same place.
#include "core/run/catalog.hpp"

#include <rapidcheck.h>

#include <cstdlib>

int main()
{
    // The installed engines, unless others are named.
    setenv("MBLAB_ENGINES", MEMBLOCK_LAB_ENGINES, 0);
    const std::unique_ptr<mblab::Engine> port = mblab::open_engine("port", "numa-4");

    const auto call = [&](mblab_op_kind kind, uint64_t first, uint64_t second) {
        mblab_op op = {};
        op.kind = kind;
        op.arg[0] = first;
        op.arg[1] = second;
        return port->run(op).result.value[0];
    };

    const bool holds = rc::check("freed memory comes back", [&] {
        const uint64_t size = *rc::gen::inRange<uint64_t>(1, 1 << 20);
        const uint64_t align = uint64_t{1} << *rc::gen::inRange(0, 16);
        port->reset();
        call(MBLAB_OP_memblock_add, 1 << 20, 16 << 20);

        const uint64_t block = call(MBLAB_OP_memblock_phys_alloc, size, align);
        RC_ASSERT(block != 0U);
        RC_ASSERT(block % align == 0U);
        call(MBLAB_OP_memblock_phys_free, block, size);
        RC_ASSERT(call(MBLAB_OP_memblock_phys_alloc, size, align) == block);
    });
    return holds ? EXIT_SUCCESS : EXIT_FAILURE;
}
