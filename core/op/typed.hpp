// SPDX-License-Identifier: GPL-2.0-or-later
// Each operation as a type with named fields, made of its row in ops.def:
//
//     trace.add(ops::memblock_add{.base = 0x1000, .size = 0x2000});
//     const auto call = ops::memblock_add::of(op); ... call.base ...
#pragma once

#include "core/op/op.hpp"

namespace mblab {

namespace op_detail {

// The type of a field, by the kind of its parameter.
using addr = uint64_t;
using virt = uint64_t;
using size = uint64_t;
using align = uint64_t;
using end = uint64_t;
using pfn = uint64_t;
using count = uint64_t;
using cookie = uint64_t;
using nid = int32_t;
using flags = uint32_t;
using boolean = bool;
using type = mblab_type;
using index = int32_t;
using text = std::string_view;

template <typename Field> Field read(const Op &op, size_t position)
{
    return static_cast<Field>(op.arg[position]);
}
template <> inline text read<text>(const Op &op, size_t)
{
    return op.text;
}

template <typename Field> void write(Op &op, size_t position, Field value)
{
    op.arg[position] = static_cast<uint64_t>(value); // a nid or an index is sign-extended
}
inline void write(Op &op, size_t, text value)
{
    value.copy(op.text, sizeof op.text - 1);
}

} // namespace op_detail

/// One struct for each row of ops.def. of() is only for an op of that kind.
namespace ops {

#define MBLAB_FIELD(position, kind, name) op_detail::kind name{};
#define MBLAB_READ(position, kind, name) op_detail::read<op_detail::kind>(op, position),
#define MBLAB_WRITE(position, kind, name) op_detail::write(op, position, name);
#define OP(op_name, edition, family, adapter, results, ...)                                                            \
    struct op_name {                                                                                                   \
        static constexpr mblab_op_kind op_kind = MBLAB_OP_##op_name;                                                   \
        static constexpr Family op_family = Family::family;                                                            \
        MBLAB_EACH(MBLAB_FIELD, __VA_ARGS__)                                                                           \
        static op_name of([[maybe_unused]] const Op &op)                                                               \
        {                                                                                                              \
            return {MBLAB_EACH(MBLAB_READ, __VA_ARGS__)};                                                              \
        }                                                                                                              \
        operator Op() const                                                                                            \
        {                                                                                                              \
            Op op{};                                                                                                   \
            op.kind = op_kind;                                                                                         \
            MBLAB_EACH(MBLAB_WRITE, __VA_ARGS__)                                                                       \
            return op;                                                                                                 \
        }                                                                                                              \
    };
#include "ops.def"
#undef OP
#undef MBLAB_WRITE
#undef MBLAB_READ
#undef MBLAB_FIELD

} // namespace ops

/// Whether the op is a call of that function.
template <typename Call> bool is(const Op &op)
{
    return op.kind == Call::op_kind;
}

/// Give the op to the visitor as the struct of its kind. The visitor takes each, or is generic for the rest.
template <typename Visitor> decltype(auto) visit(const Op &op, Visitor &&visitor)
{
    switch (op.kind) {
#define OP(op_name, ...)                                                                                               \
    case MBLAB_OP_##op_name:                                                                                           \
        return visitor(ops::op_name::of(op));
#include "ops.def"
#undef OP
    default:
        __builtin_unreachable(); // op_info() takes no other kind either
    }
}

} // namespace mblab
