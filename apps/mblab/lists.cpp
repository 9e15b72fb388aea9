// SPDX-License-Identifier: GPL-2.0-or-later
// Subcommands that print what there is: engines, operations, laws.
#include "apps/cli/command.hpp"
#include "apps/cli/meant.hpp"
#include "apps/cli/output.hpp"

#include "core/base/error.hpp"
#include "core/oracle/laws/laws.hpp"
#include "core/run/catalog.hpp"
#include "core/run/remote.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <map>

namespace mblab {
namespace {

using Json = nlohmann::ordered_json;

size_t operations(const Engine &engine)
{
    size_t count = 0;
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
        count += engine.has(kind);
    return count;
}

void print_engine(std::string_view name, size_t count, const std::string &variants)
{
    say("  {:<13} {:>3} of {} operations, {}\n", name, count, int{MBLAB_OP_COUNT}, variants);
    output().facts()["engines"].push_back({{"name", name}, {"operations", count}, {"variants", variants}});
}

/// One line for each name, with the variants that it is built for.
void print_engines()
{
    struct Built {
        size_t operations = 0;
        std::vector<std::string> variants;
    };
    say("in {}:\n", engine_folder());
    std::map<std::string, Built> built;
    for (const EngineFile &file : list_engines()) {
        Built &engine = built[file.name];
        engine.operations = std::max(engine.operations, operations(*open_engine_file(file.path)));
        engine.variants.push_back(file.variant);
    }
    const std::vector<std::string> variants = all_variants();
    for (const auto &[name, engine] : built)
        print_engine(name, engine.operations,
                     engine.variants.size() == variants.size() ? "all variants"
                                                               : fmt::format("{}", fmt::join(engine.variants, " ")));
    if (built.empty())
        say("  none: build with ci/build\n");
    say("in mblab itself:\n");
    std::vector<std::string> inside = {"model", "history-model"};
    std::ranges::move(predecessors(), std::back_inserter(inside));
    for (const std::string &name : inside)
        if (const std::string &variant = variants.front(); name == "model" || has_engine(name, variant))
            print_engine(name, operations(*open_engine(name, variant)), "all variants");
    say("variants, with their configuration:\n");
    for (const std::string &variant : variants) {
        say("  {:<15} {}\n", variant, variant_options(variant));
        output().facts()["variants"][variant] = variant_options(variant);
    }
}

std::string names_of(std::span<const Parameter> parameters)
{
    std::vector<std::string_view> names;
    for (const Parameter &parameter : parameters)
        names.push_back(parameter.name);
    return fmt::format("{}", fmt::join(names, ", "));
}

/// How a trace writes a value of this kind.
std::string_view form_of(ParameterKind kind)
{
    switch (kind) {
    case ParameterKind::addr:
        return "physical address";
    case ParameterKind::virt:
        return "pointer, written as the physical address that it maps; NULL is 0";
    case ParameterKind::size:
        return "bytes";
    case ParameterKind::align:
        return "bytes, a power of two; 0 for SMP_CACHE_BYTES where the kernel takes it so";
    case ParameterKind::end:
        return "physical address behind the last byte, MEMBLOCK_ALLOC_ANYWHERE, MEMBLOCK_ALLOC_ACCESSIBLE or "
               "MEMBLOCK_ALLOC_NOLEAKTRACE";
    case ParameterKind::nid:
        return "node, or NUMA_NO_NODE";
    case ParameterKind::flags:
        return "MEMBLOCK_NONE, or MEMBLOCK_... joined by |";
    case ParameterKind::type:
        return "memory, reserved, physmem or, where the kernel takes NULL, none";
    case ParameterKind::pfn:
        return "number of a page frame";
    case ParameterKind::boolean:
        return "true or false";
    case ParameterKind::count:
    case ParameterKind::index:
        return "number";
    case ParameterKind::cookie:
        return "cookie of a walk, as the call before gave it; 0 begins, ULLONG_MAX begins a walk down";
    case ParameterKind::text:
        return "text in quotes";
    case ParameterKind::error:
        return "0, or a negative error number";
    }
    return {};
}

Json facts_of(const OpInfo &info)
{
    Json facts = {{"name", info.name}, {"family", family_name(info.family)}};
    for (const auto &[title, parameters] :
         {std::pair{"parameters", info.params()}, std::pair{"results", info.outs()}}) {
        facts[title] = Json::array();
        for (const Parameter &parameter : parameters)
            facts[title].push_back({{"name", parameter.name}, {"form", form_of(parameter.kind)}});
    }
    return facts;
}

void print_ops()
{
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++) {
        const OpInfo &info = op_info(kind);
        say("{:<11} {}({})\n", family_name(info.family), info.name, names_of(info.params()));
        output().facts()["operations"].push_back(facts_of(info));
    }
}

void print_parameters(std::string_view title, std::span<const Parameter> parameters)
{
    for (const Parameter &parameter : parameters)
        say("  {:<10} {:<16} {}\n", title, parameter.name, form_of(parameter.kind));
}

std::vector<std::string> all_names()
{
    std::vector<std::string> names;
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
        names.emplace_back(op_info(kind).name);
    return names;
}

void print_op(std::string_view name)
{
    const std::optional<uint16_t> kind = find_op(name);
    if (!kind)
        throw Error(fmt::format("no operation {}{}", name, meant(name, all_names())));
    const OpInfo &info = op_info(*kind);
    say("{}({})\n  family     {}\n", info.name, names_of(info.params()), family_name(info.family));
    print_parameters("parameter", info.params());
    print_parameters("result", info.outs());
    output().facts() = facts_of(info);
    for (const Law &law : laws())
        if (law.applies(*kind)) {
            say("  law        {}\n", law.id);
            output().facts()["laws"].push_back(law.id);
        }
}

std::string_view when(const Law &law)
{
    switch (law.occasion) {
    case Occasion::call:
        return "after every call that it applies to";
    case Occasion::effect:
        return "after calls with effects on the world around memblock";
    case Occasion::change:
        return "after calls that changed an array";
    case Occasion::doubling:
        return "after calls that copied an array to a new one";
    }
    return {};
}

Json facts_of(const Law &law)
{
    Json facts = {{"id", law.id},
                  {"statement", law.statement},
                  {"source", law.source},
                  {"checked", when(law)},
                  {"known_issues", Json::array()}};
    for (const KnownIssue &issue : known_issues())
        if (issue.is_of(law))
            facts["known_issues"].push_back(issue.id);
    return facts;
}

Json facts_of(const KnownIssue &issue)
{
    return {{"id", issue.id}, {"laws", issue.laws}, {"reason", issue.reason}};
}

void print_law(const Law &law)
{
    say("{}\n  {}\n  source   {}\n  checked  {}{}\n", law.id, law.statement, law.source, when(law),
        law.of_exits ? ", also where the call stopped the machine" : "");
    std::vector<std::string_view> ops;
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
        if (law.applies(kind))
            ops.push_back(op_info(kind).name);
    const size_t most = 12;
    say("  calls    {} of {}{}{}\n", ops.size(), int{MBLAB_OP_COUNT}, ops.size() <= most ? ": " : "",
        ops.size() <= most ? fmt::format("{}", fmt::join(ops, ", ")) : "");
    for (const KnownIssue &issue : known_issues())
        if (issue.is_of(law))
            say("  known    {}: {}\n", issue.id, issue.reason);
    output().facts() = facts_of(law);
    output().facts()["calls"] = ops;
}

void print_law_or_issue(const std::string &id)
{
    std::vector<std::string> ids;
    for (const Law &law : laws()) {
        if (law.id == id)
            return print_law(law);
        ids.emplace_back(law.id);
    }
    for (const KnownIssue &issue : known_issues()) {
        if (issue.id == id) {
            say("{}\n  known issue of {}; docs/findings.md has its trace\n  {}\n", issue.id, issue.laws, issue.reason);
            output().facts() = facts_of(issue);
            return;
        }
        ids.emplace_back(issue.id);
    }
    throw Error(fmt::format("no law and no known issue {}{}", id, meant(id, ids)));
}

} // namespace

