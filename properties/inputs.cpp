// SPDX-License-Identifier: GPL-2.0-or-later
#include "inputs.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <bit>
#include <ostream>

namespace mblab::property {
namespace {

using rc::gen::just;
using rc::gen::map;

/// The range for gen::inRange at any size: properties want large numbers in their first input as well.
rc::Gen<uint64_t> uniform(uint64_t from, uint64_t to)
{
    return rc::gen::resize(rc::kNominalSize, rc::gen::inRange<uint64_t>(from, to + 1));
}

Numbers numbers(Number::Kind kind, rc::Gen<uint64_t> values)
{
    return map(std::move(values), [kind](uint64_t value) { return Number{kind, value, 0}; });
}

/// A boundary in use, or its neighbours by a byte or a page.
Numbers near_boundary(Number::Kind kind)
{
    return map(rc::gen::pair(uniform(0, 63),
                             rc::gen::weightedElement<int64_t>(
                                 {{12, 0}, {1, 1}, {1, -1}, {1, int64_t{page_bytes}}, {1, -int64_t{page_bytes}}})),
               [kind](const std::pair<uint64_t, int64_t> &drawn) { return Number{kind, drawn.first, drawn.second}; });
}

Numbers alignment()
{
    return numbers(Number::Kind::literal, map(uniform(0, 17), [](uint64_t bit) { return uint64_t{1} << bit >> 1; }));
}

Numbers bound()
{
    return rc::gen::weightedOneOf<Number>({{4, one_of({0, 1})}, {2, one_of({~uint64_t{0}})}, {3, place()}});
}

Numbers suitable(ParameterKind kind)
{
    switch (kind) {
    case ParameterKind::addr:
    case ParameterKind::virt:
    case ParameterKind::pfn:
        return place();
    case ParameterKind::size:
        return length();
    case ParameterKind::end:
        return bound();
    case ParameterKind::align:
        return alignment();
    case ParameterKind::nid:
        return node();
    case ParameterKind::flags:
        return one_of({0, 0, 0, 1, 2, 4, 8});
    case ParameterKind::count:
        return one_of({200, 0, 1, 2, 3});
    case ParameterKind::cookie:
        return one_of({0, 1, 2, uint64_t{1} << 32, (uint64_t{1} << 32) + 1, ~uint64_t{0}});
    case ParameterKind::index:
        return between(0, 7);
    default:
        return between(0, 1);
    }
}

/// Turns drafts into calls: knows the boundaries in use.
class Resolver {
  public:
    explicit Resolver(uint64_t unit) : unit_(unit) {}

    Op resolve(const Draft &draft)
    {
        const OpInfo &info = op_info(draft.kind);
        Op op{};
        op.kind = draft.kind;
        draft.text.copy(op.text, sizeof op.text - 1);
        uint64_t address = 0;
        for (size_t i = 0; i < info.parameter_count; i++) {
            const ParameterKind kind = info.parameters[i].kind;
            uint64_t value = number(draft.numbers[i], address);
            const bool literal = draft.numbers[i].kind == Number::Kind::literal;
            if (kind == ParameterKind::addr) {
                address = value;
                if (!literal)
                    used_.push_back(value);
            }
            if (kind == ParameterKind::size && !literal && i != 0 && info.parameters[i - 1].kind == ParameterKind::addr)
                used_.push_back(address + value);
            if (kind == ParameterKind::pfn && draft.numbers[i].kind != Number::Kind::literal)
                value /= page_bytes;
            op.arg[i] = value;
        }
        normalize(op);
        return op;
    }

  private:
    uint64_t number(const Number &number, uint64_t address) const
    {
        const auto delta = static_cast<uint64_t>(number.delta);
        switch (number.kind) {
        case Number::Kind::literal:
            return number.value + delta;
        case Number::Kind::units:
            return number.value * unit_ + delta;
        case Number::Kind::near:
            return boundary(number.value) + delta;
        default:
            return std::max(boundary(number.value) + delta, address + unit_) - address;
        }
    }

    /// Counted from the latest, so that what was just made is met most often.
    uint64_t boundary(uint64_t index) const
    {
        return used_.empty() ? index * unit_ : used_[used_.size() - 1 - index % used_.size()];
    }

