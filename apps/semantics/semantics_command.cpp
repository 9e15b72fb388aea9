// SPDX-License-Identifier: GPL-2.0-or-later
// mblab semantics: kernels across, traits down, each cell proved by running the witness.
#include "apps/cli/command.hpp"
#include "apps/cli/output.hpp"

#include "core/oracle/traits.hpp"
#include "core/run/catalog.hpp"
#include "core/run/isolated.hpp"
#include "core/run/remote.hpp"
#include "core/run/side.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>

namespace mblab {
namespace {

// Together they can tell every trait.
constexpr std::string_view variants[] = {"numa-4", "uma-4", "numa-kho-8", "uma-highmem-8", "numa-handover-8"};

struct Column {
    std::string name;
    std::vector<std::string> meanings; // by trait
    std::vector<bool> described;
    std::vector<bool> has; // by kind of op, in any of the variants
};

std::unique_ptr<Engine> open_for(const std::string &subject, std::string_view variant)
{
    if (std::filesystem::is_directory(subject))
        return open_engine_file(build_side(resolve_side(subject), "head", std::string(variant)));
    return open_engine(subject, variant);
}

/// A kernel that does not build in one of the variants answers in the others, and it is said.
std::unique_ptr<Engine> open_where_it_builds(const std::string &subject, std::string_view variant)
{
    try {
        return open_for(subject, variant);
    } catch (const SideError &error) {
        if (variant == variants[0])
            throw;
        remark("mblab: not in {}: {}\n", variant, error.what());
        return nullptr;
    }
}

/// A trait takes its answer from the first variant that can tell it.
Column make_column(const std::string &subject)
{
    Column column{subject, std::vector<std::string>(traits().size(), "-"), std::vector<bool>(traits().size(), true),
                  std::vector<bool>(MBLAB_OP_COUNT)};
    for (const std::string_view variant : variants) {
        const std::unique_ptr<Engine> engine = open_where_it_builds(subject, variant);
        if (!engine)
            continue;
        for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
            column.has[kind] = column.has[kind] || engine->has(kind);
        const Answers answers = ask_isolated(*engine);
        const std::vector<size_t> unknown = answers.undescribed();
        for (size_t i = 0; i < traits().size(); i++) {
            if (column.meanings[i] != "-" || !answers[i])
                continue;
            column.meanings[i] = answers.meaning(i);
            column.described[i] = std::find(unknown.begin(), unknown.end(), i) == unknown.end();
        }
    }
    return column;
}

std::string row(std::string_view first, const std::vector<Column> &columns, auto cell)
{
    std::string text = fmt::format("| {} |", first);
    for (const Column &column : columns)
        text += fmt::format(" {} |", cell(column));
    return text + '\n';
}

void print_table(const std::vector<Column> &columns)
{
    const auto head = [&](std::string_view what) {
        std::string text = row(
            what, columns, [](const Column &column) { return std::filesystem::path(column.name).filename().string(); });
        return text + row("---", columns, [](const Column &) { return "---"; });
    };
    say("{}", head("trait"));
    for (size_t i = 0; i < traits().size(); i++)
        say("{}", row(fmt::format("**{}** {}", traits()[i].id, traits()[i].statement), columns,
                      [&](const Column &column) { return column.meanings[i]; }));
    say("\n{}", head("function"));
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++) {
        const auto is_there = [&](const Column &column) { return column.has[kind]; };
        if (is_of_kernels(kind) && !std::all_of(columns.begin(), columns.end(), is_there))
            say("{}", row(fmt::format("`{}`", op_info(kind).name), columns,
                          [&](const Column &column) { return column.has[kind] ? "yes" : "no"; }));
    }
}

nlohmann::ordered_json facts_of(const Column &column)
{
    nlohmann::ordered_json facts = {{"kernel", column.name}};
    for (size_t i = 0; i < traits().size(); i++)
        facts["traits"][traits()[i].id] = column.meanings[i];
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
        if (is_of_kernels(kind))
            facts["functions"][std::string(op_info(kind).name)] = bool(column.has[kind]);
    return facts;
}

/// What the table's cells rest on.
void print_witnesses()
{
    say("\n## Witnesses\n\nThe last call of each distinguishes the answers. `fill` is one call for each region "
        "that the array has room for.\n");
    for (const Trait &trait : traits())
        say("\n{}:\n\n```\n{}\n```\n", trait.id, trait.witness);
}

/// Kernels from old to new, then the port and whatever else there is.
bool is_older(const std::string &a, const std::string &b)
{
    const std::string left = std::filesystem::path(a).filename(), right = std::filesystem::path(b).filename();
    const bool kernels = left.starts_with("linux-") && right.starts_with("linux-");
    return kernels ? strverscmp(left.c_str(), right.c_str()) < 0 : left < right;
}

} // namespace

void add_semantics(CLI::App &app, int &status)
{
    auto subjects = std::make_shared<std::vector<std::string>>();
    auto witnesses = std::make_shared<bool>(false);
    CLI::App *command = app.add_subcommand("semantics", "Print what kernels mean by the same calls: a table of traits");
    command->add_option("SUBJECT", *subjects,
                        "Engines that are built (port, linux-RELEASE) or kernel trees; by default all engines");
    command->add_flag("--witnesses", *witnesses, "Also print the traces that distinguish the answers");
    command->footer("Exit status: 0 done, 1 an answer that no trait describes, 2 bad usage or input.\nExample: mblab "
                    "semantics port ~/linux");
    command->callback([subjects, witnesses, &status] {
        if (subjects->empty())
            for (const EngineFile &file : list_engines())
                if (file.variant == variants[0])
                    subjects->push_back(file.name);
        std::sort(subjects->begin(), subjects->end(), is_older);
        std::vector<Column> columns;
        for (const std::string &subject : *subjects)
            columns.push_back(make_column(subject));
        print_table(columns);
        for (const Column &column : columns)
            output().facts()["kernels"].push_back(facts_of(column));
        if (*witnesses)
            print_witnesses();
        status = status_good;
        for (const Column &column : columns)
            for (size_t i = 0; i < traits().size(); i++)
                if (!column.described[i]) {
                    say("\ntrait {} gives an answer that no description covers: {}: {}\n", traits()[i].id, column.name,
                        column.meanings[i]);
                    output().facts()["undescribed"].push_back({{"trait", traits()[i].id}, {"kernel", column.name}});
                    status = status_finding;
                }
    });
}

} // namespace mblab
