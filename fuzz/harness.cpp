// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/harness.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/engine/black_box.hpp"
#include "core/op/typed.hpp"
#include "core/run/catalog.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern "C" __attribute__((weak)) void __afl_manual_init();

// AFL++ counts what is instrumented before it forks, so engines must be open by then: an empty input opens them.
extern "C" int LLVMFuzzerInitialize(int *, char ***)
{
    if (__afl_manual_init)
        LLVMFuzzerTestOneInput(nullptr, 0);
    return 0;
}

namespace mblab::fuzz {
namespace {

constexpr uint64_t runs_between_writes = 2048;

std::vector<std::unique_ptr<Engine>> open_engines(const HarnessOptions &options)
{
    std::vector<std::unique_ptr<Engine>> engines;
    for (const std::string_view name : options.engines)
        if (has_engine(name, options.variant) || engines.empty())
            engines.push_back(open_engine(name, options.variant));
        else
            std::fprintf(stderr, "memblock-lab: no engine %.*s here: checking without it\n",
                         static_cast<int>(name.size()), name.data());
    const auto is_foreign = [&](const std::unique_ptr<Engine> &engine) {
        return engine->name() == "port" && engines[1]->dialect() != engine->dialect();
    };
    if (engines.size() > 2 && !options.go_on && is_foreign(engines.front())) {
        std::fprintf(stderr, "memblock-lab: %s has another dialect than the port: checking without the port\n",
                     std::string(engines[1]->name()).c_str());
        engines.erase(engines.begin());
    }
    return engines;
}

/// All blocks of an engine's code as [offset in its file, 1 when it was reached].
nlohmann::ordered_json blocks(const Engine &engine, const std::vector<uint8_t> &seen)
{
    nlohmann::ordered_json out = nlohmann::ordered_json::array();
    const uint8_t *first = engine.coverage().counters;
    for (const auto &[offset, counter] : counters_of(engine))
        out.push_back({offset, seen[static_cast<size_t>(counter - first)] != 0});
    return out;
}

/// For whoever compares two trees, a search whose results are lost is none.
[[noreturn]] void give_up(const std::string &why)
{
    BlackBox::note(why);
    _exit(2);
}

} // namespace

Harness::Harness(const HarnessOptions &options) : variant_(options.variant), go_on_(options.go_on)
{
    try {
        if (const char *descriptor = std::getenv("MBLAB_BLACK_BOX"))
            BlackBox::use_inherited(std::atoi(descriptor));
        engines_ = open_engines(options);
        std::vector<Engine *> pointers;
        for (const std::unique_ptr<Engine> &engine : engines_)
            pointers.push_back(engine.get());
        ExecutorOptions executor = options.executor;
        executor.budget = search_budget;
        if (go_on_)
            executor.explanation = std::make_shared<const Explanation>(options.explained_by);
        executor_ = std::make_unique<Executor>(pointers, executor);
    } catch (const Error &error) {
        std::fprintf(stderr, "memblock-lab: %s\n", error.what());
        std::exit(2);
    }
    for (const std::unique_ptr<Engine> &engine : engines_)
        seen_.emplace_back(engine->coverage().count);
}

Harness::~Harness()
{
    write_statistics();
}

void Harness::run(Trace trace)
{
    // How much a call may cost is for the search to say: four million pages, sanitized, take longer than its timeout.
    std::erase_if(trace.steps, [](const Step &step) { return is<ops::world_budget>(step.op); });
    // Between inputs the process is the fuzzing engine's, to open and close what it likes.
    integrity_.emplace();
    if (go_on_)
        for (const Finding &finding : executor_->run_on(trace))
            report(trace, finding);
    else if (const std::optional<Finding> finding = executor_->run(trace))
        report(trace, *finding);
    if (const std::string broken = integrity_->broken(); !broken.empty()) {
        std::fprintf(stderr, "memblock-lab: %s\n", broken.c_str());
        BlackBox::note(broken);
        std::abort();
    }
    look_at_coverage();
    if (++runs_ % runs_between_writes == 0)
        write_statistics();
}

void Harness::report(const Trace &trace, const Finding &finding)
{
    const bool keep_going = std::getenv("MBLAB_KEEP_GOING");
    const std::string signature = finding.signature(trace);
    if (signatures_[signature]++)
        return;
    const std::string text = "# found by fuzzing, variant " + variant_ + "\n# signature: " + signature + "\nvariant " +
                             variant_ + "\n" + reproducer(trace, finding);
    std::fprintf(stderr, "%s", text.c_str());
    if (const char *folder = std::getenv("MBLAB_FINDINGS")) {
        try {
            std::fprintf(stderr, "# saved as %s\n", keep_file(folder, "finding-", ".trace", text).c_str());
        } catch (const Error &error) {
            std::fprintf(stderr, "# not saved: %s\n", error.what());
            if (go_on_)
                give_up(error.what());
        }
    }
    if (!keep_going)
        std::abort();
    write_statistics();
}

void Harness::look_at_coverage()
{
    for (size_t i = 0; i < engines_.size(); i++) {
        const mblab_coverage now = engines_[i]->coverage();
        for (uint64_t edge = 0; edge < now.count; edge++)
            seen_[i][edge] |= now.counters[edge];
    }
}

void Harness::write_statistics() const
{
    const char *path = std::getenv("MBLAB_STATS");
    if (!path)
        return;
    const Statistics &statistics = executor_->statistics();
    nlohmann::ordered_json out;
    out["variant"] = variant_;
    out["executions"] = statistics.traces;
    out["ops"] = statistics.ops;
    out["doublings"] = statistics.doublings;
    out["findings"] = signatures_.size();
    for (size_t i = 0; i < engines_.size(); i++)
        out["coverage"][std::string(engines_[i]->name())] = {
            std::count_if(seen_[i].begin(), seen_[i].end(), [](uint8_t hit) { return hit != 0; }), seen_[i].size()};
    out["shown"] = signatures_;
    for (const uint16_t kind : executor_->kinds_that_run())
        if (kind != MBLAB_OP_world_budget) // which is the harness's own to say: run() takes it out of inputs
            out["calls"][std::string(op_info(kind).name)] = statistics.calls[kind];
    for (const auto &[rule, times] : statistics.rules)
        out["rules"][std::string(rule)] = times;
    for (const Checker &checker : executor_->checkers())
        for (size_t i = 0; i < laws().size(); i++)
            out["laws"][std::string(laws()[i].id)] = checker.evaluations()[i];
    // Which blocks of code were reached, as places in the engine's file, for whoever asks about lines.
    if (go_on_)
        for (size_t i = 0; i < engines_.size(); i++)
            out["blocks"][std::string(engines_[i]->name())] = blocks(*engines_[i], seen_[i]);
    // Replaced in one step, so that a reader never sees half of it; on a full disk the old one stays.
    const std::string half = std::string(path) + ".part";
    std::ofstream file(half);
    file << out.dump(1) << '\n';
    file.close();
    if (!file && go_on_)
        give_up(half + ": cannot write");
    if (!file)
        return;
    std::error_code ignored;
    std::filesystem::rename(half, path, ignored);
}

} // namespace mblab::fuzz
