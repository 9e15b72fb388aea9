// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/mutate/mutated_tree.hpp"

#include "apps/tree/inventory.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

namespace mblab::mutate {
namespace {

namespace fs = std::filesystem;

} // namespace

std::vector<std::string> flags_of(const Side &tree)
{
    std::vector<std::string> flags;
    for (const tree::Flag &flag :
         tree::read_inventory(read_file(tree.file(memblock_header)), read_file(tree.file(memblock_source))).flags)
        flags.push_back(flag.name);
    return flags;
}

MutatedTree::MutatedTree(Side tree, const std::vector<std::string> &variants, const Lines &lines)
    : tree_(std::move(tree)), variants_(variants), source_(read_file(tree_.file(memblock_source)))
{
    for (const std::string &variant : variants_)
        for (const auto &[file, line] : compiled_lines(tree_, variant))
            if (file == memblock_source)
                compiled_[variant].insert(line);
    const auto is_wanted = [&](unsigned line) {
        return (lines.empty() || lines.contains(line)) &&
               std::ranges::any_of(compiled_, [&](const auto &of) { return of.second.contains(line); });
    };
    list_ = find_mutants(source_, flags_of(tree_), is_wanted);
    changed_ = {.spec = "the mutants of " + tree_.spec, .folder = folder_.file("tree")};
    fs::create_directories(changed_.folder + "/mm");
    for (const char *shared : {"include", "tools"})
        if (fs::exists(tree_.file(shared)))
            fs::create_directory_symlink(fs::absolute(tree_.file(shared)), changed_.file(shared));
}

std::vector<std::string> MutatedTree::variants_of(const Mutant &mutant) const
{
    std::vector<std::string> variants;
    std::ranges::copy_if(variants_, std::back_inserter(variants), [&](const std::string &variant) {
        return compiled_.contains(variant) && compiled_.at(variant).contains(mutant.line);
    });
    return variants;
}

uint64_t MutatedTree::hash() const
{
    std::string all;
    for (const Mutant &mutant : list_.all)
        all += mutant.id() + ' ' + mutant.title() + '\n';
    return content_hash(all);
}

void MutatedTree::write()
{
    schemata_ = make_schemata(source_, list_.all, left_out_);
    std::ofstream out(changed_.file(memblock_source));
    if (!(out << schemata_.text).flush())
        throw Error(fmt::format("{}: cannot write", changed_.file(memblock_source)));
}

void MutatedTree::build()
{
    // Which do not compile is known of all variants before the first engine is built: the same text is in all of them.
    write();
    for (const std::string &variant : variants_)
        build(variant);
    for (const std::string &variant : variants_)
        build(variant);
}

void MutatedTree::build(const std::string &variant)
{
    const std::string objects = folder_.file("objects");
    const auto attempt = [&](const Side &side, const char *name) {
        fs::remove_all(objects);
        return build_plain(side, name, variant, objects);
    };
    const std::string base = attempt(tree_, "unchanged");
    while (true)
        try {
            engines_[variant] = {base, attempt(changed_, "mutants")};
            return;
        } catch (const SideError &) {
            const std::string errors = objects + "/errors";
            if (!fs::exists(errors) || !leave_out(read_file(errors)))
                throw;
            write();
        }
}

/// Leave out each mutant that an error of the compiler ("...memblock.c:LINE:COLUMN: error: ...") points into; where it
/// points into none, those of its line. Whether there was one.
bool MutatedTree::leave_out(const std::string &errors)
{
    std::vector<size_t> begins = {schemata_.begin}; // of lines
    for (size_t i = schemata_.begin; i < schemata_.text.size(); i++)
        if (schemata_.text[i] == '\n')
            begins.push_back(i + 1);
    const size_t before = left_out_.size();
    each_line(errors, [&](std::string_view text) {
        const size_t at = text.find("memblock.c:");
        unsigned line = 0, column = 0;
        char colon = 0;
        std::istringstream in(std::string(text.substr(std::min(text.size(), at == text.npos ? at : at + 11))));
        if (at == text.npos || text.find(": error: ") == text.npos || !(in >> line >> colon >> column) || line == 0 ||
            line > begins.size())
            return;
        const size_t place = begins[line - 1] + column - 1;
        bool is_within = false;
        for (size_t i = 0; i < list_.all.size(); i++)
            if (schemata_.places[i].begin <= place && place < schemata_.places[i].end) {
                left_out_.insert(i);
                is_within = true;
            }
        for (size_t i = 0; i < list_.all.size() && !is_within; i++)
            if (list_.all[i].line == line)
                left_out_.insert(i);
    });
    return left_out_.size() > before;
}

} // namespace mblab::mutate
