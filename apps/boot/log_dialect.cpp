// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/log_dialect.hpp"

#include "apps/boot/scan.hpp"
#include "core/oracle/traits.hpp"
#include "core/run/catalog.hpp"
#include "core/run/isolated.hpp"
#include "core/run/remote.hpp"
#include "core/state/flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace mblab {
namespace {

/// What a line shows of a trait: the answer of the log's kernel.
struct Shown {
    std::string_view answer;
    uint64_t line;
};
/// By trait; of each the first line that shows it.
using Evidence = std::map<std::string_view, Shown>;

/// A reservation is announced with its node and flags where a kernel has them.
void read_reserve(const Event &event, Evidence &evidence)
{
    const auto shows = [&](std::string_view trait, std::string_view answer) {
        evidence.try_emplace(trait, Shown{answer, event.line});
    };
    if (event.op == MBLAB_OP_memblock_reserve) {
        for (const auto &[trait, answer] : {std::pair{"S01", "16"}, {"S02", "0x0"}, {"S03", "16"}, {"S07", "0x0"}})
            shows(trait, answer);
        shows("S12", "memblock_reserve:");
        return;
    }
    shows("S12", "__memblock_reserve:");
    if (event.text.starts_with("memblock_alloc") || event.text.starts_with("memblock_phys_alloc")) {
        shows("S02", event.flags & flag_kern ? "0x20" : "0x0");
        if (event.nid >= 0)
            shows("S03", "1");
    }
    if (event.text.starts_with("memblock_double_array"))
        shows("S07", event.flags & flag_kern ? "0x20" : "0x0");
}

Evidence read_evidence(const Log &log)
{
    Evidence evidence;
    for (const Event &event : log.events) {
        const auto shows = [&](std::string_view trait, std::string_view answer) {
            evidence.try_emplace(trait, Shown{answer, event.line});
        };
        if (event.kind == EventKind::change) {
            if (event.op == MBLAB_OP_memblock_reserve || event.op == MBLAB_OP___memblock_reserve)
                read_reserve(event, evidence);
            else if (event.op == MBLAB_OP_memblock_add_node)
                shows("E09", "memblock_add_node:");
            else if (event.op == MBLAB_OP_memblock_free_late)
                shows("S09", "returned");
        } else if (event.kind == EventKind::dump_count && event.count == 0)
            shows("E01", "0");
        else if (event.kind == EventKind::dump_region && event.size == 0)
            shows("E01", "1");
        else if (event.kind == EventKind::dump_region && event.type == MBLAB_TYPE_reserved && (event.flags & flag_kern))
            shows("S02", "0x20");
        else if (event.kind == EventKind::debugfs_region && !event.has_node)
            shows("S22", "");
    }
    return evidence;
}

/// Traits that an engine answers otherwise than the log shows; what its variant cannot tell is none.
std::string contradictions(const Evidence &evidence, const Answers &answers)
{
    std::string text;
    for (size_t i = 0; i < traits().size(); i++)
        if (const auto shown = evidence.find(traits()[i].id); shown != evidence.end() && answers[i])
            if (*answers[i] != shown->second.answer)
                text += fmt::format("{}{} at line {}", text.empty() ? "" : ", ", shown->first, shown->second.line);
    return text;
}

std::string list(const Evidence &evidence)
{
    std::string text;
    for (const auto &[trait, shown] : evidence)
        text += fmt::format("{}{} at line {}", text.empty() ? "" : ", ", trait, shown.line);
    return text.empty() ? "nothing" : text;
}

/// The numbers of a release, for telling which is newer: the port, which has none, is the newest.
std::pair<uint64_t, uint64_t> release_of(std::string_view engine)
{
    boot::Scan scan(engine);
    uint64_t major = UINT64_MAX, minor = 0;
    if (scan.literal("linux-") && scan.decimal(major) && scan.literal("."))
        scan.decimal(minor);
    return {major, minor};
}

/// Names of the engines of a variant that are kernels, the newest first; the port last, for where there is no other.
std::vector<EngineFile> candidates(std::string_view variant)
{
    std::vector<EngineFile> files = list_engines(), ports;
    const auto is_of = [=](const EngineFile &file, std::string_view name) {
        return file.variant == variant && file.name.starts_with(name);
    };
    std::ranges::copy_if(files, std::back_inserter(ports), [&](const EngineFile &file) { return is_of(file, "port"); });
    std::erase_if(files, [&](const EngineFile &file) { return !is_of(file, "linux-"); });
    std::ranges::sort(files, std::greater(), [](const EngineFile &file) { return release_of(file.name); });
    files.insert(files.end(), ports.begin(), ports.end());
    return files;
}

/// The engine of the log's own release, whether it is built or not: "linux-6.12"; empty when the log does not say.
std::string engine_of_release(const Log &log)
{
    boot::Scan scan(log.kernel);
    uint64_t major = 0, minor = 0;
    if (!scan.decimal(major) || !scan.literal(".") || !scan.decimal(minor))
        return "";
    return fmt::format("linux-{}.{}", major, minor);
}

} // namespace

LogDialect dialect_shown_by(const Log &log)
{
    const Evidence evidence = read_evidence(log);
    LogDialect shown{{}, "", "what the log shows (" + list(evidence) + ") on the newest kernel's"};
    for (const Trait &trait : traits())
        if (const auto found = evidence.find(trait.id); found != evidence.end() && trait.member)
            for (const Answer &answer : trait.answers)
                if (answer.value == found->second.answer)
                    shown.dialect.*trait.member = answer.says;
    return shown;
}

std::vector<LogDialect> dialects_of(const Log &log, std::string_view variant)
{
    const Evidence evidence = read_evidence(log);
    const std::string own = engine_of_release(log);
    std::string why = own.empty() ? "the log does not say its release" : "no engine " + own + " is built";
    std::vector<EngineFile> files = candidates(variant);
    if (const auto at = std::ranges::find(files, own, &EngineFile::name); at != files.end())
        std::rotate(files.begin(), at, at + 1);
    std::vector<LogDialect> fitting;
    for (const auto &[name, of, path] : files) {
        const Answers answers = ask_isolated(*open_engine_file(path));
        const Dialect dialect = answers.dialect();
        const std::string contradicted = contradictions(evidence, answers);
        if (name == own && contradicted.empty())
            return {{dialect, name, "the log's own release"}};
        if (name == own)
            why = fmt::format("{} contradicts the log ({})", own, contradicted);
        const auto knows = [&](const LogDialect &other) { return other.dialect.means_the_same_as(dialect); };
        if (contradicted.empty() && std::ranges::none_of(fitting, knows))
            fitting.push_back({dialect, name, fmt::format("{}; it has what the log shows ({})", why, list(evidence))});
    }
    if (!fitting.empty())
        return fitting;
    LogDialect shown = dialect_shown_by(log);
    shown.reason = why + "; " + shown.reason;
    return {shown};
}

} // namespace mblab
