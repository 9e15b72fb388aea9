// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output.hpp"

#include "apps/diff/compare.hpp"
#include "apps/explore/report.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/oracle/explanation.hpp"
#include "core/oracle/traits.hpp"
#include "core/run/catalog.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <span>
#include <unistd.h>

namespace mblab {
namespace {

using Json = nlohmann::ordered_json;

constexpr Form forms[] = {{"html", "one HTML page"},
                          {"ktap", "KTAP"},
                          {"xml", "JUnit XML", "junit"},
                          {"md", "Markdown", "markdown"},
                          {"mail", "a mail of 75 columns"}};
constexpr std::string (*writers[])(const Comparison &comparison) = {as_html, as_ktap, as_junit, as_markdown, as_mail};
static_assert(std::size(forms) == std::size(writers));

struct DiffOptions : CompareOptions {
    std::string base, head;
    bool bisect = false;
    bool sanitize = false;           // main() has started this program again with it (core/run/sanitized.hpp)
    std::string trait;               // compare only this one; empty for all
    std::vector<std::string> worlds; // compare in all their states, and do not search
};

std::pair<Side, Side> sides_of(const DiffOptions &options)
{
    if (options.head.empty())
        return resolve_sides(options.base);
    return {resolve_side(options.base), resolve_side(options.head)};
}

/// Whether both sides answer the trait alike, in the first variant that can tell.
int compare_trait(const DiffOptions &options)
{
    const auto is_wanted = [&](const Trait &trait) { return trait.id == options.trait; };
    const auto wanted = std::ranges::find_if(traits(), is_wanted);
    if (wanted == traits().end())
        throw Error(fmt::format("no trait '{}': mblab semantics lists them", options.trait));
    const auto [base, head] = sides_of(options);
    for (const std::string &variant : options.variants) {
        std::vector<EnginePair> pairs = build_engines(base, head, {variant});
        const std::vector<Introductions> asked = introduce(pairs);
        for (const Change &change : changes_of_opening(pairs, asked))
            throw SideError(change.what);
        const std::vector<TraitChange> changes = compare_dialects(pairs, asked);
        if (!pairs.front().told[static_cast<size_t>(wanted - traits().begin())])
            continue;
        for (const TraitChange &change : changes)
            if (change.id == options.trait) {
                say("{}: {}: {} / {}\n{}", change.id, change.statement, change.base, change.head,
                    print_trace(change.witness));
                output().facts() = {{"trait", change.id},
                                    {"base", change.base},
                                    {"head", change.head},
                                    {"trace", print_trace(change.witness)}};
                return status_finding;
            }
        say("{}: both sides give the same answer, on {}\n", options.trait, variant);
        output().facts() = {{"trait", options.trait}, {"same", true}, {"variant", variant}};
        return status_good;
    }
    throw Error(fmt::format("{} cannot be tested in {}: name another variant", options.trait,
                            fmt::join(options.variants, ", ")));
}

/// Whether the sides differ in any call from any state of the worlds.
int compare_worlds(const DiffOptions &options)
{
    const auto [base, head] = sides_of(options);
    int status = status_good;
    for (const std::string &name : options.worlds) {
        const World world = read_world(name);
        const EnginePair pair = build_engines(base, head, {variant_name(world.variant)}).front();
        if (pair.base == pair.head) {
            say("{}: both sides are the same\n", world.name);
            output().facts()["worlds"].push_back({{"world", world.name}, {"same", true}});
            continue;
        }
        const OpenEngines engines({pair.base, pair.head}, world.variant);
        ExploreOptions explored;
        explored.seconds_max = options.seconds;
        explored.explanation = explanation_for(engines.list());
        const Exploration all = explore(world, engines.list(), explored);
        say("{}{}", summary(world, engines.list(), all), verdict(world, all));
        output().facts()["worlds"].push_back(facts_of(world, engines.list(), all));
        if (status != status_finding && status_of(all) != status_good)
            status = status_of(all);
    }
    return status;
}

/// What a user named wrongly is said before the work, not after it.
void check(const DiffOptions &options)
{
    for (const std::string &variant : options.variants)
        if (variant_options(variant).empty())
            variant_name(variant); // throws, and says which there are
}

int run_diff(const DiffOptions &options)
{
    check(options);
    if (!options.trait.empty())
        return compare_trait(options);
    if (!options.worlds.empty())
        return compare_worlds(options);
    const auto [base, head] = sides_of(options);
    const Comparison comparison = compare(base, head, options);
    for (size_t i = 0; i < std::size(forms); i++)
        if (output().wants(forms[i].ending))
            output().write(forms[i].ending, writers[i](comparison));
    say("{}", as_text(comparison));
    output().facts() = Json::parse(as_json(comparison));
    const int status = status_of(comparison);
    // To git bisect, a change that cannot be seen is no reason to go on.
    return options.bisect && status == status_incomplete ? status_good : status;
}

} // namespace

void add_diff(CLI::App &app, int &status)
{
    auto options = std::make_shared<DiffOptions>();
    CLI::App *command = app.add_subcommand("diff", "Compare two kernel trees by what their memblock does");
    command->add_option("BASE", options->base, "port, a kernel tree, git:REPO@REV, or git:REPO@REV+PATCH...")
        ->required();
    command->add_option("HEAD", options->head,
                        "The other side, in the same forms. Not needed after git:REPO@A..B, nor after "
                        "git:REPO@REV+PATCH, which is compared with REV");
    command->add_option("--variant", options->variants, "Variants to compare in (mblab engines lists them)")
        ->capture_default_str()
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--time", options->seconds, "Seconds to search")
        ->capture_default_str()
        ->check(CLI::Range(1u, 1000000u));
    command->add_option("--jobs,-j", options->jobs, "Processes at a time; default is the number of processors")
        ->check(CLI::Range(1u, 1024u));
    command->add_option("--seed", options->seed, "Seed of the search")->capture_default_str();
    command->add_flag("--first", options->first, "Stop at the first difference");
    command->add_flag("--sanitize", options->sanitize,
                      "Build engines with the address and the undefined-behaviour sanitizer: what one side "
                      "reads or writes beside its arrays is a difference");
    command->add_flag("--unexplained", options->unexplained, "Fail only for differences that no trait explains");
    command
        ->add_option("--expect", options->expected,
                     fmt::format("Intended differences, which are no failure: traits (mblab semantics lists them), "
                                 "functions that one side has, and fields: {}",
                                 names_of_expected_fields()))
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_flag(
        "--boots", options->boots,
        "Also replay the boots and recordings of corpus/ on both sides, each in its machine's own variant");
    command->add_option("--trait", options->trait, "Compare only the answers to this trait, without a search");
    command->add_option(
        "--explore", options->worlds,
        "Instead of a search, compare in every state of these worlds (mblab explore --list), each for at most --time "
        "(exit status 3: one is not closed by then); what a trait explains is no difference");
    command->add_flag("--bisect", options->bisect, "For git bisect run: exit 125 where the others exit 2");
    output().add_to(*command, forms);
    command->footer("Exit status: 0 none found and all that changed was run, 3 none found and not all was run, 1 "
                    "differences (with --unexplained: that no trait explains), 2 bad "
                    "usage or set-up, 125 in place of 2 with --bisect.\n"
                    "Examples: mblab diff ~/linux-stable ~/linux --first\n"
                    "          mblab diff git:$HOME/linux@HEAD git:$HOME/linux@HEAD+my.patch --time 300\n"
                    "          git bisect run mblab diff git:.@GOOD . --bisect --first --time 30\n"
                    "          git bisect run mblab diff git:.@GOOD . --bisect --trait S02");
    command->callback([options, command, &status] {
        options->quiet = output().is_quiet();
        options->asks_more = command->count("--variant") == 0;
        status = run_diff(*options);
    });
}

} // namespace mblab
