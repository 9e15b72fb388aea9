// SPDX-License-Identifier: GPL-2.0-or-later
// mblab since: what kernels answer, oldest to newest, and between which two of them the answer changed.
#include "apps/cli/command.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output.hpp"

#include "core/base/error.hpp"
#include "core/oracle/traits.hpp"
#include "core/run/since.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <memory>

namespace mblab {
namespace {

struct SinceOptions {
    std::string what, document;
    std::vector<std::string> subjects;
    bool all = false;
};

/// What kind of question a word is: a trait's id, that of a finding of the document, else the name of a trace.
Question question_of(const SinceOptions &options)
{
    for (size_t i = 0; i < traits().size(); i++)
        if (traits()[i].id == options.what) {
            say("{}\n", traits()[i].statement);
            return about_trait(i);
        }
    for (const Documented &finding : findings_of(options.document))
        if (finding.id == options.what)
            return about_finding(finding);
    if (!std::filesystem::exists(options.what) && options.what != "-")
        throw Error(fmt::format("{}: no trait, no finding of {}, and no file", options.what,
                                options.document.empty() ? "docs/findings.md" : options.document));
    const Trace trace = read_trace(options.what);
    return about_trace(trace, variant_for("", trace));
}

int run_since(const SinceOptions &options)
{
    std::vector<Kernel> kernels = kernels_and(options.subjects);
    const Question question = question_of(options);
    ask_all(kernels, question, options.all);
    for (const Kernel &kernel : kernels) {
        nlohmann::ordered_json facts = {{"kernel", kernel.name()}};
        if (kernel.answer)
            facts.update({{"answer", kernel.answer->shown()}, {"evidence", kernel.answer->evidence}});
        output().facts()["kernels"].push_back(std::move(facts));
        const std::string text =
            kernel.answer ? kernel.answer->shown() : "not run: between kernels with the same answer";
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
                        "Kernels besides those that are built: trees, git:REPO@REV, guest:linux-RELEASE@x86_64. Those "
                        "that have to be built are bisected where their neighbours answer differently");
    command->add_option("--document", options->document, "Where findings are; default is docs/findings.md");
    command->add_flag("--all", options->all, "Run on every kernel, without bisection");
    command->footer("For a trace, the answer is its finding (yes), or else what its last call does.\n"
                    "Example: mblab since overlap-warns build/trees/linux-7.1");
    command->callback([options, &status] { status = run_since(*options); });
}

} // namespace mblab
