// SPDX-License-Identifier: GPL-2.0-or-later
// What a checked op costs, for each combination of checks, against the kernel C's bare op in the same run and layout.
#include "checked.hpp"
#include "table.hpp"
#include "workload.hpp"

#include "core/base/error.hpp"
#include "core/run/catalog.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

namespace {

using namespace mblab;
using namespace mblab::bench;

constexpr std::string_view variant = "numa-128";

struct Combination {
    std::string_view name;
    std::vector<std::string_view> engines;
    bool laws;
};

const std::vector<Combination> combinations = {
    {"port", {"port"}, false},
    {"port+kernel", {"port", MBLAB_KERNEL}, false},
    {"port+laws", {"port"}, true},
    {"port+model", {"port", "model"}, false},
    {"port+model+laws", {"port", "model"}, true},
    {"all", {"port", "model", MBLAB_KERNEL}, true},
};

/// The calls that a fuzzer's input is made of, without the doublings: a mixture of all the workloads.
Workload mixture(uint64_t regions)
{
    Workload all{"mixed calls", {}};
    for (const Workload &workload : workloads(regions))
        all.calls.insert(all.calls.end(), workload.calls.begin(), workload.calls.end());
    return all;
}

void measure_bare(benchmark::State &state, const Workload &workload, uint64_t regions)
{
    BareEngine kernel(MBLAB_KERNEL, variant);
    kernel.reset();
    kernel.run(layout(regions));
    expect_steady(kernel, workload, regions);
    for (auto step : state)
        kernel.run(workload.calls);
}

void add_benchmarks(Table &table, const Workload &workload, uint64_t regions)
{
    benchmark::RegisterBenchmark(table.name(workload.name, regions, "bare C").c_str(),
                                 [=](benchmark::State &state) { measure_bare(state, workload, regions); });
    for (const Combination &combination : combinations)
        benchmark::RegisterBenchmark(table.name(workload.name, regions, combination.name).c_str(),
                                     [=](benchmark::State &state) {
                                         measure_checked(state, {combination.engines, combination.laws}, variant,
                                                         layout(regions), workload.calls);
                                     })
            ->UseManualTime()
            ->Iterations(4);
}

} // namespace

int main(int argc, char **argv)
{
    try {
        const Options options = read_options(argc, argv, {16, 128, 1024});
        // All engines side by side in the address space, as whoever compares them opens them: one that is opened after
        // another has run lies terabytes away, beyond its physical memory, and calls between the two are slow.
        for (const std::string_view name : {std::string_view("port"), std::string_view(MBLAB_KERNEL)})
            open_engine(name, variant);
        Table table("bare C", "ns per round");
        for (const uint64_t regions : options.sizes) {
            add_benchmarks(table, mixture(regions), regions);
            for (const Workload &workload : workloads(regions))
                add_benchmarks(table, workload, regions);
        }
        table.run();
        table.print();
    } catch (const Error &error) {
        fmt::print(stderr, "checked_op: {}\n", error.what());
        return 2;
    }
}
