// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/tree/inventory.hpp"

#include "core/op/op.hpp"
#include "core/trace/trace.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>

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
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Calls see(word, rest) for each identifier, rest being the text behind it.
template <typename See> void each_word(std::string_view text, See see)
{
    for (size_t at = 0; at < text.size();) {
        if (!is_word(text[at])) {
            at++;
            continue;
        }
        size_t end = at;
        while (end < text.size() && is_word(text[end]))
            end++;
        see(text.substr(at, end - at), text.substr(end));
        at = end;
    }
}

std::set<std::string> words_of(std::string_view text)
{
    std::set<std::string> words;
    each_word(text, [&](std::string_view word, std::string_view) { words.emplace(word); });
    return words;
}

/// One line of the preprocessor's, with those that a backslash adds to it.
std::string_view logical_line(std::string_view text)
{
    size_t end = text.find('\n');
    while (end != std::string_view::npos && end > 0 && text[end - 1] == '\\')
        end = text.find('\n', end + 1);
    return text.substr(0, end);
}

bool starts_directive(std::string_view text)
{
    return trim(text.substr(0, text.find('\n'))).starts_with('#');
}

std::string_view next_word(std::string_view text)
{
    size_t end = 0;
    while (end < text.size() && is_word(text[end]))
        end++;
    return text.substr(0, end);
}

bool is_memblock_name(std::string_view name)
{
    return name.starts_with("memblock_") || name.starts_with("reserve_mem") || name.starts_with("__next_") ||
           name.starts_with("for_each_") || name.starts_with("__for_each_");
}

/// The macro with parameters that a directive defines, or nothing.
std::string_view defined_macro(std::string_view directive)
{
    std::string_view rest = trim(directive.substr(directive.find('#') + 1));
    if (!rest.starts_with("define"))
        return {};
    rest = trim(rest.substr(6));
    const std::string_view name = next_word(rest);
    return rest.substr(name.size()).starts_with('(') ? name : std::string_view();
}

/// Names of functions that are declared or defined in text without directives: at no depth of braces, before a
/// parenthesis.
void declared_functions(std::string_view text, std::vector<std::string> &names)
{
    int braces = 0, parentheses = 0;
    for (size_t at = 0; at < text.size();) {
        const char character = text[at];
        braces += character == '{' ? 1 : character == '}' ? -1 : 0;
        parentheses += character == '(' ? 1 : character == ')' ? -1 : 0;
        if (!is_word(character)) {
            at++;
            continue;
        }
        const std::string_view word = next_word(text.substr(at));
        at += word.size();
        if (braces == 0 && parentheses == 0 && trim(text.substr(at, 80)).starts_with('(') && is_memblock_name(word))
            names.emplace_back(word);
    }
}

std::vector<std::string> declarations(std::string_view header)
{
    std::vector<std::string> names;
    std::string code;
    while (!header.empty()) {
        const bool directive = starts_directive(header);
        const std::string_view line = directive ? logical_line(header) : header.substr(0, header.find('\n'));
        if (!directive)
            code += std::string(line) + '\n';
        else if (const std::string_view name = defined_macro(line); is_memblock_name(name))
            names.emplace_back(name);
        header.remove_prefix(std::min(header.size(), line.size() + 1));
    }
    declared_functions(code, names);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
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

std::vector<Option> read_options(const std::set<std::string> &words)
{
    std::vector<Option> options;
    for (const std::string &word : words) {
        if (!word.starts_with("CONFIG_"))
            continue;
        Option option{word, std::nullopt};
        for (const KnownOption &known : known_options())
            if (known.name == word)
                option.variant = known.variant;
        options.push_back(option);
    }
    return options;
}

void read_includes(std::string_view text, std::vector<Include> &includes)
{
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        std::string_view rest = trim(line);
        if (!rest.starts_with('#'))
            continue;
        rest = trim(rest.substr(1));
        if (!rest.starts_with("include"))
            continue;
        rest = trim(rest.substr(7));
        if (rest.empty() || (rest[0] != '<' && rest[0] != '"'))
            continue;
        const bool in_quotes = rest[0] == '"';
        const std::string name(rest.substr(1, rest.find(in_quotes ? '"' : '>', 1) - 1));
        if (std::none_of(includes.begin(), includes.end(), [&](const Include &seen) { return seen.name == name; }))
            includes.push_back({name, in_quotes});
    }
}

/// Where an op's name is not what the kernel calls it, what the text names instead.
std::string sign_of(std::string_view op)
{
    return op == "debugfs_show" ? "debugfs_create_file" : std::string(op);
}

} // namespace

const std::vector<KnownOption> &known_options()
{
    static const std::vector<KnownOption> options = {
        {"CONFIG_NUMA", "numa"},
        {"CONFIG_ARCH_KEEP_MEMBLOCK", "keep"},
        {"CONFIG_HAVE_MEMBLOCK_PHYS_MAP", "physmap"},
        {"CONFIG_DEFERRED_STRUCT_PAGE_INIT", "deferred"},
        {"CONFIG_DEBUG_FS", "debugfs"},
        {"CONFIG_HAVE_ARCH_PFN_VALID", "memmap"},
        {"CONFIG_SPARSEMEM", "sparsemem"},
        {"CONFIG_SPARSEMEM_VMEMMAP", "vmemmap"},
        {"CONFIG_MEMBLOCK_KHO_SCRATCH", "kho"},
        {"CONFIG_PHYS_ADDR_T_64BIT", "not phys32"},
        {"CONFIG_64BIT", "always"},
    };
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
    const std::set<std::string> words = words_of(header_code + source_code);
    Inventory inventory;
    std::set<std::string_view> known;
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++) {
        const std::string_view name = op_info(kind).name;
        known.insert(name);
        if (op_info(kind).family != Family::world)
            (words.count(sign_of(name)) ? inventory.ops : inventory.missing_ops).push_back(name);
    }
    for (std::string &name : declarations(header_code))
        if (!known.count(name))
            inventory.without_op.push_back(std::move(name));
    inventory.flags = read_flags(header_code);
    inventory.options = read_options(words);
    read_includes(source_code, inventory.includes);
    read_includes(header_code, inventory.includes);
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
