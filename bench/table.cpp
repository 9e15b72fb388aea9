// SPDX-License-Identifier: GPL-2.0-or-later
#include "table.hpp"

#include "core/base/error.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace mblab::bench {
namespace {

constexpr std::string_view sizes_flag = "--regions=";

std::vector<uint64_t> parse_sizes(std::string_view text)
{
    std::vector<uint64_t> sizes;
    while (!text.empty()) {
        uint64_t size = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
        if (error != std::errc{} || size < 16 || (end != text.data() + text.size() && *end != ','))
            throw Error(fmt::format("--regions needs numbers of at least 16, separated by commas, not '{}'", text));
        sizes.push_back(size);
        text.remove_prefix(std::min(text.size(), static_cast<size_t>(end - text.data()) + 1));
    }
    return sizes;
}

} // namespace

Options read_options(int argc, char **argv, std::vector<uint64_t> sizes)
{
    std::vector<char *> rest;
    for (int i = 0; i < argc; i++)
        if (std::string_view(argv[i]).starts_with(sizes_flag))
            sizes = parse_sizes(std::string_view(argv[i]).substr(sizes_flag.size()));
        else
            rest.push_back(argv[i]);
    int count = static_cast<int>(rest.size());
    rest.push_back(nullptr);
    benchmark::Initialize(&count, rest.data());
    if (benchmark::ReportUnrecognizedArguments(count, rest.data()))
        throw Error("takes --regions=N,N,... and Google Benchmark's options");
    return {std::move(sizes)};
}

/// Progress as Google Benchmark prints it, and the times for the table: the least of the repetitions.
class Table::Reporter final : public benchmark::ConsoleReporter {
  public:
    explicit Reporter(Table &table) : ConsoleReporter(OO_None), table_(table) {}

    void ReportRuns(const std::vector<Run> &runs) override
    {
        ConsoleReporter::ReportRuns(runs);
        for (const Run &run : runs)
            if (run.run_type == Run::RT_Iteration)
                table_.note(run.run_name.function_name,
                            run.run_name.time_type.empty() ? run.GetAdjustedCPUTime() : run.GetAdjustedRealTime());
    }

  private:
    Table &table_;
};

Table::Row &Table::row(const std::string &label)
{
    const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const Row &row) { return row.label == label; });
    return found != rows_.end() ? *found : rows_.emplace_back(Row{label, {}});
}

std::string Table::name(std::string_view workload, uint64_t regions, std::string_view subject)
{
    const std::string label = fmt::format("{:<30} {:>6}", workload, regions);
    row(label);
    if (std::find(subjects_.begin(), subjects_.end(), subject) == subjects_.end())
        subjects_.emplace_back(subject);
    return fmt::format("{}|{}", label, subject);
}

void Table::note(const std::string &benchmark, double time)
{
    const size_t bar = benchmark.find('|');
    double &least = row(benchmark.substr(0, bar)).times[benchmark.substr(bar + 1)];
    least = least == 0 ? time : std::min(least, time);
}

void Table::run()
{
    Reporter reporter(*this);
    benchmark::RunSpecifiedBenchmarks(&reporter);
}

void Table::print() const
{
    const auto measured = [&](const std::string &subject) {
        return std::any_of(rows_.begin(), rows_.end(), [&](const Row &row) { return row.times.count(subject); });
    };
    if (!measured(base_))
        throw Error(fmt::format("nothing was measured of {}: no ratios", base_));
    std::vector<std::string> columns;
    std::copy_if(subjects_.begin(), subjects_.end(), std::back_inserter(columns), measured);
    fmt::print("\n{} of {}, and how many times that each of the others takes\n{:<37}", unit_, base_, "");
    for (const std::string &name : columns)
        fmt::print(" {:>{}}", name, std::max<size_t>(name.size(), 10));
    fmt::print("\n");
    for (const Row &row : rows_) {
        if (!row.times.count(base_))
            continue;
        fmt::print("{:<37}", row.label);
        for (const std::string &name : columns) {
            const double time = row.times.count(name) ? row.times.at(name) : 0;
            fmt::print(" {:>{}.2f}", name == base_ ? time : time / row.times.at(base_),
                       std::max<size_t>(name.size(), 10));
        }
        fmt::print("\n");
    }
}

} // namespace mblab::bench
