// SPDX-License-Identifier: GPL-2.0-or-later
// The functions of a C file as trees of statements and expressions, without knowing its types or macros.
#pragma once

#include "apps/mutate/tokens.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mblab::mutate {

struct Node {
    enum class Kind {
        // expressions
        name,
        number,
        opaque, // what is not looked into: strings, types, sizeof, lists in braces
        prefix,
        postfix,
        binary, // assignments and commas, too
        conditional,
        call,   // of the first child with the others
        index,  // into the first child
        member, // of the child; the op is its name
        parentheses,
        // statements
        block,
        expression,
        declaration,
        choice, // if, while, do: the first child is its condition; for, a macro's loop, switch: of `for` the second is
        jump,   // break, continue, goto
        returns,
        other, // labels
    };
    Kind kind;
    size_t first, last;            // tokens
    size_t op = 0;                 // the token that says what it is
    size_t condition = ~size_t{0}; // of a choice: which child
    std::vector<Node> children{};

    bool is_statement() const { return kind >= Kind::block; }
};

struct Function {
    std::string_view name;
    std::string parameters; // their types and names, as joined()
    Node body;
    bool is_macro = false;
};

struct Syntax {
    std::vector<Function> functions;
    std::vector<std::string_view> unread; // functions that are not understood
};

/// Functions whose braces stand in the first column, as in the kernel, and macros with parameters whose bodies were
/// read.
Syntax read_functions(const std::vector<Token> &tokens);

} // namespace mblab::mutate
