// SPDX-License-Identifier: GPL-2.0-or-later
// A property of the port, in a program outside the laboratory: what is freed can be allocated again, in the same place.
#include "core/op/typed.hpp"
#include "core/run/catalog.hpp"

#include <rapidcheck.h>

#include <cstdlib>

namespace ops = mblab::ops;

int main()
{
    // The installed engines, unless others are named.
    setenv("MBLAB_ENGINES", MEMBLOCK_LAB_ENGINES, 0);
    const std::unique_ptr<mblab::Engine> port = mblab::open_engine("port", "numa-4");

    const auto call = [&](const mblab::Op &op) { return port->run(op).result.value[0]; };

    const bool holds = rc::check("freed memory comes back", [&] {
        const uint64_t size = *rc::gen::inRange<uint64_t>(1, 1 << 20);
        const uint64_t align = uint64_t{1} << *rc::gen::inRange(0, 16);
        port->reset();
        call(ops::memblock_add{.base = 1 << 20, .size = 16 << 20});

        const uint64_t block = call(ops::memblock_phys_alloc{.size = size, .align = align});
        RC_ASSERT(block != 0U);
        RC_ASSERT(block % align == 0U);
        call(ops::memblock_phys_free{.base = block, .size = size});
        RC_ASSERT(call(ops::memblock_phys_alloc{.size = size, .align = align}) == block);
    });
    return holds ? EXIT_SUCCESS : EXIT_FAILURE;
}
