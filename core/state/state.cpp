// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/state/state.hpp"

namespace mblab {

State::State(const Variant &of, const Dialect &spoken) : variant(of), dialect(spoken), current_limit(top())
{
    constexpr uint64_t physmem_regions = 4; // INIT_PHYSMEM_REGIONS
    memory().max = variant.memory_regions;
    reserved().max = variant.reserved_regions;
    physmem().max = variant.has(MBLAB_CONFIG_physmap) ? physmem_regions : 0;
    for (ArrayState &array : arrays)
        array.set.top = top();
}

bool HandedOver::is_called(std::string_view wanted) const
{
    const std::string_view known = name;
    return known.starts_with(wanted) &&
           (known == wanted || (known[wanted.size()] == '@' && wanted.find('@') == wanted.npos));
}

void HandoverState::leave(std::string_view name, uint64_t base, uint64_t size, uint64_t form)
{
    if (left.size() < MBLAB_KHO_LEFT_MAX && !sealed)
        left.emplace_back(std::string(name), base, size, form);
}

void State::add_kho_scratch(uint64_t base, uint64_t size)
{
    if (kho_scratch.size() < MBLAB_KHO_SCRATCH_MAX)
        kho_scratch.push_back({base, base + std::min(size, ~base)}); // no range reaches the highest address
}

Interval State::range(uint64_t base, uint64_t size) const
{
    base &= top();
    return {base, base + std::min(size & top(), top() - base)};
}

Regions State::listed(const ArrayState &array) const
{
    return array.set.empty() && dialect.empty_array_has_entry ? Regions(&array.vacant, 1) : array.set.regions();
}

void State::show(mblab_state &out) const
{
    for (size_t type = 0; type < arrays.size(); type++) {
        const auto &[set, max, storage, in_slab, vacant] = arrays[type];
        const Regions regions = listed(arrays[type]);
        if (max)
            out.type[type] = {regions.size(), max, set.total, storage, set.version(), regions.data()};
    }
    out.current_limit = current_limit;
    out.totalram = totalram;
    out.region_bytes = static_cast<uint32_t>(region_bytes());
    out.bottom_up = bottom_up;
}

uint64_t State::region_bytes() const
{
    const uint64_t address_bytes = variant.has(MBLAB_CONFIG_phys32) ? 4 : 8;
    const uint64_t alignment = variant.has(MBLAB_CONFIG_m32) ? 4 : address_bytes; // x86's, of 32 bits
    const uint64_t bytes = 2 * address_bytes + (is_numa() ? 8 : 4);
    return (bytes + alignment - 1) / alignment * alignment;
}

} // namespace mblab
