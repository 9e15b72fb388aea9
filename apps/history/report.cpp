// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/history/report.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace mblab::history {
namespace {

uint64_t count(const Boot &boot, DemandKind kind)
{
    return static_cast<uint64_t>(std::ranges::count(boot.demands, kind, &Demand::kind));
}

uint64_t nodes_of(const Boot &boot)
{
    std::set<int32_t> nodes;
    for (const Region &memory : boot.memory)
        nodes.insert(memory.nid);
    return nodes.size();
}

uint64_t kilobytes(uint64_t bytes)
{
    return (bytes + 1023) >> 10;
}

/// The orders that there are blocks of, largest first: 10:500 9:1.
std::string orders_text(const Figures &figures)
{
    std::string text;
    for (size_t order = figures.blocks.size(); order-- > 0;)
        if (figures.blocks[order])
            text += fmt::format("{}{}:{}", text.empty() ? "" : " ", order, figures.blocks[order]);
    return text;
}

std::string unmet_text(const Figures &figures)
{
    std::string text;
    for (const auto &[reason, unmet] : figures.unmet)
        text += fmt::format("{}{} x {} ({} K)", text.empty() ? "" : ", ", unmet.times, reason, kilobytes(unmet.bytes));
    return text.empty() ? "-" : text;
}

uint64_t per_call(const Figures &figures)
{
    return figures.calls ? figures.nanoseconds / figures.calls : 0;
}

} // namespace

std::string describe(const Boot &boot, const std::vector<Figures> &all, bool with_times)
{
    std::string text =
        fmt::format("{}{}: {} K on {} node{}; {} ranges kept, {} blocks asked for, {} given back\n", boot.name,
                    boot.kernel.empty() ? "" : " (" + boot.kernel + ")", boot.memory_bytes() >> 10, nodes_of(boot),
                    nodes_of(boot) == 1 ? "" : "s", count(boot, DemandKind::keep), count(boot, DemandKind::block),
                    count(boot, DemandKind::back));
    text += fmt::format("  {:<10} {:>6} {:>9} {:>7} {:>9} {:>8}{}  {:<40}  {}\n", "allocator", "own K", "beyond K",
                        "waste K", "largest K", "pages", with_times ? "  ns/call" : "", "blocks by order", "not met");
    for (const Figures &figures : all) {
        if (!figures.impossible.empty()) {
            text += fmt::format("  {:<10} cannot: {}\n", figures.allocator, figures.impossible);
            continue;
        }
        text += fmt::format(
            "  {:<10} {:>6} {:>9} {:>7} {:>9} {:>8}{}  {:<40}  {}\n", figures.allocator, kilobytes(figures.own),
            kilobytes(figures.beyond), kilobytes(figures.waste), figures.largest >> 10, figures.pages,
            with_times ? fmt::format(" {:>8}", per_call(figures)) : "", orders_text(figures), unmet_text(figures));
    }
    return text;
}

std::string in_words(const Figures &figures)
{
    if (!figures.impossible.empty())
        return fmt::format("{} cannot: {}", figures.allocator, figures.impossible);
    return fmt::format("{}: {} K of its own, {} K beyond its reach, {} K wasted; the largest free range is {} K; the "
                       "buddy allocator gets {} pages, blocks by order {}. Not met: {}.",
                       figures.allocator, kilobytes(figures.own), kilobytes(figures.beyond), kilobytes(figures.waste),
                       figures.largest >> 10, figures.pages, orders_text(figures),
                       unmet_text(figures) == "-" ? "nothing" : unmet_text(figures));
}

nlohmann::ordered_json to_json(const Boot &boot, const std::vector<Figures> &all, bool with_times)
{
    nlohmann::ordered_json out;
    out["boot"] = boot.name;
    out["kernel"] = boot.kernel;
    out["memory"] = boot.memory_bytes();
    out["nodes"] = nodes_of(boot);
    out["kept"] = count(boot, DemandKind::keep);
    out["blocks"] = count(boot, DemandKind::block);
    out["given_back"] = count(boot, DemandKind::back);
    for (const Figures &figures : all) {
        nlohmann::ordered_json row;
        row["allocator"] = figures.allocator;
        if (!figures.impossible.empty())
            row["impossible"] = figures.impossible;
        row["own"] = figures.own;
        row["beyond"] = figures.beyond;
        row["waste"] = figures.waste;
        row["largest"] = figures.largest;
        row["pages"] = figures.pages;
        row["blocks_by_order"] = figures.blocks;
        row["unmet"] = nlohmann::ordered_json::object();
        for (const auto &[reason, unmet] : figures.unmet)
            row["unmet"][reason] = {{"times", unmet.times}, {"bytes", unmet.bytes}};
        if (with_times)
            row["nanoseconds_per_call"] = per_call(figures);
        out["allocators"].push_back(row);
    }
    return out;
}

} // namespace mblab::history
