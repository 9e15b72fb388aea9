// SPDX-License-Identifier: GPL-2.0-or-later
// mblab since: what kernels answer, oldest to newest, and between which two of them the answer changed.
#include "apps/cli/command.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/oracle/traits.hpp"
#include "core/run/catalog.hpp"
#include "core/run/documented.hpp"
#include "core/run/executor.hpp"
#include "core/run/isolated.hpp"
#include "core/run/process.hpp"
#include "core/run/side.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

namespace mblab {
namespace {

using namespace std::chrono_literals;

constexpr IsolationLimits limits{.processor = 20s, .wall_clock = 120s};
// Together they can tell every trait.
constexpr std::string_view trait_variants[] = {"numa-4", "uma-4", "numa-kho-8", "uma-highmem-8"};

struct SinceOptions {
    std::string what, document;
    std::vector<std::string> subjects;
    bool all = false;
};

/// What a kernel answers: two answers are one if they are equal. "-": it cannot tell.
struct Answer {
    std::string text;
    std::string evidence; // one line
};

/// What is asked of each kernel.
using Question = std::function<Answer(const std::string &subject)>;

struct Kernel {
    std::string subject;
    bool is_built = false; // asking it is cheap
    std::optional<Answer> answer{};

    std::string name() const { return std::filesystem::path(subject).filename().string(); }
};

/// The name by which an engine is opened: a tree is built first.
std::string engine_of(const std::string &subject, const std::string &variant)
{
    return is_tree(subject) ? build_named(resolve_side(subject), variant) : subject;
}

Answer in_child(const std::function<Answer()> &ask)
{
    const IsolatedResult told = run_isolated(
        [&] {
            const Answer answer = ask();
            return answer.text + '\0' + answer.evidence;
        },
        limits);
    if (!told.death.empty())
        return {"dies", told.death};
    const size_t end = told.answer.find('\0');
    return {told.answer.substr(0, end), told.answer.substr(end + 1)};
}

Question about_trait(size_t trait)
{
    return [trait](const std::string &subject) {
        for (const std::string_view variant : trait_variants) {
            const std::string name = engine_of(subject, std::string(variant));
            if (!has_engine(name, variant))
                continue;
            Answer answer = in_child([&]() -> Answer {
                const std::unique_ptr<Engine> engine = open_engine(name, variant);
                std::vector<std::optional<std::string>> all(traits().size());
                all[trait] = ask(*engine, trait);
                if (!all[trait])
                    return {"-", ""};
                const Trace witness = witness_of(traits()[trait], engine->variant());
                const std::string seen = *all[trait];
                return {Answers(std::move(all), {}).meaning(trait),
                        fmt::format("{} in {}: {}", print_op(witness.steps.back().op), variant, seen)};
            });
            if (answer.text != "-")
                return answer;
        }
        return Answer{"-", "no variant of it can show it"};
    };
}

Question about_finding(const Documented &finding)
{
    return [finding](const std::string &subject) {
        const Trace trace = finding.trace();
        const std::string variant = variant_name(trace.variant.empty() ? "numa-4" : trace.variant);
        const std::string name = engine_of(subject, variant);
        return in_child([&]() -> Answer {
            const std::string last = print_op(trace.steps.back().op);
            const std::string text = tried(finding, name);
            return {text, text == "-" ? fmt::format("not built for {}, or lacks a call of the trace", variant)
                                      : fmt::format("{} in {}", last, variant)};
        });
    };
}

/// What a call did, without what kernels write in two ways: an array of no regions.
std::string comparable(std::string_view text)
{
    std::string kept;
    each_line(text, [&](std::string_view line) {
        const bool is_of_none = line.find("[0x0, 0x0)") != line.npos || line.find(" total_size=0x0 ") != line.npos;
        if (!is_of_none)
            kept.append(line) += '\n';
    });
    return kept;
}

std::string first_line(std::string_view text)
{
    const size_t start = text.find_first_not_of(' ');
    return std::string(text.substr(start, text.find('\n', start) - start));
}

/// The first thing that is found, or what the last call does.
Question about_trace(const Trace &trace)
{
    return [trace](const std::string &subject) {
        const std::string variant = variant_for("", trace), name = engine_of(subject, variant);
        return in_child([&]() -> Answer {
            if (!has_engine(name, variant))
                return {"-", fmt::format("not built for {}", variant)};
            const std::unique_ptr<Engine> engine = open_engine(name, variant);
            const auto lacks = [&](const Step &step) { return !engine->has(step.op.kind); };
            if (const auto step = std::ranges::find_if(trace.steps, lacks); step != trace.steps.end())
                return {"-", fmt::format("has no {}", op_info(step->op.kind).name)};
            if (const std::optional<Finding> found = Executor({engine.get()}).run(trace))
                return {"yes", found->title};
            engine->reset();
            std::string text;
            for (const Step &step : trace.steps)
                text = comparable(describe(step.op.kind, engine->run(step.op)));
            return {text, fmt::format("{}: {}", print_op(trace.steps.back().op), first_line(text))};
        });
    };
}

/// What kind of question a word is: a trait's id, that of a finding of the document, else the name of a trace.
Question question_of(const SinceOptions &options)
{
    for (size_t i = 0; i < traits().size(); i++)
        if (traits()[i].id == options.what) {
            say("{}\n", traits()[i].statement);
            return about_trait(i);
        }
    const std::string document = options.document.empty() ? source_folder() + "/docs/findings.md" : options.document;
    if (std::filesystem::exists(document) || !options.document.empty())
        for (const Documented &finding : documented_findings(read_file(document)))
            if (finding.id == options.what)
                return about_finding(finding);
    if (!std::filesystem::exists(options.what) && options.what != "-")
        throw Error(fmt::format("{}: no trait, no finding of {}, and no file", options.what, document));
    return about_trace(read_trace(options.what));
}

/// Where the number of the release begins: linux-6.12, git:linux@v6.12.
std::string release_of(const std::string &subject)
{
    const std::string name = std::filesystem::path(subject).filename().string();
    const size_t at = name.rfind('@');
    const auto digit = std::find_if(name.begin() + static_cast<ptrdiff_t>(at == name.npos ? 0 : at), name.end(),
                                    [](unsigned char letter) { return std::isdigit(letter); });
    return std::string(digit, name.end());
}

/// Those that are built and those that were named, oldest first, each release once.
std::vector<Kernel> kernels_of(const SinceOptions &options)
{
    std::vector<Kernel> kernels;
    for (const EngineFile &file : list_engines())
        if (file.variant == trait_variants[0] && file.name.starts_with("linux-"))
            kernels.push_back({file.name, true});
    for (const std::string &subject : options.subjects)
        kernels.push_back({subject, !is_tree(subject)});
    std::ranges::stable_sort(kernels, [](const Kernel &a, const Kernel &b) {
        return strverscmp(release_of(a.subject).c_str(), release_of(b.subject).c_str()) < 0;
    });
    const auto same = [](const Kernel &a, const Kernel &b) { return release_of(a.subject) == release_of(b.subject); };
    kernels.erase(std::unique(kernels.begin(), kernels.end(), same), kernels.end());
    if (kernels.size() < 2)
        throw Error("fewer than two kernels to compare: mblab engines lists what is built, and trees can be named");
    return kernels;
}

void ask(Kernel &kernel, const Question &question)
{
    if (!kernel.answer)
        kernel.answer = question(kernel.subject);
}

/// Between two that were asked: those that answer alike are taken to have nothing else between them.
void bisect(std::vector<Kernel> &kernels, size_t low, size_t high, const Question &question)
{
    if (high - low < 2 || kernels[low].answer->text == kernels[high].answer->text)
        return;
    const size_t middle = low + (high - low) / 2;
    ask(kernels[middle], question);
    bisect(kernels, low, middle, question);
    bisect(kernels, middle, high, question);
}

void ask_all(std::vector<Kernel> &kernels, const Question &question, bool all)
{
    for (size_t i = 0; i < kernels.size(); i++)
        if (all || kernels[i].is_built || i == 0 || i + 1 == kernels.size())
            ask(kernels[i], question);
    for (size_t low = 0; low + 1 < kernels.size();) {
        size_t high = low + 1;
        while (!kernels[high].answer)
            high++;
        bisect(kernels, low, high, question);
        low = high;
    }
}

/// An answer on one line; of what a call does the first.
std::string shown(const Answer &answer)
{
    return answer.text.find('\n') == answer.text.npos ? answer.text : first_line(answer.text);
}

/// Where the answer changes: who has the old one last, and who the new one first.
std::string changes(const std::vector<Kernel> &kernels)
{
    std::string text;
    const Kernel *last = nullptr, *first = nullptr;
    for (const Kernel &kernel : kernels) {
        if (!kernel.answer || kernel.answer->text == "-")
            continue;
        if (last && last->answer->text != kernel.answer->text)
            text += fmt::format("{} in {}; {} was the last {}\n",
                                kernel.answer->text == "yes"  ? "first"
                                : kernel.answer->text == "no" ? "gone"
                                                              : "changed",
                                kernel.name(), last->name(),
                                kernel.answer->text == "yes"  ? "without it"
                                : kernel.answer->text == "no" ? "with it"
                                                              : "as before");
        last = &kernel;
        first = first ? first : last;
    }
    if (!first)
        return "no kernel can show it\n";
    if (first != &kernels.front())
        text = fmt::format("{} is the first that can show it\n{}", first->name(), text);
    if (text.find(" was the last ") == text.npos)
        text += fmt::format("the same in all, {} to {}: {}\n", first->name(), last->name(), shown(*last->answer));
    return text;
}

int run_since(const SinceOptions &options)
{
    std::vector<Kernel> kernels = kernels_of(options);
    const Question question = question_of(options);
    ask_all(kernels, question, options.all);
    for (const Kernel &kernel : kernels) {
        nlohmann::ordered_json facts = {{"kernel", kernel.name()}};
        if (kernel.answer)
            facts.update({{"answer", shown(*kernel.answer)}, {"evidence", kernel.answer->evidence}});
        output().facts()["kernels"].push_back(std::move(facts));
        const std::string text =
            kernel.answer ? shown(*kernel.answer) : "not run: between kernels with the same answer";
        if (!output().is_quiet())
            say("{:<14} {}{}\n", kernel.name(), text,
                kernel.answer && !kernel.answer->evidence.ends_with(text) ? "   " + kernel.answer->evidence : "");
    }
    const std::string verdict = changes(kernels);
    say("{}", verdict);
    output().facts()["changes"] = verdict;
    return verdict.starts_with("no kernel") ? status_error : status_good;
}

} // namespace

void add_since(CLI::App &app, int &status)
{
    auto options = std::make_shared<SinceOptions>();
    CLI::App *command =
        app.add_subcommand("since", "Find the kernels on which a behaviour occurs, and the first of them");
    command
        ->add_option("WHAT", options->what,
                     "A trace, the id of a trait (mblab semantics), or of a finding (docs/findings.md)")
        ->required();
    command->add_option("KERNEL", options->subjects,
                        "Kernels besides those that are built: trees, git:REPO@REV. Those that have to be built are "
                        "bisected where their neighbours answer differently");
    command->add_option("--document", options->document, "Where findings are; default is docs/findings.md");
    command->add_flag("--all", options->all, "Run on every kernel, without bisection");
    command->footer("For a trace, the answer is its finding (yes), or else what its last call does.\n"
                    "Example: mblab since overlap-warns build/trees/linux-7.1");
    command->callback([options, &status] { status = run_since(*options); });
}

} // namespace mblab
