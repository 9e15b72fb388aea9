// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/documented.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/run/catalog.hpp"
#include "core/run/executor.hpp"
#include "core/run/process.hpp"
#include "core/run/side.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <numeric>

namespace mblab {
namespace {

/// How often a rule or a known issue of that name was met.
uint64_t times_met(const Executor &executor, std::string_view id)
{
    uint64_t times = executor.statistics().rules.contains(id);
    for (size_t i = 0; i < known_issues().size(); i++)
        if (known_issues()[i].id == id)
            times += executor.checkers().front().known()[i];
    return times;
}

/// The spans of code in a line, without their quotes.
std::vector<std::string> spans(std::string_view line)
{
    std::vector<std::string> found;
    for (size_t at = line.find('`'); at != line.npos;) {
        const size_t end = line.find('`', at + 1);
        found.emplace_back(line.substr(at + 1, end - at - 1));
        at = end == line.npos ? end : line.find('`', end + 1);
    }
    return found;
}

void join(std::string &text, std::string_view line)
{
    text.append(text.empty() ? "" : " ").append(line);
}

/// One section, line by line.
class Section {
  public:
    explicit Section(std::string_view heading)
    {
        constexpr std::string_view named = "(known issue ";
        const size_t end = heading.find_first_of(" :"), at = heading.find(named);
        finding.id = heading.substr(0, end);
        finding.issue = at == heading.npos
                            ? finding.id
                            : heading.substr(at + named.size(), heading.find(')', at) - at - named.size());
        finding.title = heading.substr(heading.find(": ", end) + 2);
    }

    void add(std::string_view line)
    {
        constexpr std::string_view trace = "    ", quotation = "> ", boot = "Boot of ",
                                   with_128 = "With arrays of 128 entries: ";
        if (line.starts_with(trace))
            finding.text.append(line.substr(trace.size())).append("\n");
        else if (line.starts_with(boot))
            add_boot(line.substr(boot.size()));
        else if (line.starts_with(with_128))
            finding.long_trace = spans(line).at(0);
        else if (line.starts_with(quotation) && !finding.boots.empty())
            finding.boots.back().says.emplace_back(line.substr(quotation.size()));
        else if (!finding.boots.empty())
            join(finding.boots.back().meaning, line);
        else if (line.empty() || line.starts_with("```"))
            is_first = is_first && finding.prose.empty();
        else if (is_first)
            join(finding.prose, line);
    }

    Documented finding{};

  private:
    void add_boot(std::string_view line)
    {
        const std::vector<std::string> code = spans(line);
        if (code.size() < 2)
            throw Error(
                fmt::format("{}: expected 'Boot of KERNEL, QEMU `OPTIONS`: `COMMAND LINE`': {}", finding.id, line));
        finding.boots.push_back(
            {std::string(line.substr(0, line.find(','))), code[0], code[1], code.size() > 2 ? code[2] : "", {}, ""});
    }

    bool is_first = true; // no blank line behind prose yet
};

} // namespace

std::vector<Documented> documented_findings(std::string_view document)
{
    constexpr std::string_view heading = "## ";
    std::vector<Section> sections;
    bool within = false;
    each_line(document, [&](std::string_view line) {
        if (line.starts_with("#")) {
            within = line.starts_with(heading) && line.find(": ") != line.npos;
            if (within)
                sections.emplace_back(line.substr(heading.size()));
        } else if (within) {
            sections.back().add(line);
        }
    });
    std::vector<Documented> findings;
    for (Section &section : sections)
        if (!section.finding.text.empty())
            findings.push_back(std::move(section.finding));
    return findings;
}

std::vector<Documented> findings_of(const std::string &document)
{
    const std::string path = document.empty() ? source_folder() + "/docs/findings.md" : document;
    if (document.empty() && !std::filesystem::exists(path))
        return {};
    return documented_findings(read_file(path));
}

std::string Documented::variant() const
{
    const Trace own = trace();
    return variant_name(own.variant.empty() ? "numa-4" : own.variant);
}

std::string tried(const Documented &finding, std::string_view engine)
{
    return tried(finding.trace(), finding.variant(), finding.id, engine);
}

std::string tried(const Trace &trace, const std::string &variant, std::string_view id, std::string_view engine)
{
    if (!has_engine(engine, variant) && !is_tree(engine))
        return "-";
    const std::unique_ptr<Engine> opened = open_engine(engine, variant);
    Executor executor({opened.get()});
    if (const std::optional<Finding> found = executor.run(trace))
        return found->id;
    if (times_met(executor, id))
        return "yes";
    const auto &absent = executor.statistics().absent;
    return std::accumulate(absent.begin(), absent.end(), uint64_t{0}) ? "-" : "no";
}

} // namespace mblab
