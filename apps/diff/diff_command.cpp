// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/options.hpp"

#include "apps/diff/growth.hpp"
#include "apps/diff/lines.hpp"
#include "apps/diff/report.hpp"
#include "apps/explore/report.hpp"
#include "apps/tree/inventory.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/oracle/traits.hpp"
#include "core/run/catalog.hpp"
#include "core/run/process.hpp"
#include "core/run/remote.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <thread>
#include <unistd.h>

namespace mblab {
namespace {

namespace fs = std::filesystem;

constexpr int status_incomplete = 3;

/// The forms of the result besides the text.
struct Form {
    const char *option, *name;
    std::string (*write)(const Comparison &comparison);
};
constexpr Form forms[] = {{"--json", "JSON", as_json},
                          {"--html", "one HTML page", as_html},
                          {"--ktap", "KTAP", as_ktap},
                          {"--junit", "JUnit XML", as_junit},
                          {"--markdown", "Markdown", as_markdown}};

struct DiffOptions {
    std::string base, head;
    std::vector<std::string> variants = {"numa-4", "uma-4"};
    unsigned seconds = 60, jobs = std::thread::hardware_concurrency();
    uint64_t seed = 1;
    bool first = false, bisect = false, quiet = false, unexplained = false;
    bool asks_more = false;              // about traits, where no variant was named
    std::string trait;                   // compare only this one; empty for all
    std::vector<std::string> worlds;     // compare in all their states, and do not search
    std::string paths[std::size(forms)]; // where each form goes; empty where it is not wanted
};

std::pair<Side, Side> sides_of(const DiffOptions &options)
{
    if (options.head.empty())
        return resolve_sides(options.base);
    return {resolve_side(options.base), resolve_side(options.head)};
}

/// Both engines of each variant, built two at a time.
std::vector<EnginePair> build_engines(const Side &base, const Side &head, const std::vector<std::string> &variants)
{
    std::vector<EnginePair> pairs;
    for (const std::string &variant : variants) {
        auto other = std::async(std::launch::async, [&] { return build_side(base, "base", variant); });
        std::string built = build_side(head, "head", variant);
        pairs.push_back({variant, other.get(), std::move(built)});
    }
    return pairs;
}

/// Functions that one side has: those that ops call, by the engines, and those that no op speaks of, by the text.
std::vector<FunctionChange> compare_functions(const Side &base, const Side &head, const Introductions &asked)
{
    std::vector<FunctionChange> changes;
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
        if (const bool has = asked[1].answers.functions()[kind]; has != asked[0].answers.functions()[kind])
            changes.push_back({std::string(op_info(kind).name), has, true});
    if (base.is_port() || head.is_port())
        return changes;               // the port has what ops call, and no more
    std::map<std::string, int> names; // 1: only in head, -1: only in base
    for (const auto &[side, step] : {std::pair{&base, -1}, std::pair{&head, 1}})
        for (const std::string &name :
             tree::read_inventory(read_file(side->file(memblock_header)), read_file(side->file(memblock_source)))
                 .without_op)
            names[name] += step;
    for (const auto &[name, where] : names)
        if (where)
            changes.push_back({name, where > 0, false});
    return changes;
}

/// One line that is redrawn on a terminal; a line every ten seconds elsewhere.
class ProgressLine {
  public:
    explicit ProgressLine(bool quiet) : quiet_(quiet), terminal_(isatty(2)) {}
    ~ProgressLine()
    {
        if (terminal_ && !quiet_)
            fmt::print(stderr, "\r\033[K");
    }

    void show(unsigned seconds, const std::string &text)
    {
        if (quiet_ || (!terminal_ && seconds < next_))
            return;
        next_ = seconds + 10;
        const char *before = terminal_ ? "\r\033[K" : "", *after = terminal_ ? "" : "\n";
        fmt::print(stderr, "{}{}{}", before, text, after);
        std::fflush(stderr);
    }

