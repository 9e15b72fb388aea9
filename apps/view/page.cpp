// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/view/scene.hpp"

#include "core/state/flags.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mblab::view {
namespace {

// Made by the build from page.html, page.css and page/.
constexpr std::string_view page_html =
#include "view_page_html.inc"
    ;
constexpr std::string_view page_css =
#include "view_page_css.inc"
    ;
constexpr std::string_view page_js =
#include "view_page_js.inc"
    ;

/// What page/*.js has to know of operations and flags: names, kinds of numbers.
Json vocabulary()
{
    Json ops = Json::array(), flags = Json::array();
    const auto names = [](std::span<const Parameter> of) {
        Json list = Json::array();
        for (const Parameter &parameter : of)
            list.push_back({parameter.name, static_cast<int>(parameter.kind)});
        return list;
    };
    for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++) {
        const OpInfo &info = op_info(kind);
        ops.push_back({info.name, family_name(info.family), names(info.params()), names(info.outs())});
    }
    for (const RegionFlag &flag : region_flags)
        flags.push_back({flag.name, flag.bit, std::string(1, flag.letter)});
    Json kinds = {{"addr", ParameterKind::addr}, {"virt", ParameterKind::virt},   {"size", ParameterKind::size},
                  {"end", ParameterKind::end},   {"align", ParameterKind::align}, {"pfn", ParameterKind::pfn},
                  {"text", ParameterKind::text}, {"error", ParameterKind::error}};
    return {{"ops", std::move(ops)}, {"flags", std::move(flags)}, {"kinds", std::move(kinds)}};
}

/// Whatever bytes a log has.
std::string text_of(const Json &data)
{
    return data.dump(-1, ' ', true, Json::error_handler_t::replace);
}

/// As a script element may hold it: no tag ends inside.
std::string script_text(std::string_view json)
{
    std::string safe;
    for (const char character : json)
        character == '<' ? safe += "\\u003c" : safe += character;
    return safe;
}

std::string escaped(std::string_view text)
{
    std::string safe;
    for (const char character : text)
        safe += character == '<' ? "&lt;" : character == '&' ? "&amp;" : std::string(1, character);
    return safe;
}

void fill(std::string &text, std::string_view hole, std::string_view with)
{
    text.replace(text.find(hole), hole.size(), with);
}

} // namespace

std::string tell(const Chapter &chapter, Counts &counts)
{
    return text_of(scene(chapter, counts));
}

std::string page(const Introduction &introduction, std::span<const std::string> told)
{
    Json data = vocabulary();
    data["title"] = introduction.title;
    data["about"] = introduction.about;
    data["opensAtDifference"] = introduction.opens_at_difference;
    data["texts"] = Json::array();
    for (const FoldedText &each : introduction.texts)
        data["texts"].push_back({each.heading, each.text, each.is_open});
    std::string json = text_of(data);
    json.replace(json.size() - 1, 1, fmt::format(",\"chapters\":[{}]}}", fmt::join(told, ",")));
    std::string text(page_html);
    fill(text, "/*css*/", page_css);
    fill(text, "/*js*/", page_js);
    fill(text, "/*data*/", script_text(json));
    fill(text, "<!--title-->", escaped(introduction.title)); // last: of what is in it nothing is a hole
    return text;
}

std::string page(const std::string &title, std::span<const Chapter> chapters, Counts *counts)
{
    Counts all;
    std::vector<std::string> told;
    for (const Chapter &chapter : chapters)
        told.push_back(tell(chapter, all));
    if (counts)
        *counts = all;
    return page({title, ""}, told);
}

} // namespace mblab::view
