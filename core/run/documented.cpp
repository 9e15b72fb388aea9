// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/run/documented.hpp"

#include "core/base/text.hpp"
#include "core/run/catalog.hpp"
#include "core/run/executor.hpp"
#include "core/run/side.hpp"

#include <algorithm>
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

} // namespace

std::vector<Documented> documented_findings(std::string_view document)
{
    constexpr std::string_view heading = "## ", named = "(known issue ";
    std::vector<Documented> findings;
    bool within = false;
    each_line(document, [&](std::string_view line) {
        if (line.starts_with("#")) {
            within = line.starts_with(heading) && line.find(':') != line.npos;
            if (!within)
                return;
            const std::string_view id =
                line.substr(heading.size(), line.find_first_of(" :", heading.size()) - heading.size());
            const size_t at = line.find(named);
            const std::string_view issue =
                at == line.npos ? id : line.substr(at + named.size(), line.find(')', at) - at - named.size());
            findings.push_back({std::string(id), std::string(issue), ""});
        } else if (within && line.starts_with("    ")) {
            findings.back().text.append(line.substr(4)).append("\n");
        }
    });
    std::erase_if(findings, [](const Documented &finding) { return finding.text.empty(); });
    return findings;
}

std::string tried(const Documented &finding, std::string_view engine)
{
    const Trace trace = finding.trace();
    const std::string variant = variant_name(trace.variant.empty() ? "numa-4" : trace.variant);
    if (!has_engine(engine, variant) && !is_tree(engine))
        return "-";
    const std::unique_ptr<Engine> opened = open_engine(engine, variant);
    Executor executor({opened.get()});
    if (const std::optional<Finding> found = executor.run(trace))
        return found->id;
    if (times_met(executor, finding.id))
        return "yes";
    const auto &absent = executor.statistics().absent;
    return std::accumulate(absent.begin(), absent.end(), uint64_t{0}) ? "-" : "no";
}

} // namespace mblab
