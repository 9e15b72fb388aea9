// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/tree/inventory.hpp"

#include "core/base/files.hpp"
#include "core/op/op.hpp"
#include "core/run/process.hpp"
#include "core/trace/trace.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <set>
#include <sstream>

namespace mblab::tree {
namespace {

bool is_word(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '_';
}

std::string_view trim(std::string_view text)
{
    const size_t first = text.find_first_not_of(" \t\r\n");
    return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// The word that the text begins with; empty where it begins with none.
std::string_view next_word(std::string_view text)
{
    return text.substr(0, static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_word) - text.begin()));
}

std::set<std::string_view> words_of(std::string_view text)
{
    std::set<std::string_view> words;
    for (; !text.empty(); text.remove_prefix(1)) {
        const std::string_view word = next_word(text);
        if (word.empty())
            continue;
        words.insert(word);
        text.remove_prefix(word.size() - 1);
    }
    return words;
}

bool is_memblock_name(std::string_view name)
{
    return name.starts_with("memblock_") || name.starts_with("reserve_mem") || name.starts_with("__next_") ||
           name.starts_with("for_each_") || name.starts_with("__for_each_");
}

/// C text without comments, by what the preprocessor and what the compiler reads.
struct Text {
    std::string code;                // without directives
    std::vector<std::string> macros; // that are defined with parameters
    std::vector<Include> includes;
};

void read_include(std::string_view rest, std::vector<Include> &includes)
{
    if (!rest.starts_with('<') && !rest.starts_with('"'))
        return;
    const bool in_quotes = rest[0] == '"';
    const std::string name(rest.substr(1, rest.find(in_quotes ? '"' : '>', 1) - 1));
    if (std::none_of(includes.begin(), includes.end(), [&](const Include &seen) { return seen.name == name; }))
        includes.push_back({name, in_quotes});
}

void read_text(std::string_view text, Text &out)
{
    while (!text.empty()) {
        size_t end = text.find('\n');
        const bool is_directive = trim(text.substr(0, end)).starts_with('#');
        while (is_directive && end != text.npos && end > 0 && text[end - 1] == '\\')
            end = text.find('\n', end + 1); // a line that the next one continues
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (!is_directive) {
            out.code.append(line) += '\n';
            continue;
        }
        const std::string_view directive = trim(trim(line).substr(1)), name = next_word(directive);
        const std::string_view rest = trim(directive.substr(name.size())), macro = next_word(rest);
        if (name == "include")
            read_include(rest, out.includes);
        else if (name == "define" && rest.substr(macro.size()).starts_with('('))
            out.macros.emplace_back(macro);
    }
}

/// Names that may be memblock's, of macros with parameters and of functions that are declared or defined: at no depth
/// of braces, before a parenthesis.
std::vector<std::string> declarations(const Text &header)
{
    std::set<std::string> names;
    std::copy_if(header.macros.begin(), header.macros.end(), std::inserter(names, names.end()), is_memblock_name);
    int braces = 0, parentheses = 0;
    for (std::string_view text = header.code; !text.empty();) {
        braces += text[0] == '{' ? 1 : text[0] == '}' ? -1 : 0;
        parentheses += text[0] == '(' ? 1 : text[0] == ')' ? -1 : 0;
        const std::string_view word = next_word(text);
        text.remove_prefix(std::max<size_t>(word.size(), 1));
        if (braces == 0 && parentheses == 0 && trim(text.substr(0, 80)).starts_with('(') && is_memblock_name(word))
            names.emplace(word);
    }
    return {names.begin(), names.end()};
}

/// Functions that the source defines for others: of each text at no depth of braces that comes before a brace, and is
/// no static function's, the word before the first parenthesis.
std::vector<std::string> exported_functions(std::string_view code)
{
    std::vector<std::string> names;
    std::string head;
    int braces = 0;
    for (const char character : code) {
        if (character == '{' && braces++ == 0) {
            const size_t open = head.find('(');
            const std::string before = head.substr(0, open == head.npos ? 0 : open);
            const size_t start = before.find_last_not_of(" \t\n*");
            const size_t word = start == before.npos ? start : before.find_last_of(" \t\n*", start);
            const std::string name = start == before.npos ? "" : before.substr(word + 1, start - word);
            if (word != before.npos && !words_of(before).contains("static") && before.find('=') == before.npos)
                names.push_back(name);
        }
        braces -= character == '}' ? 1 : 0;
        if (braces == 0 && (character == ';' || character == '}'))
            head.clear();
        else if (braces == 0)
            head += character;
    }
    return names;
}

bool flag_is_known(std::string_view name, std::string_view value)
{
    uint64_t number = 0;
    const bool is_hex = value.starts_with("0x");
    const std::string_view digits = is_hex ? value.substr(2) : value;
    const auto [rest, error] = std::from_chars(digits.begin(), digits.end(), number, is_hex ? 16 : 10);
    return error == std::errc() && rest == digits.end() && print_value(ParameterKind::flags, number) == name;
}

std::vector<Flag> read_flags(std::string_view header)
{
    std::vector<Flag> flags;
    const size_t start = header.find("enum memblock_flags {");
    if (start == std::string_view::npos)
        return flags;
    header.remove_prefix(header.find('{', start) + 1);
    std::string_view body = header.substr(0, header.find('}'));
    while (!trim(body).empty()) {
        const std::string_view item = body.substr(0, body.find(','));
        const size_t equals = item.find('=');
        const std::string_view value = equals == std::string_view::npos ? "" : trim(item.substr(equals + 1));
        if (const std::string_view name = trim(item.substr(0, equals)); !name.empty())
            flags.push_back({std::string(name), std::string(value), flag_is_known(name, value)});
        body.remove_prefix(std::min(body.size(), item.size() + 1));
    }
    return flags;
}

std::vector<Option> read_options(const std::set<std::string_view> &words)
{
    std::vector<Option> options;
    for (const std::string_view word : words) {
        if (!word.starts_with("CONFIG_"))
            continue;
        const auto known = known_options().find(word);
        options.push_back(
            {std::string(word), known == known_options().end() ? std::nullopt : std::optional(known->second)});
    }
    return options;
}

/// Where an op's name is not what the kernel calls it, what the text names instead.
std::string_view sign_of(std::string_view op)
{
    return op == "debugfs_show" ? "debugfs_create_file" : op == "debugfs_show_reserve_mem" ? "reserve_mem_param" : op;
}

} // namespace

