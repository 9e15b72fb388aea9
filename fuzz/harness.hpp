// SPDX-License-Identifier: GPL-2.0-or-later
// What every fuzz target does around its one line: open engines, run, report a finding, keep count.
#pragma once

#include "core/run/executor.hpp"
#include "core/run/integrity.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mblab::fuzz {

struct HarnessOptions {
    /// Engines in order; the first is the one that others are compared with. Kernel engines that are not built are left
    /// out, and so is a port that speaks another dialect than the kernel.
    std::vector<std::string_view> engines;
    std::string_view variant;
    ExecutorOptions executor{};
    /// Go on past a difference that leaves the states equal, for trees that may differ, and past what these traits
    /// explain: their ids, a blank between them.
    bool go_on = false;
    std::string_view explained_by{};
};

/// A finding is printed as a trace and saved in $MBLAB_FINDINGS (if set). Then the process aborts, as fuzzers expect;
/// with $MBLAB_KEEP_GOING set it goes on, and each finding is reported once. $MBLAB_BLACK_BOX is the descriptor of a
/// BlackBox of whoever watches. Counts are written to $MBLAB_STATS at the
/// end and every now and then.
class Harness {
  public:
    explicit Harness(const HarnessOptions &options);
    ~Harness();
    void run(Trace trace);

  private:
    void report(const Trace &trace, const Finding &finding);
    void look_at_coverage();
    void write_statistics() const;

    std::vector<std::unique_ptr<Engine>> engines_;
    std::unique_ptr<Executor> executor_;
    std::optional<Integrity> integrity_;         // of the process, while it runs an input
    std::vector<std::vector<uint8_t>> seen_;     // by engine: coverage counters that were ever not 0
    std::map<std::string, uint64_t> signatures_; // and how many inputs showed each
    std::string variant_;
    bool go_on_;
    uint64_t runs_ = 0;
};

} // namespace mblab::fuzz
