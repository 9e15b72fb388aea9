// SPDX-License-Identifier: GPL-2.0-or-later
// A booted, unmodified kernel that stands still before its first call of memblock: its functions can be called.
#pragma once

#include "apps/guest/page_tables.hpp"
#include "apps/guest/ram.hpp"
#include "apps/record/deadline.hpp"
#include "apps/record/gdb_client.hpp"
#include "apps/record/qemu.hpp"
#include "apps/record/symbols.hpp"
#include "core/base/error.hpp"
#include "core/state/outcome.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mblab::guest {

/// A kernel to boot, and how much RAM its machine has.
struct BootOptions {
    recording::KernelFiles files;
    uint64_t ram_bytes = uint64_t{1} << 30;
    std::chrono::seconds patience{20}; // for the boot, and for each call
};

/// How a call ended, and what it was seen to do on its way.
struct Called {
    mblab_exit exit = MBLAB_RETURNED;
    uint64_t value = 0;
    std::string why{}; // of a fault, or a budget
    std::vector<Effect> effects{};
};

class StoppedKernel {
  public:
    /// Boot it. Throws Error.
    StoppedKernel(const BootOptions &options, const recording::Machine &machine, recording::SymbolTable symbols);

    /// Call a function. What is written to memory stays until reset().
    Called call(uint64_t function, std::span<const uint64_t> arguments);
    /// Back to the moment of the first call, by writing back what has changed. False where the machine is lost.
    bool reset();

    const recording::SymbolTable &symbols() const { return symbols_; }
    const Ram &ram() const { return ram_; }
    /// The virtual address of so many bytes that a call may read and write: 512.
    uint64_t scratch() const { return scratch_; }

  private:
    void run_to_first_call();
    uint64_t needed(std::string_view name) const;
    void keep_image();
    uint64_t direct_map();
    void set(uint64_t address, uint64_t value);
    void set_direct_map();
    void map_ram();
    uint64_t return_address(const recording::Registers &registers) const;
    void observe(std::string_view function, void (StoppedKernel::*handler)(recording::Registers &, Called &));
    /// Whether the call goes on.
    bool at_stop(recording::Registers &registers, Called &called);
    bool has_room(uint64_t address, uint64_t bytes) const;
    void return_now(recording::Registers &registers, uint64_t value);
    std::string complaint(const Error &error);

    void at_memset(recording::Registers &registers, Called &called);
    void at_memcpy(recording::Registers &registers, Called &called);
    void at_warn(recording::Registers &registers, Called &called);
    void at_panic(recording::Registers &registers, Called &called);
    void at_report_bug(recording::Registers &registers, Called &called);
    void at_exception(recording::Registers &registers, Called &called);
    void at_death(recording::Registers &registers, Called &called);
    void at_accept(recording::Registers &registers, Called &called);

    using Handler = void (StoppedKernel::*)(recording::Registers &, Called &);

    const recording::Machine &machine_;
    recording::SymbolTable symbols_;
    Ram ram_;
    recording::Deadline deadline_;
    std::pair<UniqueFd, UniqueFd> sockets_;
    recording::Qemu qemu_;
    recording::GdbClient client_;
    recording::Registers first_registers_;
    uint64_t first_return_ = 0; // where calls return to
    uint64_t scratch_ = 0;
    uint64_t bug_return_ = 0;    // of report_bug()
    std::span<uint8_t> data_;    // the image's, in its memory
    std::vector<uint8_t> image_; // what they were at first
    Interval tables_{};          // physical, with page tables of ours
    std::unordered_map<uint64_t, Handler> observers_;
    std::vector<Interval> arrays_; // physical, that memblock has moved its arrays to
    bool lost_ = false;
};

} // namespace mblab::guest
