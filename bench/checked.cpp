// SPDX-License-Identifier: GPL-2.0-or-later
#include "checked.hpp"

#include "core/base/error.hpp"
#include "core/run/catalog.hpp"
#include "core/run/executor.hpp"

#include <ctime>
#include <memory>

namespace mblab::bench {
namespace {

constexpr int rounds = 1000;

/// The processor's time, so that what else the machine does is not measured.
double cpu_seconds()
{
    timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// The first engine, which starts the watch when the layout is made: the executor itself knows of no layout.
class Watched final : public Engine {
  public:
    Watched(std::unique_ptr<Engine> engine, size_t first_timed) : engine_(std::move(engine)), first_timed_(first_timed)
    {
    }

    std::string_view name() const override { return engine_->name(); }
    const Variant &variant() const override { return engine_->variant(); }
    bool has(uint16_t kind) const override { return engine_->has(kind); }
    const mblab_state &state() override { return engine_->state(); }
    double started() const { return started_; }

    void reset() override
    {
        calls_ = 0;
        engine_->reset();
    }

    const Outcome &run(const Op &op) override
    {
        if (calls_++ == first_timed_)
            started_ = cpu_seconds();
        return engine_->run(op);
    }

  private:
    std::unique_ptr<Engine> engine_;
    size_t first_timed_, calls_ = 0;
    double started_ = 0;
};

Trace make_trace(std::span<const Op> layout, std::span<const Op> calls)
{
    Trace trace;
    for (const Op &op : layout)
        trace.add(op);
    for (int round = 0; round < rounds; round++)
        for (const Op &op : calls)
            trace.add(op);
    return trace;
}

} // namespace

void measure_checked(benchmark::State &state, const Checks &checks, std::string_view variant,
                     std::span<const Op> layout, std::span<const Op> calls)
{
    Watched watched(open_engine(checks.engines[0], variant), layout.size());
    std::vector<std::unique_ptr<Engine>> others;
    std::vector<Engine *> engines = {&watched};
    for (const std::string_view name : std::span(checks.engines).subspan(1))
        engines.push_back(others.emplace_back(open_engine(name, variant)).get());
    Executor executor(engines, {.laws = checks.laws});
    const Trace trace = make_trace(layout, calls);
    for (auto step : state) {
        const uint64_t before = executor.statistics().ops;
        if (const auto finding = executor.run(trace))
            throw Error(finding->title);
        if (executor.statistics().ops - before != trace.steps.size())
            throw Error("not every call of the layout was made");
        state.SetIterationTime((cpu_seconds() - watched.started()) / rounds);
    }
}

} // namespace mblab::bench
