// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/options.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/run/catalog.hpp"
#include "core/run/side.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace mblab {

void add_engines(CLI::App &command, std::vector<std::string> &engines, const std::string &help)
{
    command
        .add_option_function<std::vector<std::string>>(
            "--engine,-e", [&engines](const std::vector<std::string> &names) { engines = split_names(names); }, help)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

std::vector<std::string> split_names(const std::vector<std::string> &names)
{
    std::vector<std::string> all;
    for (const std::string &name : names)
        if (name.find('/') != name.npos)
            all.push_back(name);
        else
            std::ranges::move(CLI::detail::split(name, ','), std::back_inserter(all));
    return all;
}

std::vector<std::string> split_variants(const std::string &asked)
{
    if (asked != "all")
        return asked.empty() ? std::vector<std::string>{} : split_names({asked});
    std::vector<std::string> all = all_variants();
    const std::vector<EngineFile> files = list_engines();
    std::erase_if(all, [&](const std::string &name) {
        return std::ranges::none_of(files, [&](const EngineFile &file) { return file.variant == name; });
    });
    return all;
}

void TraceOptions::add_trace(CLI::App &command)
{
    command.add_option("TRACE", trace, "Trace in the text form; - is standard input")->required();
}

void TraceOptions::add_variant(CLI::App &command)
{
    command.add_option("--variant", variant, "Variant; default is the trace's own, else numa-128");
}

Trace read_trace(const std::string &path)
{
    return parse_trace(read_file(path), path);
}

void note_engines(Trace &trace, const std::vector<std::string> &engines)
{
    const auto is_elsewhere = [](const std::string &name) { return is_tree(name) || name.ends_with(".so"); };
    trace.engines = std::ranges::any_of(engines, is_elsewhere) ? engines : std::vector<std::string>{};
}

std::string variant_for(const std::string &asked, const Trace &trace, const std::vector<std::string> &engines)
{
    for (const std::string &engine : engines)
        if (const std::string variant = asked.empty() ? variant_of_kind(engine) : ""; !variant.empty())
            return variant;
    return variant_name(!asked.empty() ? asked : trace.variant.empty() ? "numa-128" : trace.variant);
}

Shard parse_shard(std::string_view text)
{
    Shard shard;
    const char *const begin = text.data(), *const end = begin + text.size();
    const auto number = std::from_chars(begin, end, shard.number);
    if (number.ec == std::errc() && number.ptr != end && *number.ptr == '/') {
        const auto of = std::from_chars(number.ptr + 1, end, shard.of);
        if (of.ec == std::errc() && of.ptr == end && shard.number >= 1 && shard.number <= shard.of)
            return shard;
    }
    throw Error(fmt::format("--shard {}: expected K/N, with K from 1 to N", text));
}

Engine &OpenEngines::open(const std::string &name, const std::string &variant)
{
    owned_.push_back(open_engine(name, variant));
    list_.push_back(owned_.back().get());
    return *list_.back();
}

} // namespace mblab
