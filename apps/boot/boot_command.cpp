// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/cli/command.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output.hpp"

#include "apps/boot/architecture.hpp"
#include "apps/boot/compare.hpp"
#include "apps/boot/replay.hpp"
#include "apps/boot/report.hpp"
#include "apps/boot/speakers.hpp"
#include "apps/boot/story.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <optional>

namespace mblab {
namespace {

struct BootOptions {
    std::vector<std::string> logs;
    std::vector<std::string> engines;
    uint64_t explain = 0; // the line, from 1
};

/// What engines made of a boot.
struct Verdict {
    Replay replay;
    std::vector<BootReport> reports;
    std::string remarks;
    std::vector<std::string> engines; // as they were named, one for each report
    bool agrees = true;
};

Verdict judge(Replay replay, const std::vector<std::string> &wanted)
{
    Verdict verdict{std::move(replay), {}, {}, wanted, true};
    if (wanted.empty())
        verdict.engines = speakers_of(verdict.replay, verdict.remarks);
    for (const std::string &name : verdict.engines) {
        verdict.reports.push_back(compare_boot(verdict.replay, *open_for(name, verdict.replay)));
        verdict.agrees &= verdict.reports.back().agrees();
    }
    if (std::ranges::all_of(verdict.reports,
                            [](const BootReport &report) { return report.checked() == 0 && report.agrees(); }))
        throw Error(fmt::format("{}: cannot be compared with {}, which has another dialect", verdict.replay.log_name,
                                fmt::join(wanted, ", ")));
    return verdict;
}

/// The likeliest of the kernels that may have written the log.
Replay replay_of(const Log &log)
{
    return build_replay(log, dialects_of(log, boot::variant_of(log).variant).front());
}

/// Of kernels that may have written the log the first that agrees with it, else the likeliest.
Verdict judge(const Log &log, const std::vector<std::string> &engines)
{
    std::optional<Verdict> likeliest;
    for (const LogDialect &dialect : dialects_of(log, boot::variant_of(log).variant)) {
        Replay replay = build_replay(log, dialect);
        require_checks(replay, log);
        Verdict verdict = judge(std::move(replay), engines);
        if (verdict.agrees)
            return verdict;
        if (!likeliest)
            likeliest = std::move(verdict);
    }
    return std::move(*likeliest);
}

/// The replay on the engines that were asked, to step through, with what they decide otherwise than the kernel.
std::string page_of(const Log &log, const Verdict &verdict)
{
    view::Chapter chapter{story_of(log, verdict.replay), {}};
    std::vector<std::unique_ptr<Engine>> open;
    for (const std::string &name : verdict.engines)
        chapter.engines.push_back(open.emplace_back(open_for(name, verdict.replay)).get());
    view::Introduction introduction{chapter.story.title, verdict.remarks};
    for (const BootReport &report : verdict.reports)
        introduction.texts.emplace_back(
            fmt::format("{}: {}", report.engine, report.agrees() ? "agrees with the log" : "differs from the log"),
            describe(report));
    view::Counts counts;
    return view::page(introduction, std::vector{view::tell(chapter, counts)});
}

/// What the reports say of one boot.
void note_facts(const Verdict &verdict)
{
    nlohmann::ordered_json boot = {{"log", verdict.replay.log_name}, {"agrees", verdict.agrees}};
    const auto score = [](const Score &of) { return nlohmann::ordered_json{{"equal", of.equal}, {"total", of.total}}; };
    for (const BootReport &report : verdict.reports)
        boot["engines"].push_back({{"engine", report.engine},
                                   {"agrees", report.agrees()},
                                   {"allocations", score(report.allocations)},
                                   {"dumps", score(report.dumps)},
                                   {"debugfs", score(report.debugfs)},
                                   {"checked", report.checked()},
                                   {"to_check", report.to_check},
                                   {"disagreement", report.disagreement}});
    output().facts()["boots"].push_back(std::move(boot));
}

/// One boot in full. Its exit status.
int report_boot(const Log &log, const BootOptions &options)
{
    const Verdict verdict = judge(log, options.engines);
    const Replay &replay = verdict.replay;
    note_facts(verdict);
    if (output().wants("html"))
        output().write("html", page_of(log, verdict));
    say("{}", output().is_quiet() ? replay.log_name + '\n' : describe(replay));
    output().write("trace", print_trace(replay.trace));
    for (const BootReport &report : verdict.reports)
        say("{}", describe(report));
    say("{}", verdict.remarks);
    return verdict.agrees ? status_good : status_finding;
}

/// One boot as a line of the table. Its exit status.
int tabulate_boot(const Log &log, const BootOptions &options)
{
    const Verdict verdict = judge(log, options.engines);
    note_facts(verdict);
    const auto worst = std::ranges::find_if(verdict.reports, [](const BootReport &report) { return !report.agrees(); });
    const BootReport &shown = worst == verdict.reports.end() ? verdict.reports.front() : *worst;
    say("{:<8} {:<10} {:>5}/{:<5} {:>3}/{:<3} {}{}\n", verdict.agrees ? "agrees" : "differs", shown.engine,
        shown.allocations.equal, shown.allocations.total, shown.dumps.equal + shown.debugfs.equal,
        shown.dumps.total + shown.debugfs.total, verdict.replay.log_name,
        shown.checked() < shown.to_check
            ? fmt::format(": checked {} of {} that the log shows", shown.checked(), shown.to_check)
            : std::string());
    return verdict.agrees ? status_good : status_finding;
}

/// The boots of a file that say something of memblock; when none does, the first.
std::vector<Log> boots_of(const std::string &path)
{
    std::vector<Log> boots = read_log_file(path);
    const auto is_silent = [](const Log &log) { return log.memblock_lines == 0; };
    if (std::ranges::all_of(boots, is_silent))
        boots.resize(1);
    else
        std::erase_if(boots, is_silent);
    return boots;
}

/// Several boots: a line each, and the worst exit status. What cannot be read is one of the lines.
int tabulate(const BootOptions &options)
{
    say("{:<8} {:<10} {:>11} {:>7} log\n", "verdict", "engine", "allocations", "dumps");
    int worst = status_good;
    uint64_t count[3] = {};
    const auto note = [&](int status) {
        worst = std::max(worst, status);
        count[status]++;
    };
    for (const std::string &path : options.logs) {
        std::vector<Log> boots;
        try {
            boots = boots_of(path);
        } catch (const Error &error) {
            say("{:<8} {}\n", "error", error.what());
            note(status_error);
        }
        for (const Log &log : boots)
            try {
                note(tabulate_boot(log, options));
            } catch (const Error &error) {
                say("{:<8} {}\n", "error", error.what());
                note(status_error);
            }
    }
    say("{} boots: {} agree, {} differ, {} could not be checked\n", count[0] + count[1] + count[2], count[0], count[1],
        count[2]);
    return worst;
}

/// The step of the replay that a line led to: its own, or the request that it answers.
std::string explain_step(const Replay &replay, uint64_t line)
{
    for (size_t i = replay.notes.size(); i-- > 0;) {
        const StepNote &note = replay.notes[i];
        if (note.line == 0 || note.line > line || note.kind == StepKind::inferred)
            continue;
        const std::string step = print_step(replay.trace.steps[i]);
        if (note.line == line)
            return fmt::format("the replay calls {}", step);
        return fmt::format("no call of its own in the replay; the call before, at line {}, is {}", note.line, step);
    }
    return "before the first call of the replay";
}

/// What the stages of the reader made of one line, and what the replay makes of it.
void explain(const std::string &path, uint64_t wanted)
{
    bool found = false, known = false;
    const auto tell = [&](uint64_t line, std::string_view stage, std::string_view text) {
        if (line != wanted)
            return;
        found = true;
        known |= stage == "is" || stage == "goes on";
        say("line {}  {:<26} {}\n", line, stage, text);
    };
    const std::vector<Log> boots = read_log_file(path, tell);
    if (!found)
        throw Error(fmt::format("{}: has no line {}", path, wanted));
    if (!known)
        say("line {}  {:<26} not a line that the reader knows\n", wanted, "is");
    for (const Log &log : boots)
        if (known && log.memblock_lines && wanted <= log.last_line && wanted + log.lines > log.last_line) {
            const Replay replay = replay_of(log);
            for (const Inference &inference : replay.inferences)
                if (inference.line == wanted)
                    say("line {}  {:<26} {}: {}\n", wanted, "inferred before it", inference.call, inference.evidence);
            say("line {}  {:<26} {}\n", wanted, "so", explain_step(replay, wanted));
        }
}

int run(const BootOptions &options)
{
    if (options.logs.size() > 1)
        return tabulate(options);
    if (options.explain) {
        explain(options.logs[0], options.explain);
        return status_good;
    }
    const std::vector<Log> boots = boots_of(options.logs[0]);
    if ((output().wants("trace") || output().wants("html")) && boots.size() > 1)
        throw Error(fmt::format("a trace or a page is of one boot; {} has {}", options.logs[0], boots.size()));
    int worst = status_good;
    for (const Log &log : boots)
        try {
            worst = std::max(worst, report_boot(log, options));
        } catch (const Error &error) {
            if (boots.size() == 1)
                throw;
            say("  {}\n", error.what());
            worst = status_error;
        }
    return worst;
}

} // namespace

void add_boot(CLI::App &app, int &status)
{
    auto options = std::make_shared<BootOptions>();
    CLI::App *command =
        app.add_subcommand("boot", "Replay a real boot from its log (memblock=debug) and compare decisions");
    command
        ->add_option("LOG", options->logs,
                     "Kernel logs, plain or packed; - is standard input. With several logs, prints a table with a line "
                     "for each boot")
        ->required();
    add_engines(*command, options->engines,
                "Engine to run on, may be repeated: " + engine_names +
                    ". Default: engines with the dialect of the log's kernel");
    static constexpr Form forms[] = {{"trace", "the replay of the one LOG as a trace"},
                                     {"html", "the replay of the one LOG as a page to step through"}};
    output().add_to(*command, forms);
    command->add_option("--explain", options->explain, "Explain how this line of the one LOG was read, and why")
        ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 48));
    command->footer(
        "Exit status: 0 all agree, 1 an engine decides differently from the log's kernel, 2 not a log of memblock, or "
        "nothing in it could be checked. With several logs, the worst of them.\n"
        "Example: mblab boot corpus/boots/*.xz");
    command->callback([options, &status] {
        const bool is_of_one = output().wants("trace") || output().wants("html") || options->explain;
        if (is_of_one && options->logs.size() != 1)
            throw Error("a trace, a page and --explain are of one log");
        status = std::max(status, run(*options));
    });
}

} // namespace mblab
