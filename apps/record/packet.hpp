// SPDX-License-Identifier: GPL-2.0-or-later
// The remote serial protocol's packets: $payload#checksum, as gdb and QEMU's stub exchange them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mblab::recording::rsp {

/// The sum of the bytes between $ and #, modulo 256.
uint8_t checksum(std::string_view escaped);

/// A packet ready to be sent: framed, with $ # } and * escaped.
std::string encode(std::string_view payload);

/// What an escaped payload says: escapes undone and run-length encoding spelt out.
std::string unescape(std::string_view escaped);

std::string to_hex(std::span<const uint8_t> bytes);

/// Bytes out of hexadecimal digits. Throws Error on anything else, as a stub that answers so is not understood.
std::vector<uint8_t> from_hex(std::string_view digits);

/// Turns a stream of bytes, cut anywhere, into packets. Acknowledgements between packets are dropped.
class Decoder {
  public:
    void feed(std::string_view bytes) { buffer_ += bytes; }

    /// The next whole packet's payload, if it is there. Throws Error when its checksum is wrong.
    std::optional<std::string> next();

  private:
    std::string buffer_;
};

} // namespace mblab::recording::rsp
