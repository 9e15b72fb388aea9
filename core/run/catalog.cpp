// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/catalog.hpp"

#include "core/base/error.hpp"
#include "core/oracle/model/model.hpp"
#include "core/run/isolated.hpp"
#include "core/run/process.hpp"
#include "core/run/remote.hpp"
#include "core/run/side.hpp"
#include "history/bootmem.hpp"
#include "history/bump.hpp"
#include "history/model.hpp"
#include "history/nobootmem.hpp"
#include "history/tree_bootmem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace mblab {
namespace {

namespace fs = std::filesystem;

struct VariantName {
    std::string_view name, options;
};

// Made by the build from variants.txt.
constexpr VariantName variant_names[] = {
#include "mblab_variants.inc"
};

std::string_view options_of(std::string_view variant)
{
    for (const VariantName &known : variant_names)
        if (known.name == variant)
            return known.options;
    return {};
}

std::string join(const std::vector<std::string> &words)
{
    std::string text;
    for (const std::string &word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text.empty() ? "none" : text;
}

std::string path_of(std::string_view name, std::string_view variant)
{
    return fmt::format("{}/{}@{}.so", engine_folder(), name, variant);
}

struct EngineKind {
    std::string_view prefix;
    EngineOpener open;
};

std::vector<EngineKind> &other_kinds()
{
    static std::vector<EngineKind> kinds;
    return kinds;
}

const EngineKind *kind_of(std::string_view name)
{
    const auto is_it = [=](const EngineKind &kind) { return name.starts_with(kind.prefix); };
    const auto kind = std::ranges::find_if(other_kinds(), is_it);
    return kind == other_kinds().end() ? nullptr : &*kind;
}

/// Load an engine and ask what it means.
std::unique_ptr<Engine> open_file(const std::string &path)
{
    std::unique_ptr<Engine> engine = open_engine_file(path);
    engine->set_dialect(ask_isolated(*engine).dialect());
    return engine;
}

/// The model takes its variant and dialect from the port's engine, so that the two cannot drift apart.
std::unique_ptr<Engine> open_model(std::string_view variant)
{
    const std::unique_ptr<Engine> port = open_engine("port", variant);
    return std::make_unique<Model>(port->variant(), port->dialect());
}

/// An old tree's own bootmem, or null: "bootmem:FOLDER", or a folder of a kernel that has no memblock.
std::unique_ptr<Engine> open_tree_bootmem(std::string_view name)
{
    constexpr std::string_view prefix = "bootmem:";
    const bool is_named = name.starts_with(prefix);
    if (!is_named && !(is_tree(name) && has_only_bootmem(name)))
        return nullptr;
    const std::string path = build_bootmem(is_named ? name.substr(prefix.size()) : name);
    return std::make_unique<history::TreeBootmem>(open_engine_file(path));
}

/// A predecessor, or null: all but the one over the port are of one variant.
std::unique_ptr<Engine> open_predecessor(std::string_view name, std::string_view variant)
{
    if (name == "bump")
        return std::make_unique<history::Bump>();
    if (name == "bootmem")
        return std::make_unique<history::Bootmem>();
    if (name == "history-model")
        return std::make_unique<history::PageModel>();
    if (name == "nobootmem")
        return std::make_unique<history::NoBootmem>(open_engine("port", variant));
    return nullptr;
}

} // namespace

std::vector<std::string> predecessors()
{
    return {"bump", "bootmem", "nobootmem"};
}

std::string variant_options(std::string_view variant)
{
    return std::string(options_of(variant));
}

std::string engine_folder()
{
    if (const char *folder = std::getenv("MBLAB_ENGINES"))
        return folder;
    std::error_code error;
    const fs::path program = fs::path(own_program()).parent_path();
    if (fs::is_directory(program / "engines", error))
        return (program / "engines").string();
    return (program / "../lib/memblock-lab/engines").lexically_normal().string();
}

std::vector<EngineFile> list_engines()
{
    std::vector<EngineFile> engines;
    std::error_code error;
    for (const fs::directory_entry &entry : fs::directory_iterator(engine_folder(), error)) {
        const std::string stem = entry.path().stem().string();
        const size_t at = stem.find('@');
        if (entry.path().extension() == ".so" && at != std::string::npos)
            engines.push_back({stem.substr(0, at), stem.substr(at + 1), entry.path().string()});
    }
    std::sort(engines.begin(), engines.end(), [](const EngineFile &a, const EngineFile &b) { return a.path < b.path; });
    return engines;
}

std::vector<std::string> all_variants()
{
    std::vector<std::string> names;
    for (const VariantName &known : variant_names)
        names.emplace_back(known.name);
    return names;
}

std::string variant_name(std::string_view name_or_options)
{
    for (const VariantName &known : variant_names)
        if (known.name == name_or_options || known.options == name_or_options)
            return std::string(known.name);
    throw Error(fmt::format("no variant '{}'; there are: {}", name_or_options, join(all_variants())));
}

std::vector<EngineGroup> engines_by_dialect(std::string_view variant)
{
    std::vector<EngineGroup> groups;
    std::vector<Answers> spoken;
    for (const EngineFile &file : list_engines()) {
        if (file.variant != variant)
            continue;
        const std::unique_ptr<Engine> engine = open_engine_file(file.path);
        const Answers answers = ask_isolated(*engine);
        const auto same = std::ranges::find_if(spoken, [&](const Answers &known) { return known.agrees(answers); });
        const auto at = static_cast<size_t>(same - spoken.begin());
        if (same == spoken.end()) {
            spoken.push_back(answers);
            groups.emplace_back();
        }
        groups[at].push_back(file.name);
    }
    return groups;
}

EngineGroup usual_engines(std::string_view variant)
{
    for (EngineGroup &group : engines_by_dialect(variant)) {
        const auto port = std::ranges::find(group, "port");
        if (port == group.end())
            continue;
        std::rotate(group.begin(), port, port + 1);
        group.push_back("model");
        return group;
    }
    return {"port", "model"};
}

EngineGroup engines_that_have(std::span<const uint16_t> kinds, std::string_view variant)
{
    if (std::ranges::none_of(kinds, is_of_history))
        return usual_engines(variant);
    for (const std::string &name : predecessors()) {
        const std::unique_ptr<Engine> engine = open_engine(name, variant);
        if (std::ranges::all_of(kinds, [&](uint16_t kind) { return engine->has(kind); }))
            return name == "nobootmem" ? EngineGroup{name} : EngineGroup{name, "history-model"};
    }
    throw Error("the trace has calls of memblock's predecessors, and none of these has them all");
}

bool has_engine(std::string_view name, std::string_view variant)
{
    if (name == "bump" || name == "bootmem" || name == "history-model")
        return true;
    if (name == "model" || name == "nobootmem")
        return has_engine("port", variant);
    if (kind_of(name)) // it says why not when it is opened
        return true;
    std::error_code error;
    return fs::exists(name.ends_with(".so") ? std::string(name) : path_of(name, variant), error);
}

std::string variant_of_kind(std::string_view name)
{
    const size_t at = name.find('@');
    return kind_of(name) && at != name.npos ? variant_name(name.substr(at + 1)) : "";
}

void add_engine_kind(std::string_view prefix, EngineOpener opener)
{
    other_kinds().push_back({prefix, opener});
}

std::unique_ptr<Engine> open_engine(std::string_view name, std::string_view variant)
{
    if (name == "model")
        return open_model(variant);
    if (std::unique_ptr<Engine> predecessor = open_predecessor(name, variant))
        return predecessor;
    if (std::unique_ptr<Engine> old = open_tree_bootmem(name))
        return old;
    if (const EngineKind *kind = kind_of(name))
        return kind->open(name, variant);
    if (name.ends_with(".so"))
        return open_file(std::string(name));
    if (options_of(variant).empty())
        variant_name(variant); // throws, and says which there are
    if (!has_engine(name, variant) && is_tree(name))
        return open_file(build_named(resolve_side(std::string(name)), std::string(variant)));
    if (!has_engine(name, variant)) {
        std::vector<std::string> built;
        for (const EngineFile &engine : list_engines())
            if (engine.variant == variant)
                built.push_back(engine.name);
        throw Error(fmt::format("no engine {}@{} in {}; built for {} are: {}", name, variant, engine_folder(), variant,
                                built.empty() ? "none" : join(built)));
    }
    return open_file(path_of(name, variant));
}

} // namespace mblab