  private:
    bool quiet_, terminal_;
    unsigned next_ = 0;
};

bool mentions_scratch(const Side &side)
{
    return !side.is_port() &&
           read_file(side.file(memblock_header)).find("CONFIG_MEMBLOCK_KHO_SCRATCH") != std::string::npos;
}

/// Variants that are asked, and not searched, for traits that only they can tell. What HIGHMEM or a handover decides is
/// in no block of its own: a changed line names the option.
std::vector<std::string> variants_to_ask(const Side &base, const Side &head, const Comparison &comparison)
{
    const auto is_named = [&](std::string_view option) {
        return std::ranges::any_of(
            comparison.lines, [=](const ChangedLine &line) { return line.text.find(option) != std::string::npos; });
    };
    std::vector<std::string> variants;
    if (mentions_scratch(base) || mentions_scratch(head))
        variants.emplace_back("numa-kho-8");
    for (const auto &[option, variant] :
         {std::pair{"CONFIG_HIGHMEM", "uma-highmem-8"}, std::pair{"CONFIG_KEXEC_HANDOVER", "numa-handover-8"}})
        if (is_named(option))
            variants.emplace_back(variant);
    std::erase_if(variants, [&](const std::string &variant) {
        return std::ranges::find(comparison.variants, variant) != comparison.variants.end();
    });
    return variants;
}

/// Which changed lines ran, in builds where each line is code of its own. Reached anywhere is reached.
void note_lines(Comparison &out, const Side &base, const Side &head, const std::vector<EnginePair> &pairs,
                const SearchOptions &search)
{
    out.lines_known = !base.is_port() && !head.is_port() && can_tell_lines();
    if (!out.lines_known || out.lines.empty())
        return;
    for (const EnginePair &pair : pairs) {
        const EnginePair covered{pair.variant, build_covered(base, "base", pair.variant),
                                 build_covered(head, "head", pair.variant), pair.traits};
        const std::array<Blocks, 2> blocks = blocks_reached(covered, search);
        note_reached(out.lines, true, covered.base, blocks[0]);
        note_reached(out.lines, false, covered.head, blocks[1]);
    }
}

/// An engine that nobody can open is a difference, and the only one that can be seen.
std::vector<Change> changes_of_opening(const std::vector<EnginePair> &pairs, const std::vector<Introductions> &asked)
{
    std::vector<Change> changes;
    for (size_t i = 0; i < pairs.size(); i++)
        for (const auto &[side, name] : {std::pair{&asked[i][0], "BASE"}, std::pair{&asked[i][1], "HEAD"}})
            if (!side->death.empty()) {
                Change &change = changes.emplace_back();
                change.what = fmt::format("{} does not survive being opened: {}", name, side->death);
                change.signature = fmt::format("opening {}", name);
                change.variants = {pairs[i].variant};
                change.trace.variant = pairs[i].variant;
                change.inputs = 1;
            }
    return changes;
}

Comparison compare(const DiffOptions &options)
{
    const auto [base, head] = sides_of(options);
    ProgressLine progress(options.quiet);
    progress.show(0, "building engines");
    Comparison out;
    out.lines = changed_lines(base, head);
    // Where nobody named one, what the change is compiled in is compared, too.
    out.variants = options.asks_more ? variants_for(out.lines, base, head, options.variants) : options.variants;
    if (!options.asks_more)
        for (const std::string &variant : out.variants)
            note_compiled(out.lines, base, head, variant);
    std::vector<EnginePair> pairs = build_engines(base, head, out.variants);
    out.base = base.title();
    out.head = head.title();
    out.elsewhere = changed_elsewhere(base, head);
    out.explained_is_good = options.unexplained;
    // More variants are asked, and not searched, for traits that only they can tell.
    if (options.asks_more)
        std::ranges::move(build_engines(base, head, variants_to_ask(base, head, out)), std::back_inserter(pairs));
    out.pairs = pairs;
    const std::vector<Introductions> asked = introduce(pairs);
    out.changes = changes_of_opening(pairs, asked);
    if (!out.changes.empty())
        return out; // there is nothing to compare
    out.traits = compare_dialects(pairs, asked);
    pairs.resize(out.variants.size());
    out.functions = compare_functions(base, head, asked.front());
    if (options.first && (options.unexplained ? out.has_unexplained() : !out.traits.empty()))
        return out; // found without a search
    const TemporaryFolder work;
    make_seeds(work.path());
    // The time is for both: looking for differences, and making them small.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(options.seconds);
    const SearchOptions search{std::max(1u, options.seconds - options.seconds / 4),
                               options.jobs,
                               options.first,
                               !options.unexplained,
                               options.seed,
                               work.path()};
    SearchResult found =
        search_differences(pairs, search, [&](unsigned seconds, uint64_t inputs, uint64_t ops, size_t differences) {
            out.seconds = seconds;
            progress.show(seconds,
                          fmt::format("{:4} s  {} inputs, {} ops, {} differences", seconds, inputs, ops, differences));
        });
    if (!options.first || found.differences.empty())
        out.largest_arrays = compare_large_arrays(pairs.front(), std::chrono::seconds(options.seconds), found);
    out.inputs = found.inputs;
    out.ops = found.ops;
    if (options.first) { // of those that ended it
        if (options.unexplained)
            std::erase_if(found.differences, std::mem_fn(&FoundDifference::is_explained));
        found.differences.resize(std::min<size_t>(found.differences.size(), 1));
    }
    out.changes = find_changes(pairs, found, deadline, [&](size_t done, size_t all) {
        progress.show(out.seconds + static_cast<unsigned>(done),
                      fmt::format("making differences small: {} of {}", done, all));
    });
    // A search that stopped at its first difference says nothing of the rest.
    if (!options.first || out.changes.empty())
        note_lines(out, base, head, pairs, search);
    return out;
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
                fmt::print("{}: {}: {} / {}\n{}", change.id, change.statement, change.base, change.head,
                           print_trace(change.witness));
                return status_finding;
            }
        fmt::print("{}: both sides answer alike, on {}\n", options.trait, variant);
        return status_good;
    }
    throw Error(
        fmt::format("{} cannot be told in {}: name another variant", options.trait, fmt::join(options.variants, ", ")));
}

