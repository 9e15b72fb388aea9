// SPDX-License-Identifier: GPL-2.0-or-later
// A client of QEMU's gdb stub, with what a recording needs and no more.
#pragma once

#include "apps/record/deadline.hpp"
#include "apps/record/guest.hpp"
#include "apps/record/machine.hpp"
#include "apps/record/packet.hpp"
#include "core/base/files.hpp"

#include <set>
#include <string>
#include <string_view>

namespace mblab::recording {

class GdbClient final : public Guest {
  public:
    /// Speak over a connected socket to a stub whose machine is stopped. Every wait ends at the deadline.
    GdbClient(UniqueFd socket, const Machine &machine, const Deadline &deadline);

    bool resume() override;
    Registers registers() override;
    /// Registers past those given stay what they were when registers() was asked last.
    void write_registers(const Registers &registers);
    std::optional<std::vector<uint8_t>> read(uint64_t address, uint64_t size) override;
    std::optional<uint64_t> physical(uint64_t address) override;
    void insert_breakpoint(uint64_t address) override;
    void remove_breakpoint(uint64_t address) override;

  private:
    void send(std::string_view payload);
    /// The next packet; nothing when the stub has gone.
    std::optional<std::string> receive();
    /// The next packet. Throws Error when the stub has gone.
    std::string next();
    std::string ask(std::string_view payload);
    /// Send a command that lets the guest run, and wait until it stops; false when it ended.
    bool run(std::string_view command);
    bool change_breakpoint(char command, uint64_t address);

    UniqueFd socket_;
    const Machine &machine_;
    const Deadline &deadline_;
    rsp::Decoder decoder_;
    std::set<uint64_t> breakpoints_;
    std::vector<uint8_t> last_registers_; // whole, as the stub has them
    std::optional<uint64_t> here_;        // the program counter, where it has been asked for since the last stop
    std::string thread_ = "1";
    bool gone_ = false;
};

} // namespace mblab::recording
