// SPDX-License-Identifier: GPL-2.0-or-later
// The port against the kernel's own C: the same calls on the same layout, in turns, in one run; then the table of
// ratios.
#include "table.hpp"
#include "workload.hpp"

#include "core/base/error.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <array>

namespace {

using namespace mblab;
using namespace mblab::bench;

constexpr std::string_view variant = "numa-128";

void measure(benchmark::State &state, BareEngine &engine, const Workload &workload, uint64_t regions)
{
    // Google Benchmark calls this several times, and every workload leaves the layout as it was.
    if (engine.state().type[MBLAB_TYPE_memory].cnt != regions) {
        engine.reset();
        engine.run(layout(regions));
    }
    expect_steady(engine, workload, regions);
    for (auto step : state)
        engine.run(workload.calls);
}

/// From the first moment of boot each time: the reset is not counted.
void measure_doublings(benchmark::State &state, BareEngine &engine, const std::vector<Op> &calls)
{
    for (auto step : state) {
        state.PauseTiming();
        engine.reset();
        state.ResumeTiming();
        engine.run(calls);
    }
}

/// What the lab pays before each input: back to the first moment of boot, from a world that one call has changed.
void measure_reset(benchmark::State &state, BareEngine &engine)
{
    const std::array<Op, 1> call = {make_op(MBLAB_OP_memblock_add, {0x1000, 0x1000})};
    for (auto step : state) {
        engine.reset();
        engine.run(call);
    }
}

void add_benchmarks(Table &table, BareEngine &engine, uint64_t regions)
{
    std::vector<Workload> measured = workloads(regions);
    const std::vector<Workload> lookups = many_places(regions);
    measured.insert(measured.end(), lookups.begin(), lookups.end());
    for (const Workload &workload : measured)
        benchmark::RegisterBenchmark(
            table.name(workload.name, regions, engine.name()).c_str(),
            [&engine, workload, regions](benchmark::State &state) { measure(state, engine, workload, regions); });
    if (regions == 16)
        benchmark::RegisterBenchmark(table.name("reset and one call", regions, engine.name()).c_str(),
                                     [&engine](benchmark::State &state) { measure_reset(state, engine); });
    if (regions >= 1024)
        benchmark::RegisterBenchmark(table.name("reserve from nothing, doubling", regions, engine.name()).c_str(),
                                     [&engine, calls = doublings(regions)](benchmark::State &state) {
                                         measure_doublings(state, engine, calls);
                                     });
}

} // namespace

int main(int argc, char **argv)
{
    try {
        const Options options = read_options(argc, argv, {16, 128, 1024, 16384});
        BareEngine port("port", variant), kernel(MBLAB_KERNEL, variant);
        Table table(kernel.name(), "ns per round");
        for (const uint64_t regions : options.sizes)
            for (BareEngine *engine : {&kernel, &port})
                add_benchmarks(table, *engine, regions);
        table.run();
        table.print();
    } catch (const Error &error) {
        fmt::print(stderr, "port_vs_kernel: {}\n", error.what());
        return 2;
    }
}