const std::map<std::string, std::string, std::less<>> &known_options()
{
    static const auto options = [] {
        std::map<std::string, std::string, std::less<>> out;
        std::istringstream table(read_file(source_folder() + "/core/engine/options.txt"));
        for (std::string line, word, option; std::getline(table, line);)
            if (std::istringstream row(line); row >> word >> option && word != "#")
                out[option] = word.starts_with('!') ? "not " + word.substr(1) : word;
        return out;
    }();
    return options;
}

std::string without_comments(std::string_view text)
{
    std::string out;
    for (size_t at = 0; at < text.size();) {
        const bool block = text.substr(at, 2) == "/*", line = text.substr(at, 2) == "//";
        if (!block && !line) {
            out += text[at++];
            continue;
        }
        const size_t end = block ? text.find("*/", at + 2) : text.find('\n', at);
        const size_t past = end == std::string_view::npos ? text.size() : block ? end + 2 : end;
        out += ' ';
        out.append(static_cast<size_t>(std::count(text.begin() + static_cast<ptrdiff_t>(at),
                                                  text.begin() + static_cast<ptrdiff_t>(past), '\n')),
                   '\n');
        at = past;
    }
    return out;
}

Inventory read_inventory(std::string_view header, std::string_view source)
{
    const std::string header_code = without_comments(header), source_code = without_comments(source);
    std::set<std::string_view> words = words_of(header_code);
    words.merge(words_of(source_code));
    Text from_header, from_source, all;
    read_text(header_code, from_header);
    read_text(source_code, from_source);
    read_text(source_code, all);
    read_text(header_code, all);
    Inventory inventory;
    std::set<std::string_view> known;
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++) {
        const std::string_view name = op_info(kind).name;
        known.insert(name);
        if (is_of_kernels(kind))
            (words.contains(sign_of(name)) ? inventory.ops : inventory.missing_ops).push_back(name);
    }
    std::vector<std::string> public_names = declarations(from_header);
    for (std::string &name : exported_functions(from_source.code))
        public_names.push_back(std::move(name));
    const std::set<std::string> in_order(public_names.begin(), public_names.end());
    std::copy_if(in_order.begin(), in_order.end(), std::back_inserter(inventory.without_op),
                 [&](const std::string &name) { return !known.contains(name); });
    inventory.flags = read_flags(from_header.code);
    inventory.options = read_options(words);
    inventory.includes = std::move(all.includes);
    return inventory;
}

std::optional<std::string> provider_of(const Include &include, const std::string &shim)
{
    // What is tested brings its own header; the shim must not have one.
    if (include.name == "linux/memblock.h")
        return "tree";
    for (const char *folder : {"instep", "recorded", "noop", "world"})
        if (std::filesystem::exists(std::filesystem::path(shim) / folder / include.name))
            return folder;
    return std::nullopt;
}

} // namespace mblab::tree
