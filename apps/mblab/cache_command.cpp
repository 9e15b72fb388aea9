// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/output.hpp"

#include "core/base/files.hpp"
#include "core/run/cache.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace mblab {
namespace {

struct CacheOptions {
    uint64_t limit = 0;
    bool clear = false;
};

void print_cache()
{
    say("in {}:\n", cache_folder());
    output().facts()["folder"] = cache_folder();
    uint64_t all = 0;
    for (const CachePart &part : cache_parts()) {
        say("  {:<10} {:>6} {:>8} KiB  {}\n", part.name, part.entries, part.bytes >> 10, part.what);
        output().facts()["parts"].push_back({{"name", part.name},
                                             {"what", part.what},
                                             {"bounded", part.is_bounded},
                                             {"entries", part.entries},
                                             {"bytes", part.bytes}});
        all += part.bytes;
    }
    say("  {:<10} {:>6} {:>8} KiB\n", "all", "", all >> 10);
}

} // namespace

void add_cache(CLI::App &app, int &)
{
    auto options = std::make_shared<CacheOptions>();
    CLI::App *command = app.add_subcommand("cache", "List what the cache holds, or reduce it");
    CLI::Option *limit =
        command
            ->add_option(
                "--limit", options->limit,
                "Remove engines, trees and worlds, those used longest ago first, until they have no more than so "
                "many bytes: 500M")
            ->transform(CLI::AsSizeValue(false))
            ->check(CLI::Range(uint64_t{0}, uint64_t{1} << 50));
    command
        ->add_flag("--clear", options->clear,
                   "Remove everything that is listed, fetched kernels and package lists included; it is made or "
                   "fetched again when needed")
        ->excludes(limit);
    command->footer("Engines, trees and worlds are kept below 1 GiB automatically. MBLAB_CACHE names another folder.\n"
                    "Example: mblab cache --limit 200M");
    command->callback([options, limit] {
        if (options->clear)
            clear_cache();
        else if (limit->count()) {
            const size_t removed = bound_cache(options->limit);
            say("removed {}\n", removed);
            output().facts()["removed"] = removed;
        }
        print_cache();
    });
}

} // namespace mblab
