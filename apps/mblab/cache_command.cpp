// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"

#include "core/base/files.hpp"
#include "core/run/cache.hpp"

#include <fmt/format.h>

#include <memory>

namespace mblab {
namespace {

struct CacheOptions {
    uint64_t limit = 0;
    bool clear = false;
};

void print_cache()
{
    fmt::print("in {}:\n", cache_folder());
    uint64_t all = 0;
    for (const CachePart &part : cache_parts()) {
        fmt::print("  {:<10} {:>6} {:>8} KiB  {}\n", part.name, part.entries.size(), part.bytes >> 10, part.what);
        all += part.bytes;
    }
    fmt::print("  {:<10} {:>6} {:>8} KiB\n", "all", "", all >> 10);
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
            ->transform(CLI::AsSizeValue(false));
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
        else if (limit->count())
            fmt::print("removed {}\n", bound_cache(options->limit));
        print_cache();
    });
}

} // namespace mblab
