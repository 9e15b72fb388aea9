// SPDX-License-Identifier: GPL-2.0-or-later
// C text as tokens: enough to change one and know where it stands.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mblab::mutate {

struct Token {
    enum class Kind { word, number, text, sign, directive, macro, end };
    Kind kind;
    size_t begin, end; // in the file
    unsigned line, column;
    std::string_view text;

    bool is(std::string_view what) const { return text == what && kind != Kind::text; }
};

/// Without comments; a directive of the preprocessor is one token, whatever it defines. with_macros: of what defines a
/// macro with parameters, up to them is a `macro`; its body follows as tokens, and an empty directive ends it. The last
/// one is `end`. The text must outlive them.
std::vector<Token> read_tokens(std::string_view text, bool with_macros = false);

/// The tokens as one line.
std::string joined(const std::vector<Token> &tokens, size_t first, size_t last);

} // namespace mblab::mutate
