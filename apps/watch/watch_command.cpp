// SPDX-License-Identifier: GPL-2.0-or-later
// mblab watch: last night's revision against the last good one.
#include "apps/cli/command.hpp"
#include "apps/cli/output.hpp"

#include "apps/watch/page.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <regex>
#include <sys/file.h>

namespace mblab {
namespace {

namespace fs = std::filesystem;
using namespace watch;

/// One at a time: each reads what the one before wrote.
class Lock {
  public:
    explicit Lock(const std::string &folder) : fd_(open((folder + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644))
    {
        if (fd_.get() < 0)
            throw Error(fmt::format("{}: cannot write there", folder));
        if (flock(fd_.get(), LOCK_EX | LOCK_NB) != 0)
            throw Error(fmt::format("{}: another mblab watch is at work there", folder));
    }

  private:
    UniqueFd fd_;
};

/// A folder of its own for what the night writes, from that of the baseline.
std::string make_report_folder(const std::string &folder, const Night &night)
{
    const std::string name = fmt::format("nights/{}-{}", night.date, night.head.commit.substr(0, 12));
    std::string free = name;
    for (int number = 2; fs::exists(folder + '/' + free); number++)
        free = fmt::format("{}-{}", name, number);
    fs::create_directories(folder + '/' + free);
    return free;
}

/// A trace of each finding: 1.trace for the first new one, 1-2.trace for another of its cluster; known-1.trace.
void write_traces(const std::string &folder, const std::string &report, Night &night)
{
    std::string cluster;
    size_t clusters = 0, of_cluster = 0, known = 0;
    for (Found &found : night.found) { // new ones of one cluster lie together
        if (found.is_new) {
            const bool is_another = clusters > 0 && found.cluster == cluster;
            of_cluster = is_another ? of_cluster + 1 : 1;
            clusters += !is_another;
            cluster = found.cluster;
        }
        if (found.text.empty())
            continue;
        const std::string name = !found.is_new     ? fmt::format("known-{}", ++known)
                                 : of_cluster == 1 ? std::to_string(clusters)
                                                   : fmt::format("{}-{}", clusters, of_cluster);
        found.trace = fmt::format("{}/{}.trace", report, name);
        write_new_file(folder + '/' + found.trace, found.text);
    }
}

void write_reports(const std::string &folder, const std::string &report, Night &night)
{
    write_traces(folder, report, night);
    const std::string own = folder + '/' + report;
    write_new_file(own + "/night.json", night_json(night));
    write_new_file(own + "/junit.xml", night_junit(night));
    replace_file(folder + "/latest.json", night_json(night));
    replace_file(folder + "/junit.xml", night_junit(night));
    if (night.comparison) {
        write_new_file(own + "/diff.html", as_html(*night.comparison));
        write_new_file(own + "/mail.txt", as_mail(*night.comparison));
    }
    write_new_file(own + "/index.html", night_page(night));
}

/// What the next night begins with. A night without differences makes its revision the last good one, and so does who
/// accepts them.
void fold(Baseline &baseline, const Night &night, const std::string &report)
{
    NightRecord record{.date = night.date,
                       .commit = night.head.commit,
                       .subject = night.head.subject,
                       .base = night.base.commit,
                       .files = night.files,
                       .report = report,
                       .verdict = night.parts.front().verdict,
                       .builds = night.builds};
    for (const Known &known : night.gone)
        record.gone.push_back(known.title);
    for (const auto &cluster : clusters_of_new(night))
        record.fresh.push_back(cluster.front()->title);
    record.new_findings = static_cast<size_t>(std::ranges::count(night.found, true, &Found::is_new));
    record.known_findings = night.found.size() - record.new_findings;
    baseline.known.assign(night.found.begin(), night.found.end());
    const bool is_good = night.accepted || std::ranges::none_of(baseline.known, &Known::is_difference);
    const Side &good = is_good ? night.head : night.base;
    baseline.good = good.commit;
    baseline.good_subject = good.subject;
    baseline.good_date = is_good ? night.date : night.base_date;
    std::erase_if(baseline.known, [&](const Known &known) {
        return known.is_difference() && (is_good || known.base != night.base.commit);
    });
    baseline.nights.push_back(std::move(record));
}

int run_watch(WatchOptions options)
{
    if (!options.date.empty() && !std::regex_match(options.date, std::regex("[0-9]{4}-[0-9]{2}-[0-9]{2}")))
        throw Error(fmt::format("--date {}: expected YEAR-MONTH-DAY", options.date));
    fs::create_directories(options.folder);
    const Lock lock(options.folder);
    const std::string path = options.folder + "/baseline.json";
    Baseline baseline = read_baseline(path);
    Night night = look(options, baseline);
    const std::string report = make_report_folder(options.folder, night);
    write_reports(options.folder, report, night);
    fold(baseline, night, report);
    replace_file(options.folder + "/index.html", nights_page(baseline, options.revision));
    replace_file(path, print_baseline(baseline)); // the last: what is half written is done once more
    say("{}", night_text(night, options.folder));
    output().facts() = nlohmann::ordered_json::parse(night_json(night));
    return baseline.nights.back().new_findings ? status_finding : status_good;
}

} // namespace

void add_watch(CLI::App &app, int &status)
{
    auto options = std::make_shared<WatchOptions>();
    CLI::App *command =
        app.add_subcommand("watch", "A nightly for a kernel tree: a revision against the last good one");
    command->add_option("REVISION", options->revision, "git:REPO@REF")->required();
    command->add_option("--output,--folder,-o", options->folder, "Where the baseline and all reports are kept")
        ->required();
    command->add_option("--good", options->good,
                        "The revision that the first night compares with; default is REF itself");
    command->add_option("--date", options->date, "The night's date, YEAR-MONTH-DAY; default is the commit's");
    command->add_option("--variant", options->variants, "Variants to compare in (mblab engines lists them)")
        ->capture_default_str()
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--time", options->seconds, "Seconds to search for differences")
        ->capture_default_str()
        ->check(CLI::Range(1u, 1000000u));
    command->add_option("--inputs", options->inputs, "Random traces that laws are checked on, in each variant")
        ->capture_default_str()
        ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 40));
    command->add_option("--jobs,-j", options->jobs, "Processes at a time; default is the number of processors")
        ->check(CLI::Range(1u, 1024u));
    command->add_option("--seed", options->seed, "Seed of the search")->capture_default_str();
    command->add_option("--expect", options->expected, "Intended differences, as for mblab diff")
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_flag("--unexplained", options->unexplained, "Only differences that no trait explains count");
    command->add_flag("--boots", options->boots, "Also replay the boots and recordings of corpus/");
    command->add_flag("--accept", options->accept,
                      "Accept the revision as the last good one, with all its differences");
    command->footer(
        "A night without differences, or with --accept, makes its revision the last good one. What differs from that "
        "is\n"
        "new where the night before shows it not; the next night it is known: in FOLDER/baseline.json, with the date "
        "on\n"
        "which it was first seen, until it is gone or accepted. A revision that does not build is something new, too.\n"
        "FOLDER/index.html shows all nights.\n"
        "Exit status: 0 nothing new, 1 something new, 2 bad usage or set-up.\n"
        "Example: mblab watch git:$HOME/linux@origin/master -o $HOME/memblock-nights --boots");
    command->callback([options, command, &status] {
        options->quiet = output().is_quiet();
        options->asks_more = command->count("--variant") == 0;
        status = run_watch(*options);
    });
}

} // namespace mblab
