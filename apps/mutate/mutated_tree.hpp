// SPDX-License-Identifier: GPL-2.0-or-later
// A tree with all its mutants in one source, and the engines that are built of it.
#pragma once

#include "apps/mutate/mutants.hpp"
#include "core/base/files.hpp"
#include "core/run/side.hpp"

#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mblab::mutate {

/// Lines of memblock_source and memblock_header.
using Lines = std::set<std::pair<std::string, unsigned>>;

/// Which of them it is in.
const char *file_of(const Mutant &mutant);

class MutatedTree {
  public:
    /// Mutants of the lines of the tree's memblock.c and of its header that one of the variants compiles; of these
    /// lines only, where there are any.
    MutatedTree(Side tree, const std::vector<std::string> &variants, const Lines &lines);

    const Side &tree() const { return tree_; }
    /// Mutant N, from 1, is at N - 1.
    const std::vector<Mutant> &mutants() const { return list_.all; }
    const std::vector<std::string> &unread() const { return list_.unread; }
    const std::vector<std::string> &variants() const { return variants_; }
    /// The variants that compile the line of a mutant, in their order.
    std::vector<std::string> variants_of(const Mutant &mutant) const;
    /// A number that stands for the list of mutants.
    uint64_t hash() const;

    /// Build both engines of each variant. A mutant that the compiler takes in none of them is left out.
    void build();
    /// Files: the tree's own engine, and that with the mutants.
    const std::pair<std::string, std::string> &engines(const std::string &variant) const
    {
        return engines_.at(variant);
    }
    /// The folder of the changed tree, whose other files are the tree's own.
    const Side &changed() const { return changed_; }
    /// Mutants, by index, that do not compile.
    const std::set<size_t> &left_out() const { return left_out_; }

  private:
    void link_rest();
    void write();
    void build(const std::string &variant);
    bool leave_out(const std::string &errors);

    Side tree_;
    std::vector<std::string> variants_;
    std::map<std::string, Lines> compiled_; // by variant
    std::array<std::string, 2> texts_;      // of files
    MutantList list_;
    TemporaryFolder folder_;
    Side changed_;
    std::array<Schemata, 2> schemata_; // of files
    std::set<size_t> left_out_;
    std::map<std::string, std::pair<std::string, std::string>> engines_;
};

/// The flags of memblock that a tree's header defines.
std::vector<std::string> flags_of(const Side &tree);

} // namespace mblab::mutate
