// SPDX-License-Identifier: GPL-2.0-or-later
// A finding as a mail to those who maintain memblock: what is documented, what happens, since when, and how to see it.
#include "apps/export/export.hpp"
#include "apps/export/mail.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <limits>

namespace mblab::exporting {
namespace {

/// Without the quotes of code, which a mail does without.
std::string plain(std::string text)
{
    std::erase(text, '`');
    return text;
}

/// What the finding's document says, behind the law that it begins with, as sentences. What a colon leads to is not
/// there.
std::string without_law(std::string prose)
{
    prose.erase(0, prose.starts_with("Law") ? prose.find(": ") + 2 : 0);
    prose[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(prose[0])));
    if (prose.ends_with(':'))
        prose.back() = '.';
    return prose;
}

/// With the names of the arrays for their numbers.
std::string with_names(std::string text)
{
    const auto name = [](char number) { return print_value(ParameterKind::type, static_cast<uint64_t>(number - '0')); };
    constexpr std::string_view one = "type ", two = "types ", joint = " and ";
    if (text.starts_with(one))
        text.replace(0, one.size() + 1, name(text[one.size()]));
    else if (text.starts_with(two))
        text.replace(0, two.size() + joint.size() + 2,
                     name(text[two.size()]) + std::string(joint) + name(text[two.size() + 1 + joint.size()]));
    return text;
}

std::string documented_text(const Report &report)
{
    std::string text;
    for (const Law &law : laws())
        for (const Violation &violation : report.violations)
            if (violation.law == law.id)
                text += '\n' + paragraph("Documented: ", fmt::format("{} ({})", law.statement, law.source)) +
                        paragraph("Happens:    ", with_names(violation.explanation) + '.');
    return text;
}

std::string happens_text(const Report &report)
{
    std::string text;
    if (report.finding && !report.finding->prose.empty())
        text += '\n' + paragraph("", plain(without_law(report.finding->prose)));
    for (const KnownIssue &issue : known_issues())
        if (issue.id == report.issue)
            text += '\n' + paragraph("", fmt::format("In short: {}.", issue.reason));
    if (!report.what.empty())
        text += '\n' + cut(report.what, "");
    return text;
}

std::string since_text(const std::vector<Kernel> &kernels)
{
    std::string text = "\nKernels:\n\n";
    for (const Kernel &kernel : kernels)
        if (kernel.answer)
            text += paragraph(fmt::format("  {:<12} ", kernel.name()), kernel.answer->text == "-"
                                                                           ? "cannot tell: " + kernel.answer->evidence
                                                                           : kernel.answer->shown());
    return text + '\n' + prefixed(changes(kernels), "  ");
}

std::string calls_text(const Report &report)
{
    const ArrayState &array = report.play.after.arrays[MBLAB_TYPE_memory];
    const uint64_t entries = State(report.play.variant).arrays[MBLAB_TYPE_memory].max;
    std::string text =
        '\n' +
        paragraph("", fmt::format("The calls, from the first moment of boot, with arrays of {} entries{}:", entries,
                                  array.max > entries ? " that grow" : ""));
    return text + '\n' + calls(report.source.trace, std::numeric_limits<size_t>::max()) +
           drawn(report.play.engine, report.play.picture());
}

std::string boots_text(const Documented &finding)
{
    std::string text;
    for (const DocumentedBoot &boot : finding.boots) {
        text += '\n' +
                paragraph("", fmt::format("Debian's {} under QEMU with {}, booted with", boot.kernel, boot.machine)) +
                '\n' + paragraph("    ", boot.command_line);
        text += boot.then.empty() ? "\nsays:\n\n"
                                  : fmt::format("\nand given the command\n\n    {}\n\nsays:\n\n", boot.then);
        for (const std::string &line : boot.says)
            text += cut(line, "    ");
        if (!boot.meaning.empty())
            text += '\n' + paragraph("", plain(boot.meaning));
    }
    return text;
}

std::string check_text(const Report &report)
{
    if (report.check.empty())
        return '\n' + paragraph("", fmt::format("There is no check for tools/testing/memblock: {}.", report.no_check));
    return '\n' +
           paragraph("",
                     "A check for tools/testing/memblock, which fails until this is mended; its head says how to run "
                     "it:") +
           "\n-- >8 -- tools/testing/memblock/tests/lab_check.c\n" + report.check + "-- 8< --\n";
}

} // namespace

std::string to_report(const Report &report)
{
    std::string text = paragraph("Subject: ", "memblock: " + plain(report.title));
    text += documented_text(report) + happens_text(report) + since_text(report.kernels) + calls_text(report);
    if (report.finding)
        text += boots_text(*report.finding);
    return text + check_text(report) + "\n-- \n" +
           paragraph("",
                     fmt::format(
                         "Found and written by memblock-lab. The calls are a trace: mblab run FILE --variant {} -e {} "
                         "-v runs them.",
                         report.play.variant_name, report.play.engine));
}

} // namespace mblab::exporting
