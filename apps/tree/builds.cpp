// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/tree/builds.hpp"

#include "core/base/files.hpp"
#include "core/run/catalog.hpp"
#include "core/run/process.hpp"
#include "core/run/remote.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <thread>

namespace mblab::tree {
namespace {

Build build(const std::string &folder, const std::string &variant, const std::string &out)
{
    constexpr std::string_view speaker = "build-engine: ";
    Build made{variant, {}, {}};
    const ProcessResult result =
        run_process({source_folder() + "/core/engine/build-engine", "--subject", folder, "--name", "tree", "--variant",
                     variant_options(variant), "--out", out, "--flags", "-O0", "--worlds", cache_folder() + "/worlds"});
    if (result.status != 0) {
        std::string lines = result.errors.substr(0, result.errors.find_last_not_of('\n') + 1);
        std::replace(lines.begin(), lines.end(), '\n', ' ');
        made.error = lines.starts_with(speaker) ? lines.substr(speaker.size()) : lines;
        return made;
    }
    const std::unique_ptr<Engine> engine = open_engine_file(out);
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
        made.has[kind] = engine->has(kind);
    return made;
}

} // namespace

std::vector<Build> build_everywhere(const std::string &folder)
{
    const TemporaryFolder scratch;
    const std::vector<std::string> variants = all_variants();
    std::vector<Build> builds(variants.size());
    std::atomic<size_t> next = 0;
    const auto work = [&] {
        for (size_t i = next++; i < variants.size(); i = next++)
            try {
                builds[i] = build(folder, variants[i], scratch.file(variants[i] + ".so"));
            } catch (const std::exception &error) {
                builds[i] = {variants[i], error.what(), {}};
            }
    };
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); i++)
        workers.emplace_back(work);
    workers.clear(); // joins them
    return builds;
}

} // namespace mblab::tree
