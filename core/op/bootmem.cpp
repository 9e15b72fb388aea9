// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/op/bootmem.hpp"

#include "core/op/typed.hpp"

namespace mblab {
namespace {

constexpr uint64_t low_limit = 0xffffffff; // ARCH_LOW_ADDRESS_LIMIT

template <typename Call> BootmemRequest read(const Op &op)
{
    const auto call = Call::of(op);
    BootmemRequest request{.size = call.size, .align = call.align, .goal = call.goal, .panics = true};
    if constexpr (requires { call.nid; })
        request.nid = call.nid;
    return request;
}

} // namespace

std::optional<BootmemRequest> bootmem_request(const Op &op)
{
    BootmemRequest request;
    switch (op.kind) {
    case MBLAB_OP___alloc_bootmem:
        return read<ops::__alloc_bootmem>(op);
    case MBLAB_OP___alloc_bootmem_node:
        return read<ops::__alloc_bootmem_node>(op);
    case MBLAB_OP___alloc_bootmem_nopanic:
        request = read<ops::__alloc_bootmem_nopanic>(op);
        request.panics = false;
        return request;
    case MBLAB_OP___alloc_bootmem_node_nopanic:
        request = read<ops::__alloc_bootmem_node_nopanic>(op);
        request.panics = false;
        return request;
    case MBLAB_OP___alloc_bootmem_low:
        request = read<ops::__alloc_bootmem_low>(op);
        request.limit = low_limit;
        return request;
    case MBLAB_OP___alloc_bootmem_low_node:
        request = read<ops::__alloc_bootmem_low_node>(op);
        request.limit = low_limit;
        return request;
    case MBLAB_OP___alloc_bootmem_core:
        request = read<ops::__alloc_bootmem_core>(op);
        request.limit = ops::__alloc_bootmem_core::of(op).limit;
        request.panics = false;
        request.exact_nid = request.keeps_goal = true;
        return request;
    default:
        return std::nullopt;
    }
}

} // namespace mblab
