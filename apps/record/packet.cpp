// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/packet.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <numeric>

namespace mblab::recording::rsp {
namespace {

constexpr char escape = '}';
constexpr char escape_bit = 0x20;
/// A count of repetitions is sent as a printable character this far above it.
constexpr int run_bias = 29;

} // namespace

uint8_t checksum(std::string_view escaped)
{
    return static_cast<uint8_t>(std::accumulate(escaped.begin(), escaped.end(), 0));
}

std::string encode(std::string_view payload)
{
    std::string escaped;
    for (const char character : payload) {
        const bool frames = std::string_view("$#}*").find(character) != std::string_view::npos;
        escaped += frames ? std::string{escape, static_cast<char>(character ^ escape_bit)} : std::string{character};
    }
    return fmt::format("${}#{:02x}", escaped, checksum(escaped));
}

std::string unescape(std::string_view escaped)
{
    std::string payload;
    for (size_t i = 0; i < escaped.size(); i++) {
        if (escaped[i] == escape && i + 1 < escaped.size()) {
            payload += static_cast<char>(escaped[++i] ^ escape_bit);
        } else if (escaped[i] == '*' && i + 1 < escaped.size() && !payload.empty()) {
            const int repeats = static_cast<uint8_t>(escaped[++i]) - run_bias;
            payload.append(static_cast<size_t>(repeats > 0 ? repeats : 0), payload.back());
        } else {
            payload += escaped[i];
        }
    }
    return payload;
}

std::string to_hex(std::span<const uint8_t> bytes)
{
    return fmt::format("{:02x}", fmt::join(bytes, ""));
}

std::vector<uint8_t> from_hex(std::string_view digits)
{
    std::vector<uint8_t> bytes((digits.size() + 1) / 2);
    for (size_t i = 0; i < bytes.size(); i++) {
        const char *const pair = digits.data() + 2 * i;
        if (digits.size() % 2 != 0 || std::from_chars(pair, pair + 2, bytes[i], 16).ptr != pair + 2)
            throw Error(
                fmt::format("the gdb stub answered '{}' where hexadecimal digits belong", digits.substr(0, 40)));
    }
    return bytes;
}

std::optional<std::string> Decoder::next()
{
    const size_t start = buffer_.find('$');
    if (start == std::string::npos) {
        buffer_.clear();
        return std::nullopt;
    }
    const size_t end = buffer_.find('#', start);
    if (end == std::string::npos || end + 2 >= buffer_.size())
        return std::nullopt;
    const std::string escaped = buffer_.substr(start + 1, end - start - 1);
    const std::string sum = buffer_.substr(end + 1, 2);
    buffer_.erase(0, end + 3);
    if (from_hex(sum)[0] != checksum(escaped))
        throw Error("the gdb stub sent a packet with a wrong checksum");
    return unescape(escaped);
}

} // namespace mblab::recording::rsp
