// SPDX-License-Identifier: GPL-2.0-or-later
// Reads a line from left to right. Each step says whether the line went on as expected; a failed step reads nothing.
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

namespace mblab::boot {

class Scan {
  public:
    explicit Scan(std::string_view text) : rest_(text) {}

    std::string_view rest() const { return rest_; }

    bool literal(std::string_view text)
    {
        if (!rest_.starts_with(text))
            return false;
        rest_.remove_prefix(text.size());
        return true;
    }

    /// Blanks, of which a tab may have been printed as #011 by a syslog daemon, as \x09 by /dev/kmsg, as ^I by cat.
    /// Whether there was one.
    bool blanks()
    {
        const size_t before = rest_.size();
        while (literal(" ") || literal("\t") || literal("#011") || literal("\\x09") || literal("\\t") || literal("^I"))
            ;
        return rest_.size() < before;
    }

    bool number(uint64_t &value, int base)
    {
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value, base);
        if (error != std::errc())
            return false;
        rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
        return true;
    }

    bool decimal(uint64_t &value) { return number(value, 10); }

    /// With or without 0x.
    bool hex(uint64_t &value)
    {
        const std::string_view before = rest_;
        literal("0x") || literal("0X");
        if (number(value, 16))
            return true;
        rest_ = before;
        return false;
    }

    bool signed_decimal(int32_t &value)
    {
        const std::string_view before = rest_;
        const bool negative = literal("-");
        uint64_t digits = 0;
        if (!decimal(digits) || digits > INT32_MAX) {
            rest_ = before;
            return false;
        }
        value = negative ? -static_cast<int32_t>(digits) : static_cast<int32_t>(digits);
        return true;
    }

    /// The longest run of characters that a C identifier may have.
    std::string_view identifier()
    {
        size_t length = 0;
        while (length < rest_.size() && is_identifier(rest_[length]))
            length++;
        const std::string_view name = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return name;
    }

    bool at_end() const { return rest_.empty(); }

    static bool is_hex_digit(char c)
    {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    }

    static bool is_identifier(char c)
    {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    }

  private:
    std::string_view rest_;
};

} // namespace mblab::boot