void add_engines(CLI::App &app, int &)
{
    CLI::App *command = app.add_subcommand("engines", "List the engines that are built, and the variants");
    command->footer(
        "Of a variant's words numa and uma are CONFIG_NUMA and its absence, regions=N is for how many regions the "
        "first\n"
        "arrays have room (N:M: memory and reserved), keep ARCH_KEEP_MEMBLOCK, physmap HAVE_MEMBLOCK_PHYS_MAP, memmap "
        "a\n"
        "memory map whose unused parts are freed, phys32 a phys_addr_t of 32 bits, m32 a machine of 32 bits, kho\n"
        "MEMBLOCK_KHO_SCRATCH, handover KEXEC_HANDOVER, deferred DEFERRED_STRUCT_PAGE_INIT.\n"
        "Trees and revisions are engines, too, built when they are named; booted kernels: mblab kernel list.");
    command->callback(print_engines);
}

void add_ops(CLI::App &app, int &)
{
    auto name = std::make_shared<std::string>();
    CLI::App *command = app.add_subcommand("ops", "List the operations that a trace can hold, or explain one");
    command->add_option("NAME", *name, "An operation: explain its parameters, and list the laws that apply to it");
    command->footer("Example: mblab ops memblock_alloc_try_nid");
    command->callback([name] { name->empty() ? print_ops() : print_op(*name); });
}

void add_laws(CLI::App &app, int &)
{
    auto id = std::make_shared<std::string>();
    CLI::App *command = app.add_subcommand("laws", "Print the laws that are checked, as docs/laws.md, or explain one");
    command->alias("contracts")->add_option("ID", *id, "A law or a known issue: what it states, and its source");
    command->footer("Example: mblab laws placement.aligned");
    command->callback([id] {
        if (!id->empty())
            return print_law_or_issue(*id);
        say("{}", markdown());
        for (const Law &law : laws())
            output().facts()["laws"].push_back(facts_of(law));
        for (const KnownIssue &issue : known_issues())
            output().facts()["known_issues"].push_back(facts_of(issue));
    });
}

} // namespace mblab
