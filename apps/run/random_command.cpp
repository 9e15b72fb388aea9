// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output.hpp"

#include "apps/run/not_made.hpp"
#include "core/base/files.hpp"
#include "core/run/catalog.hpp"
#include "core/run/supervised.hpp"
#include "core/search/random.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace mblab {
namespace {

struct RandomOptions {
    std::vector<std::string> engines = {"port"};
    std::string variant = "numa-4", save;
    uint64_t seed = 1, inputs = 100000, steps = 40;
    bool laws = false, shared = false;
};

int run_random(const RandomOptions &options)
{
    const OpenEngines engines(options.engines, variant_name(options.variant));
    Executor executor(engines.list(),
                      {.laws = options.laws, .shared_calls_only = options.shared, .budget = search_budget});
    executor.set_hashing(true);
    std::vector<uint16_t> kinds = executor.kinds_that_run();
    if (options.shared)
        std::erase_if(kinds, [&](uint16_t kind) {
            return !std::ranges::all_of(engines.list(), [=](const Engine *engine) { return engine->has(kind); });
        });
    Random random(options.seed);
    for (uint64_t i = 0; i < options.inputs; i++) {
        const Trace trace = random_trace(random, options.steps, kinds);
        if (!options.save.empty()) {
            const std::vector<uint8_t> bytes = encode_trace(trace);
            keep_file(options.save, "random-", "", {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
        }
        const std::optional<Finding> finding = executor.run(trace);
        look_at_process();
        if (finding) {
            Trace shown = trace;
            shown.variant = options.variant;
            note_engines(shown, options.engines);
            say("{}", reproducer(shown, *finding));
            output().facts() = {{"finding", finding->title}, {"trace", reproducer(shown, *finding)}};
            return status_finding;
        }
    }
    const Statistics &statistics = executor.statistics();
    const std::string hash = fmt::format("{:016x}", executor.outcome_hash());
    say("{} seed {} inputs {} ops {} doublings {}\n{}", hash, options.seed, options.inputs, statistics.ops,
        statistics.doublings, output().is_quiet() ? "" : not_made(executor, engines.list(), "  "));
    output().facts() = {{"hash", hash},
                        {"seed", options.seed},
                        {"inputs", options.inputs},
                        {"ops", statistics.ops},
                        {"doublings", statistics.doublings},
                        {"not_made", not_made(executor, engines.list(), "")}};
    return status_good;
}

} // namespace

void add_random(CLI::App &app, int &status)
{
    auto options = std::make_shared<RandomOptions>();
    CLI::App *command = app.add_subcommand(
        "random", "Run random traces and print one number that depends on every outcome of every op");
    add_engines(*command, options->engines, "Engines, more than one are compared: " + engine_names);
    command->add_option("--variant", options->variant, "Variant of the engines")->capture_default_str();
    command->add_option("--seed", options->seed, "Seed: the same seed gives the same traces")->capture_default_str();
    command->add_option("--inputs", options->inputs, "How many traces")
        ->capture_default_str()
        ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 40));
    command->add_option("--steps", options->steps, "Ops in each")
        ->capture_default_str()
        ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 20));
    command->add_option("--save", options->save,
                        "Folder in which to keep each trace in the binary form, as seeds of a fuzzer");
    command->add_flag("--shared", options->shared, "Draw only ops that all engines have");
    command->add_flag("--laws,--contracts", options->laws, "Also check the laws");
    command->footer(
        "Below the number are the calls that were not made, and what ended traces early, by rule or known issue; none "
        "of this is\na finding. Default engine: port. Example: mblab random -e port,model --laws --inputs 10000");
    command->callback([options, &status] { status = run_random(*options); });
}

} // namespace mblab