    uint64_t unit_;
    std::vector<uint64_t> used_;
};

Input resolve(const std::vector<std::vector<Draft>> &parts, uint64_t unit)
{
    Input input;
    Resolver resolver(unit);
    for (const std::vector<Draft> &part : parts)
        for (const Draft &draft : part)
            input.trace.add(resolver.resolve(draft));
    return input;
}

} // namespace

std::ostream &operator<<(std::ostream &out, const Input &input)
{
    return out << "a trace of " << input.trace.steps.size() << " calls, shown below up to the finding";
}

Numbers one_of(std::vector<uint64_t> values)
{
    return numbers(Number::Kind::literal, rc::gen::elementOf(std::move(values)));
}

Numbers between(uint64_t first, uint64_t last)
{
    return numbers(Number::Kind::literal, uniform(first, last));
}

Numbers units(uint64_t first, uint64_t last)
{
    return numbers(Number::Kind::units, uniform(first, last));
}

Numbers place(uint64_t count)
{
    return rc::gen::weightedOneOf<Number>({{6, units(0, count - 1)}, {4, near_boundary(Number::Kind::near)}});
}

Numbers length(uint64_t count)
{
    return rc::gen::weightedOneOf<Number>(
        {{8, units(1, count)}, {3, near_boundary(Number::Kind::until)}, {1, between(1, 3 * page_bytes)}});
}

Numbers hostile()
{
    const auto power =
        map(rc::gen::pair(uniform(0, 63), uniform(0, 2)),
            [](const std::pair<uint64_t, uint64_t> &drawn) { return (uint64_t{1} << drawn.first) + drawn.second - 1; });
    const auto last = map(uniform(0, 4 * page_bytes), [](uint64_t bytes) { return ~bytes; });
    return numbers(Number::Kind::literal,
                   rc::gen::weightedOneOf<uint64_t>({{2, power}, {1, last}, {1, just(~uint64_t{0})}}));
}

Numbers node()
{
    constexpr uint64_t none = ~uint64_t{0}, nodes = 16; // as variants.txt: 1 << NODES_SHIFT
    return rc::gen::weightedOneOf<Number>(
        {{6, between(0, 3)}, {2, one_of({none})}, {1, one_of({nodes, nodes + 1, none - 1})}});
}

Calls call(mblab_op_kind kind, std::vector<Named> named)
{
    const OpInfo &info = op_info(static_cast<uint16_t>(kind));
    std::vector<Numbers> sources;
    for (const Parameter &parameter : info.params()) {
        const auto found =
            std::find_if(named.begin(), named.end(), [&](const Named &n) { return n.first == parameter.name; });
        sources.push_back(found == named.end() ? suitable(parameter.kind) : found->second);
    }
    return rc::gen::exec([kind, sources] {
        Draft draft{static_cast<uint16_t>(kind), {}, {}};
        for (size_t i = 0; i < sources.size(); i++)
            draft.numbers[i] = *sources[i];
        return draft;
    });
}

Calls call_text(mblab_op_kind kind, std::vector<std::string> texts)
{
    return map(rc::gen::elementOf(std::move(texts)),
               [kind](const std::string &text) { return Draft{static_cast<uint16_t>(kind), text, {}}; });
}

Calls weighted(std::initializer_list<std::pair<size_t, Calls>> calls)
{
    return rc::gen::weightedOneOf<Draft>(calls);
}

Calls any_of(std::vector<mblab_op_kind> kinds)
{
    std::vector<Calls> calls;
    for (const mblab_op_kind kind : kinds)
        calls.push_back(call(kind));
    return rc::gen::join(rc::gen::elementOf(std::move(calls)));
}

Drafts first(std::vector<Op> calls)
{
    std::vector<Draft> drafts;
    for (const Op &op : calls) {
        Draft draft{op.kind, op.text, {}};
        for (size_t i = 0; i < draft.numbers.size(); i++)
            draft.numbers[i].value = op.arg[i];
        drafts.push_back(draft);
    }
    return just(drafts);
}

Drafts some(size_t most, Calls calls)
{
    // The size of a container is drawn up to RapidCheck's size; the numbers inside are not to shrink with it.
    return rc::gen::resize(static_cast<int>(most),
                           rc::gen::container<std::vector<Draft>>(rc::gen::resize(rc::kNominalSize, std::move(calls))));
}

Inputs in_order(std::vector<Drafts> parts, uint64_t largest_unit)
{
    const uint64_t largest = static_cast<uint64_t>(std::countr_zero(largest_unit));
    return rc::gen::exec([parts, largest] {
        const uint64_t unit = uint64_t{1} << *uniform(12, largest);
        std::vector<std::vector<Draft>> drafts;
        for (const Drafts &part : parts)
            drafts.push_back(*part);
        return resolve(drafts, unit);
    });
}

Drafts room()
{
    return first({make_op(MBLAB_OP_memblock_add_node, {uint64_t{1} << 45, uint64_t{1} << 24, 0, 0})});
}

Drafts boot()
{
    return first({make_op(MBLAB_OP_memblock_allow_resize), make_op(MBLAB_OP_world_max_low_pfn, {~uint64_t{0}})});
}

Calls add_memory(std::vector<uint64_t> flags)
{
    return call(MBLAB_OP_memblock_add_node,
                {{"size", length(24)}, {"nid", between(0, 3)}, {"flags", one_of(std::move(flags))}});
}

Calls allocate()
{
    std::vector<Calls> calls;
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
        if (op_info(kind).family == Family::alloc)
            calls.push_back(call(static_cast<mblab_op_kind>(kind), {{"size", length(3)}}));
    return rc::gen::join(rc::gen::elementOf(std::move(calls)));
}

} // namespace mblab::property
