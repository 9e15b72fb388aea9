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

// What is changed: the second is the header.
constexpr const char *files[] = {memblock_source, memblock_header};

} // namespace

const char *file_of(const Mutant &mutant)
{
    return files[mutant.is_in_header];
}

std::vector<std::string> flags_of(const Side &tree)
{
    std::vector<std::string> flags;
    for (const tree::Flag &flag :
         tree::read_inventory(read_file(tree.file(memblock_header)), read_file(tree.file(memblock_source))).flags)
        flags.push_back(flag.name);
    return flags;
}

MutatedTree::MutatedTree(Side tree, const std::vector<std::string> &variants, const Lines &lines)
    : tree_(std::move(tree)), variants_(variants)
{
    for (const std::string &variant : variants_)
        compiled_[variant] = compiled_lines(tree_, variant);
    for (const bool is_header : {false, true}) {
        texts_[is_header] = read_file(tree_.file(files[is_header]));
        const auto is_wanted = [&](unsigned line, bool is_in_macro) {
            const std::pair<std::string, unsigned> place{files[is_header], line};
            return (lines.empty() || lines.contains(place)) &&
                   (is_in_macro ||
                    std::ranges::any_of(compiled_, [&](const auto &of) { return of.second.contains(place); }));
        };
        list_.add(find_mutants(texts_[is_header], is_header, flags_of(tree_), is_wanted));
    }
    changed_ = {.spec = "the mutants of " + tree_.spec, .folder = folder_.file("tree")};
    link_rest();
}

/// All other files are the tree's own.
void MutatedTree::link_rest()
{
    for (const char *made : {"/mm", "/include/linux"})
        fs::create_directories(changed_.folder + made);
    const auto link = [&](const std::string &folder) {
        std::error_code none;
        for (const fs::directory_entry &entry : fs::directory_iterator(tree_.file(folder), none))
            if (const fs::path to = changed_.file(folder) / entry.path().filename();
                !fs::exists(to) && !to.string().ends_with(memblock_header))
                fs::create_symlink(fs::absolute(entry.path()), to);
    };
    link("include/linux");
    link("include");
    if (fs::exists(tree_.file("tools")))
        fs::create_directory_symlink(fs::absolute(tree_.file("tools")), changed_.file("tools"));
}

std::vector<std::string> MutatedTree::variants_of(const Mutant &mutant) const
{
    std::vector<std::string> variants;
    std::ranges::copy_if(variants_, std::back_inserter(variants), [&](const std::string &variant) {
        return mutant.is_in_macro || compiled_.at(variant).contains({file_of(mutant), mutant.line});
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
    for (const bool is_header : {false, true}) {
        schemata_[is_header] = make_schemata(texts_[is_header], is_header, list_.all, left_out_);
        std::ofstream out(changed_.file(files[is_header]));
        if (!(out << schemata_[is_header].text).flush())
            throw Error(fmt::format("{}: cannot write", changed_.file(files[is_header])));
    }
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

namespace {

/// "...memblock.c:LINE:COLUMN: error: ..." of a compiler, or "...memblock.h:LINE:COLUMN: note: expanded from macro
/// ...".
struct Place {
    bool is_header = false, is_error = false;
    unsigned line = 0, column = 0;

    explicit Place(std::string_view text)
    {
        const size_t end = std::min(text.find(".c:"), text.find(".h:"));
        is_error = text.find(": error: ") != text.npos;
        if (!text.substr(0, end).ends_with("memblock") || !(is_error || text.find(": note: expanded") != text.npos))
            return;
        is_header = text[end + 1] == 'h';
        char colon = 0;
        std::istringstream in(std::string(text.substr(end + 3)));
        in >> line >> colon >> column;
    }
};

} // namespace

/// Leave out each mutant that an error of the compiler points into; where it points into none, those of its line.
/// Whether there was one.
bool MutatedTree::leave_out(const std::string &errors)
{
    std::array<std::vector<size_t>, 2> begins; // of lines
    for (const bool is_header : {false, true}) {
        const Schemata &of = schemata_[is_header];
        begins[is_header] = {of.begin};
        for (size_t i = of.begin; i < of.text.size(); i++)
            if (of.text[i] == '\n')
                begins[is_header].push_back(i + 1);
    }
    const size_t before = left_out_.size();
    for (const bool by_line : {false, true}) {
        if (left_out_.size() > before)
            break;
        each_line(errors, [&](std::string_view text) {
            const Place is(text);
            if (is.line == 0 || is.line > begins[is.is_header].size() || (by_line && !is.is_error))
                return;
            const size_t place = begins[is.is_header][is.line - 1] + is.column - 1;
            const std::vector<Schemata::Place> &places = schemata_[is.is_header].places;
            for (size_t i = 0; i < list_.all.size(); i++)
                if (list_.all[i].is_in_header == is.is_header &&
                    (by_line ? list_.all[i].line == is.line : places[i].begin <= place && place < places[i].end))
                    left_out_.insert(i);
        });
    }
    return left_out_.size() > before;
}

} // namespace mblab::mutate
