// SPDX-License-Identifier: GPL-2.0-or-later
// For tests: a guest that is a script of places, with memory, and one processor's registers at each place.
#pragma once

#include "apps/record/guest.hpp"
#include "apps/record/machine.hpp"
#include "core/state/region_set.hpp"

#include <functional>
#include <map>
#include <set>
#include <utility>

namespace mblab::recording {

class FakeGuest final : public Guest {
  public:
    /// What the guest does when it comes to a place: it may write memory. Called whether or not it stops there.
    struct Place {
        uint64_t address;
        uint64_t stack;
        std::vector<uint64_t> arguments;
        uint64_t result;
        uint64_t return_address; // 0: this is no function's first instruction
        std::function<void(FakeGuest &)> effect;
    };

    void comes_to(Place place) { script_.push_back(std::move(place)); }

    void write(uint64_t address, uint64_t value, uint64_t size)
    {
        for (uint64_t i = 0; i < size; i++, value >>= 8)
            memory_[address + i] = static_cast<uint8_t>(value);
    }

    /// struct memblock_type at an address, and its regions where they are kept.
    void write_array(uint64_t address, Regions regions, uint64_t storage)
    {
        const uint64_t words[] = {regions.size(), 128, total_size(regions), storage, 0};
        for (const uint64_t word : words)
            write(std::exchange(address, address + 8), word, 8);
        for (const Region &region : regions) {
            write(storage, region.base, 8);
            write(storage + 8, region.size, 8);
            write(storage + 16, region.flags, 4);
            write(storage + 20, static_cast<uint32_t>(region.nid), 4);
            storage += 24;
        }
    }

    bool resume() override
    {
        while (next_ < script_.size()) {
            const Place &place = script_[next_++];
            if (place.effect)
                place.effect(*this);
            if (place.return_address)
                write(place.stack, place.return_address, 8);
            if (breakpoints_.contains(place.address)) {
                here_ = next_ - 1;
                return true;
            }
        }
        return false;
    }

    Registers registers() override
    {
        const Place &place = script_[here_];
        const Machine &machine = machine_of(Architecture::x86_64);
        Registers values(machine.register_count);
        for (size_t i = 0; i < place.arguments.size() && i < machine.arguments.size(); i++)
            values[machine.arguments[i]] = place.arguments[i];
        values[machine.result] = place.result;
        values[machine.stack_pointer] = place.stack;
        values[machine.program_counter] = place.address;
        return values;
    }

    std::optional<std::vector<uint8_t>> read(uint64_t address, uint64_t size) override
    {
        std::vector<uint8_t> bytes;
        for (uint64_t i = 0; i < size; i++) {
            const auto found = memory_.find(address + i);
            if (found == memory_.end())
                return std::nullopt;
            bytes.push_back(found->second);
        }
        return bytes;
    }

    std::optional<uint64_t> physical(uint64_t address) override
    {
        return address >= direct_map ? std::optional(address - direct_map) : std::nullopt;
    }

    void insert_breakpoint(uint64_t address) override { breakpoints_.insert(address); }
    void remove_breakpoint(uint64_t address) override { breakpoints_.erase(address); }
    const std::set<uint64_t> &breakpoints() const { return breakpoints_; }

    static constexpr uint64_t direct_map = 0xffff888000000000;

  private:
    std::vector<Place> script_;
    size_t next_ = 0, here_ = 0;
    std::map<uint64_t, uint8_t> memory_;
    std::set<uint64_t> breakpoints_;
};

} // namespace mblab::recording