/// Whether the sides differ in any call from any state of the worlds.
int compare_worlds(const DiffOptions &options)
{
    const Side base = resolve_side(options.base), head = resolve_side(options.head);
    int status = status_good;
    for (const std::string &name : options.worlds) {
        const World world = read_world(name);
        const EnginePair pair = build_engines(base, head, {variant_name(world.variant)}).front();
        if (pair.base == pair.head) {
            fmt::print("{}: both sides are one\n", world.name);
            continue;
        }
        const OpenEngines engines({pair.base, pair.head}, world.variant);
        ExploreOptions explored;
        explored.seconds_max = options.seconds;
        explored.explanation = explanation_for(engines.list());
        const Exploration all = explore(world, engines.list(), explored);
        fmt::print("{}{}", summary(world, engines.list(), all), verdict(world, all));
        if (status != status_finding && status_of(all) != status_good)
            status = status_of(all);
    }
    return status;
}

/// What a user named wrongly is said before the work, not after it.
void check(const DiffOptions &options)
{
    for (const std::string &path : options.paths)
        if (!path.empty() && path != "-" && fs::exists(path))
            throw Error(fmt::format("{}: exists", path));
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
    const Comparison comparison = compare(options);
    bool taken = false;
    for (size_t i = 0; i < std::size(forms); i++) {
        if (!options.paths[i].empty())
            write_output(options.paths[i], forms[i].write(comparison));
        taken = taken || options.paths[i] == "-";
    }
    if (!taken)
        write_output("", as_text(comparison));
    if (comparison.fails())
        return status_finding;
    // To git bisect, a change that cannot be seen is no reason to go on.
    const bool is_incomplete = !comparison.differs() && !comparison.gaps().empty();
    return is_incomplete && !options.bisect ? status_incomplete : status_good;
}

} // namespace

void add_diff(CLI::App &app, int &status)
{
    auto options = std::make_shared<DiffOptions>();
    CLI::App *command = app.add_subcommand("diff", "Compare two kernel trees by what their memblock does");
    command->add_option("BASE", options->base, "port, a kernel tree, git:REPO@REV, or git:REPO@REV+PATCH...")
        ->required();
    command->add_option("HEAD", options->head,
                        "The other side, in the same forms. It may be left out behind git:REPO@A..B, and behind "
                        "git:REPO@REV+PATCH, which is compared with REV");
    command->add_option("--variant", options->variants, "Variants to compare in (mblab engines lists them)")
        ->capture_default_str()
        ->delimiter(',');
    command->add_option("--time", options->seconds, "Seconds to search")
        ->capture_default_str()
        ->check(CLI::Range(1u, 1000000u));
    command->add_option("--jobs,-j", options->jobs, "Processes at a time; default is the number of processors")
        ->check(CLI::Range(1u, 1024u));
    command->add_option("--seed", options->seed, "Seed of the search")->capture_default_str();
    command->add_flag("--first", options->first, "Stop at the first difference");
    command->add_flag("--unexplained", options->unexplained, "Fail only for differences that no trait explains");
    command->add_option("--trait", options->trait, "Compare only the answers to this trait: no search");
    command->add_option(
        "--explore", options->worlds,
        "Compare in every state of these worlds (mblab explore --list), each for --time at most, 3 being "
        "not closed by then: no search; what a trait explains is no difference");
    command->add_flag("--bisect", options->bisect, "For git bisect run: exit 125 where the others exit 2");
    command->add_flag("--quiet,-q", options->quiet, "No progress");
    for (size_t i = 0; i < std::size(forms); i++)
        command->add_option(forms[i].option, options->paths[i],
                            fmt::format("The result as {}, into a new file; - is standard output", forms[i].name));
    command->footer("Exit status: 0 none found and all that changed was run, 3 none found and not all was run, 1 "
                    "differences (with --unexplained: that no trait explains), 2 bad "
                    "usage or set-up, 125 in place of 2 with --bisect.\n"
                    "Examples: mblab diff ~/linux-stable ~/linux --first\n"
                    "          mblab diff git:$HOME/linux@HEAD git:$HOME/linux@HEAD+my.patch --time 300\n"
                    "          git bisect run mblab diff git:.@GOOD . --bisect --first --time 30\n"
                    "          git bisect run mblab diff git:.@GOOD . --bisect --trait S02");
    command->callback([options, command, &status] {
        options->asks_more = command->count("--variant") == 0;
        status = run_diff(*options);
    });
}

} // namespace mblab
