// SPDX-License-Identifier: GPL-2.0-or-later
// The changes of one token that are made to a tree's memblock.c.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mblab::mutate {

struct Mutant {
    bool is_in_header = false;     // <linux/memblock.h>, not memblock.c
    bool is_in_macro = false;      // so that it is wherever the macro is used
    unsigned line = 0, column = 0; // of the token that is changed
    std::string_view what;   // the kind of change: relation, arithmetic, constant, negate, drop, swap, flag, sibling
    unsigned variation = 1;  // among those of a kind at one place
    unsigned occurrence = 1; // among those of its function that read alike
    std::string function;
    std::string was, becomes;  // the expression or statement, in one line
    size_t begin = 0, end = 0; // of what it replaces, in the file
    bool is_statement = false;

    /// "742:17:relation", "742:17:relation2", "memblock.h:130:7:flag": the same whenever the text is the same.
    std::string id() const;
    /// "function: was -> becomes": the same while the function keeps that expression.
    std::string title() const;
};

struct MutantList {
    std::vector<Mutant> all;         // in the order of the text
    std::vector<std::string> unread; // functions that were not understood, so that none is of them

    void add(MutantList more);
};

/// flags: names of memblock's flags, which are exchanged for one another. is_wanted: whether a line is to be changed,
/// of a function or of a macro. Macros are read in a header.
using IsWanted = std::function<bool(unsigned line, bool is_in_macro)>;
MutantList find_mutants(std::string_view source, bool is_header, const std::vector<std::string> &flags,
                        const IsWanted &is_wanted);

/// The source, or the header, with all of them that are in it behind a switch: MBLAB_MUTANT=N in the environment of
/// whoever loads it makes it the N-th, from 1. Lines stay where they are. MBLAB_REACHED names a file of one byte for
/// each, which is set where its place is reached.
struct Schemata {
    std::string text;
    struct Place {
        size_t begin, end; // in the text: what is there of a mutant besides what was there before
    };
    std::vector<Place> places; // by mutant
    size_t begin = 0;          // of what was the source
};
Schemata make_schemata(std::string_view source, bool is_header, const std::vector<Mutant> &mutants,
                       const std::set<size_t> &left_out);

} // namespace mblab::mutate
