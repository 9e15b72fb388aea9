// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/gdb_client.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include <poll.h>
#include <sys/socket.h>

namespace mblab::recording {
namespace {

/// Bytes asked for at once: an answer of twice as many digits fits the stub's buffer.
constexpr uint64_t read_block = 1024;
constexpr int poll_milliseconds = 200;

} // namespace

GdbClient::GdbClient(UniqueFd socket, const Machine &machine, const Deadline &deadline)
    : socket_(std::move(socket)), machine_(machine), deadline_(deadline)
{
    ask("qSupported:hwbreak+;swbreak+;vContSupported+");
    ask("?");
}

void GdbClient::send(std::string_view payload)
{
    const std::string packet = rsp::encode(payload);
    std::string_view rest = packet;
    while (!rest.empty() && !gone_) {
        const ssize_t sent = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            gone_ = true;
        else if (sent > 0)
            rest.remove_prefix(static_cast<size_t>(sent));
    }
}

std::optional<std::string> GdbClient::receive()
{
    std::array<char, 1 << 13> block;
    while (!gone_) {
        if (auto packet = decoder_.next()) {
            ::send(socket_.get(), "+", 1, MSG_NOSIGNAL);
            return packet;
        }
        if (deadline_.passed())
            throw Error(fmt::format("the guest did not get there in {} s (see --timeout)", deadline_.limit().count()));
        pollfd waiting{socket_.get(), POLLIN, 0};
        if (poll(&waiting, 1, poll_milliseconds) <= 0)
            continue;
        const ssize_t got = recv(socket_.get(), block.data(), block.size(), 0);
        if (got > 0)
            decoder_.feed({block.data(), static_cast<size_t>(got)});
        else if (got == 0 || errno != EINTR)
            gone_ = true;
    }
    return std::nullopt;
}

std::string GdbClient::next()
{
    auto answer = receive();
    if (!answer)
        throw Error("QEMU ended before its gdb stub answered");
    return *std::move(answer);
}

std::string GdbClient::ask(std::string_view payload)
{
    send(payload);
    return next();
}

bool GdbClient::run(std::string_view command)
{
    here_.reset();
    send(command);
    while (const auto answer = receive()) {
        if (answer->starts_with('W') || answer->starts_with('X'))
            return false;
        if (!answer->starts_with('T') && !answer->starts_with('S'))
            continue; // output of the guest's, or of the monitor's
        const size_t thread = answer->find("thread:");
        if (thread != std::string::npos) {
            const size_t end = answer->find(';', thread);
            thread_ = answer->substr(thread + 7, end - thread - 7);
        }
        return true;
    }
    return false;
}

bool GdbClient::resume()
{
    // The stub would stop at once at a breakpoint under the program counter; a single step overrides it.
    if (!here_)
        registers();
    if (breakpoints_.contains(*here_) && !run("vCont;s:" + thread_))
        return false;
    return run("vCont;c");
}

Registers GdbClient::registers()
{
    // The stub answers for the processor that stopped last until it is told otherwise, and nobody tells it.
    last_registers_ = rsp::from_hex(ask("g"));
    const std::vector<uint8_t> &bytes = last_registers_;
    if (bytes.size() < machine_.register_count * 8)
        throw Error(fmt::format("QEMU's registers are not those of {}: does --kernel fit the machine?", machine_.name));
    Registers values(machine_.register_count);
    for (size_t i = 0; i < values.size(); i++)
        values[i] = integer_at(bytes, 8 * i, 8);
    here_ = machine_.program_counter_of(values);
    return values;
}

void GdbClient::write_registers(const Registers &registers)
{
    std::vector<uint8_t> bytes = last_registers_;
    for (size_t i = 0; i < registers.size() * 8; i++)
        bytes[i] = static_cast<uint8_t>(registers[i / 8] >> (8 * (i % 8)));
    if (ask("G" + rsp::to_hex(bytes)) != "OK")
        throw Error("QEMU does not accept registers");
    here_ = machine_.program_counter_of(registers);
}

std::optional<std::vector<uint8_t>> GdbClient::read(uint64_t address, uint64_t size)
{
    std::vector<uint8_t> bytes;
    while (bytes.size() < size) {
        const uint64_t block = std::min(read_block, size - bytes.size());
        const std::string answer = ask(fmt::format("m{:x},{:x}", address + bytes.size(), block));
        if (answer.starts_with('E'))
            return std::nullopt;
        const std::vector<uint8_t> part = rsp::from_hex(answer);
        if (part.size() != block)
            return std::nullopt;
        bytes.insert(bytes.end(), part.begin(), part.end());
    }
    return bytes;
}

std::optional<uint64_t> GdbClient::physical(uint64_t address)
{
    const std::string command = fmt::format("gva2gpa {:#x}", address);
    std::string output;
    std::string answer =
        ask("qRcmd," + rsp::to_hex({reinterpret_cast<const uint8_t *>(command.data()), command.size()}));
    for (; answer.starts_with('O') && answer != "OK"; answer = next()) {
        const std::vector<uint8_t> part = rsp::from_hex(std::string_view(answer).substr(1));
        output.append(part.begin(), part.end());
    }
    const size_t number = output.find("0x");
    return number == output.npos ? std::nullopt : std::optional(std::strtoull(output.c_str() + number, nullptr, 16));
}

bool GdbClient::change_breakpoint(char command, uint64_t address)
{
    // Software emulation keeps both kinds beside the code; under KVM the first kind needs the page to be mapped
    // already.
    return ask(fmt::format("{}0,{:x},1", command, address)) == "OK" ||
           ask(fmt::format("{}1,{:x},1", command, address)) == "OK";
}

void GdbClient::insert_breakpoint(uint64_t address)
{
    if (breakpoints_.insert(address).second && !change_breakpoint('Z', address))
        throw Error(
            fmt::format("QEMU does not accept a breakpoint at {:#x}; KVM has too few: use -accel tcg", address));
}

void GdbClient::remove_breakpoint(uint64_t address)
{
    if (breakpoints_.erase(address))
        change_breakpoint('z', address);
}

} // namespace mblab::recording
