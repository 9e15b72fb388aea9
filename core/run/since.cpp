// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/since.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/oracle/traits.hpp"
#include "core/run/catalog.hpp"
#include "core/run/executor.hpp"
#include "core/run/process.hpp"
#include "core/run/side.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <memory>

namespace mblab {
namespace {

using namespace std::chrono_literals;

constexpr IsolationLimits limits{.processor = 20s, .wall_clock = 120s};
// Together they can tell every trait.
constexpr std::string_view trait_variants[] = {"numa-4", "uma-4", "numa-kho-8", "uma-highmem-8"};

/// The name by which an engine is opened: a tree is built first.
std::string engine_of(const std::string &subject, const std::string &variant)
{
    return is_tree(subject) ? build_named(resolve_side(subject), variant) : subject;
}

/// A guest has one variant.
std::string variant_for(const std::string &subject, const std::string &wanted)
{
    const std::string own = variant_of_kind(subject);
    return own.empty() ? wanted : own;
}

Reply in_child(const std::function<Reply()> &ask)
{
    const IsolatedResult told = run_isolated(
        [&] {
            const Reply answer = ask();
            return answer.text + '\0' + answer.evidence;
        },
        limits);
    if (!told.death.empty())
        return {"dies", told.death};
    const size_t end = told.answer.find('\0');
    return {told.answer.substr(0, end), told.answer.substr(end + 1)};
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

/// Where the number of the release begins: linux-6.12, git:linux@v6.12, guest:linux-6.12@x86_64.
std::string release_of(const std::string &subject)
{
    std::string name = std::filesystem::path(subject).filename().string();
    if (!variant_of_kind(name).empty())
        name.resize(name.find('@'));
    const size_t at = name.rfind('@');
    const auto digit = std::find_if(name.begin() + static_cast<ptrdiff_t>(at == name.npos ? 0 : at), name.end(),
                                    [](unsigned char letter) { return std::isdigit(letter); });
    return std::string(digit, name.end());
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

} // namespace

Question about_trait(size_t trait)
{
    return [trait](const std::string &subject) {
        for (const std::string_view each : trait_variants) {
            const std::string variant = variant_for(subject, std::string(each));
            const std::string name = engine_of(subject, variant);
            if (!has_engine(name, variant))
                continue;
            Reply answer = in_child([&]() -> Reply {
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
        return Reply{"-", "no variant of it can show it"};
    };
}

Question about_finding(const Documented &finding)
{
    return about_issue(finding.trace(), finding.variant(), finding.id);
}

Question about_issue(const Trace &trace, const std::string &wanted, const std::string &issue)
{
    return [trace, wanted, issue](const std::string &subject) {
        const std::string variant = variant_for(subject, wanted);
        const std::string name = engine_of(subject, variant);
        return in_child([&]() -> Reply {
            const std::string last = print_op(trace.steps.back().op);
            std::string text = tried(trace, variant, issue, name);
            if (text == "no" && variant != wanted) // its arrays have more room than the trace fills
                text = "-";
            return {text, text == "-" ? fmt::format("not built for {}, or lacks a call of the trace", variant)
                                      : fmt::format("{} in {}", last, variant)};
        });
    };
}

Question about_trace(const Trace &trace, const std::string &wanted)
{
    return [trace, wanted](const std::string &subject) {
        const std::string variant = variant_for(subject, wanted);
        const std::string name = engine_of(subject, variant);
        return in_child([&]() -> Reply {
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

std::string Reply::shown() const
{
    return text.find('\n') == text.npos ? text : first_line(text);
}

std::string Kernel::name() const
{
    return std::filesystem::path(subject).filename().string();
}

std::vector<Kernel> kernels_and(const std::vector<std::string> &more)
{
    std::vector<Kernel> kernels;
    for (const EngineFile &file : list_engines())
        if (file.variant == trait_variants[0] && file.name.starts_with("linux-"))
            kernels.push_back({file.name, true});
    for (const std::string &subject : more) {
        if (is_tree(subject))
            resolve_side(subject); // or an error that says what is wrong with it
        else if (!has_engine(subject, trait_variants[0]))
            open_engine(subject, trait_variants[0]); // likewise
        kernels.push_back({subject, !is_tree(subject)});
    }
    std::ranges::stable_sort(kernels, [](const Kernel &a, const Kernel &b) {
        return strverscmp(release_of(a.subject).c_str(), release_of(b.subject).c_str()) < 0;
    });
    const auto same = [](const Kernel &a, const Kernel &b) {
        return release_of(a.subject) == release_of(b.subject) && variant_of_kind(b.subject).empty();
    };
    kernels.erase(std::unique(kernels.begin(), kernels.end(), same), kernels.end());
    if (kernels.size() < 2)
        throw Error("fewer than two kernels to compare: mblab engines lists what is built, and trees can be named");
    return kernels;
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

std::string changes(const std::vector<Kernel> &kernels)
{
    std::string text;
    const Kernel *last = nullptr, *first = nullptr, *oldest = nullptr;
    for (const Kernel &kernel : kernels) {
        if (release_of(kernel.subject).empty()) // neither older nor newer than another
            continue;
        oldest = oldest ? oldest : &kernel;
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
    if (first != oldest)
        text = fmt::format("{} is the first that can show it\n{}", first->name(), text);
    if (text.find(" was the last ") == text.npos)
        text += fmt::format("the same in all, {} to {}: {}\n", first->name(), last->name(), last->answer->shown());
    return text;
}

} // namespace mblab
