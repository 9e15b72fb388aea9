// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/output.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace mblab {
namespace {

using Json = nlohmann::ordered_json;

struct SummaryOptions {
    std::vector<std::string> files;
    bool calls = false, laws = false, line = false;
    uint64_t seconds = 0;
};

[[noreturn]] void not_statistics(const std::string &path)
{
    throw Error(path + ": expected statistics that a fuzz target wrote ($MBLAB_STATS)");
}

std::vector<Json> read_all(const std::vector<std::string> &paths)
{
    std::vector<Json> all;
    for (const std::string &path : paths) {
        all.push_back(Json::parse(read_file(path), nullptr, false));
        if (!all.back().is_object())
            not_statistics(path);
    }
    return all;
}

uint64_t sum(const std::vector<Json> &all, const char *key)
{
    uint64_t total = 0;
    for (const Json &one : all)
        total += one.value(key, uint64_t{0});
    return total;
}

/// Best coverage of each engine over the runs: variants compile different code, so they are not added up.
void print_coverage(const std::vector<Json> &all)
{
    for (const Json &one : all) {
        std::string text;
        const Json engines = one.value("coverage", Json::object());
        for (const auto &[engine, counts] : engines.items())
            if (const auto total = counts.at(1).get<double>(); total > 0)
                text +=
                    fmt::format("  {} {:.1f} % of {} edges", engine, 100 * counts.at(0).get<double>() / total, total);
        say("coverage    {:<12}{}\n", one.value("variant", "?"), text);
    }
}

/// The rows of a table over all runs, in the order in which they first stand.
Json table(const std::vector<Json> &all, const char *key)
{
    Json totals = Json::object();
    for (const Json &one : all) {
        const Json rows = one.value(key, Json::object());
        for (const auto &[name, times] : rows.items())
            totals[name] = totals.value(name, uint64_t{0}) + times.get<uint64_t>();
    }
    return totals;
}

/// Prints the table; returns how many of its rows are 0.
int print_table(const std::vector<Json> &all, const char *key, const char *title)
{
    const Json totals = table(all, key);
    int zeroes = 0;
    say("{:<52} {:>14}\n", title, "times");
    for (const auto &[name, times] : totals.items()) {
        say("{:<52} {:>14}\n", name, times.get<uint64_t>());
        zeroes += times == 0;
    }
    say("{} rows, {} of them 0\n", totals.size(), zeroes);
    return zeroes;
}

/// All runs in one object: totals, and each run as it was written.
Json facts_of(const std::vector<Json> &all, uint64_t seconds)
{
    Json out;
    for (const char *key : {"executions", "ops", "doublings", "findings"})
        out[key] = sum(all, key);
    out["seconds"] = seconds;
    out["runs"] = all;
    return out;
}

int print_summary(const SummaryOptions &options)
{
    const std::vector<Json> all = read_all(options.files);
    output().facts() = facts_of(all, options.seconds);
    const uint64_t executions = sum(all, "executions"), ops = sum(all, "ops"), findings = sum(all, "findings");
    if (options.line) {
        say("executions {} ops {} doublings {} findings {}\n", executions, ops, sum(all, "doublings"), findings);
        return findings ? status_finding : status_good;
    }
    say("executions  {}\nops         {}\n", executions, ops);
    if (options.seconds)
        say("ops/s       {}\n", ops / options.seconds);
    say("doublings   {}\n", sum(all, "doublings"));
    print_coverage(all);
    const Json rules = table(all, "rules");
    for (const auto &[rule, times] : rules.items())
        say("rule        {} x {}\n", times.get<uint64_t>(), rule);
    int zeroes = 0;
    if (options.calls)
        zeroes += print_table(all, "calls", "function");
    if (options.laws)
        zeroes += print_table(all, "laws", "law");
    say("findings    {}\n", findings);
    return findings || zeroes ? status_finding : status_good;
}

} // namespace

void add_summary(CLI::App &app, int &status)
{
    auto options = std::make_shared<SummaryOptions>();
    CLI::App *command = app.add_subcommand("summary", "Sum up the statistics that fuzz targets wrote");
    command->add_option("FILE", options->files, "Statistics ($MBLAB_STATS), one file per target")->required();
    command->add_option("--seconds", options->seconds, "How long they ran, for ops/s");
    command->add_flag("--calls", options->calls, "Print a table of calls per function; exit status 1 if one is 0");
    command->add_flag("--laws,--contracts", options->laws,
                      "Print a table of evaluations per law; exit status 1 if one is 0");
    command->add_flag("--line", options->line, "One line, for live progress");
    command->callback([options, &status] {
        try {
            status = print_summary(*options);
        } catch (const Json::exception &) {
            not_statistics(fmt::format("{}", fmt::join(options->files, ", ")));
        }
    });
}

} // namespace mblab
