// SPDX-License-Identifier: GPL-2.0-or-later
// Runs Google Benchmark and prints the times of each workload beside one another, as ratios to the first column.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mblab::bench {

struct Options {
    std::vector<uint64_t> sizes; // in regions
};

/// Takes --regions=N,N,... out of the arguments, and gives the rest to Google Benchmark. Throws Error.
Options read_options(int argc, char **argv, std::vector<uint64_t> sizes);

class Table {
  public:
    /// Ratios are to the subject of that name.
    Table(std::string_view base, std::string_view unit) : base_(base), unit_(unit) {}

    /// The name to register a benchmark under. Rows and columns come in the order of registration, however they run.
    std::string name(std::string_view workload, uint64_t regions, std::string_view subject);

    /// Runs what is registered. Throws Error when one fails.
    void run();
    void print() const;

  private:
    struct Row {
        std::string label;
        std::map<std::string, double> times; // of each subject that was measured, the least
    };

    Row &row(const std::string &label);
    void note(const std::string &benchmark, double time);

    std::string base_, unit_;
    std::vector<std::string> subjects_;
    std::vector<Row> rows_;
    class Reporter;
};

} // namespace mblab::bench
