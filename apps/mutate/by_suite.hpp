// SPDX-License-Identifier: GPL-2.0-or-later
// What a tree's own tools/testing/memblock notices of its mutants.
#pragma once

#include "apps/mutate/judge.hpp"
#include "apps/mutate/switch.hpp"
#include "apps/suite/suite.hpp"

#include <set>
#include <string>
#include <vector>

namespace mblab::mutate {

class SuiteJudge {
  public:
    /// Builds the suite around the changed tree, NUMA and UMA. Throws Error where it does not pass with all mutants
    /// switched off. extended: a folder that write_suite() wrote, whose suite it is then; or empty.
    explicit SuiteJudge(const MutatedTree &tree, const std::string &extended = {});

    Judgement judge(size_t number) const;

  private:
    struct Run {
        SuiteConfig config;
        std::string program;
        // With all mutants switched off:
        int passed;
        std::set<size_t> reached;
    };

    size_t mutants_;
    TemporaryFolder folder_;
    std::vector<Run> runs_;
};

} // namespace mblab::mutate
