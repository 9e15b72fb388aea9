// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/view/scene.hpp"

#include "core/state/flags.hpp"

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

/// As a script element may hold it, whatever bytes a log has: no tag ends inside.
std::string script_text(const Json &data)
{
    std::string text = data.dump(-1, ' ', true, Json::error_handler_t::replace), safe;
    for (const char character : text)
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

std::string page(const std::string &title, std::span<const Chapter> chapters, Counts *counts)
{
    Counts all;
    Json data = vocabulary();
    data["title"] = title;
    for (const Chapter &chapter : chapters)
        data["chapters"].push_back(scene(chapter, all));
    if (counts)
        *counts = all;
    std::string text(page_html);
    fill(text, "/*css*/", page_css);
    fill(text, "/*js*/", page_js);
    fill(text, "/*data*/", script_text(data));
    fill(text, "<!--title-->", escaped(title)); // last: of what is in it nothing is a hole
    return text;
}

} // namespace mblab::view
