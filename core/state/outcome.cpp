// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/state/outcome.hpp"

#include "core/state/flags.hpp"
#include "core/state/numbers.hpp"

#include <fmt/format.h>

namespace mblab {
namespace {

struct EffectInfo {
    std::string_view name;
    std::string_view parts[3];
};

constexpr EffectInfo effect_infos[] = {
#define EFFECT_INFO(name, a, b, c) {#name, {a, b, c}},
    MBLAB_EFFECT_KINDS(EFFECT_INFO)
#undef EFFECT_INFO
};

} // namespace

std::string_view type_name(mblab_type type)
{
    static constexpr std::string_view names[] = {"memory", "reserved", "physmem", "none"};
    return names[type];
}

std::string_view effect_name(uint32_t kind)
{
    return effect_infos[kind].name;
}

std::string location(uint64_t storage)
{
    return storage == MBLAB_STATIC_ADDR ? "static" : fmt::format("{:#x}", storage);
}

std::string nid_text(int64_t nid, uint32_t max_nodes)
{
    return nid == -1 ? "NUMA_NO_NODE" : max_nodes > 1 && nid == max_nodes ? "MAX_NUMNODES" : std::to_string(nid);
}

std::string region_text(const Region &region, uint32_t max_nodes)
{
    return fmt::format("[{:#x}, {:#x}) nid {}{}", region.base, region.base + region.size,
                       nid_text(region.nid, max_nodes), region.flags ? ' ' + flags_text(region.flags) : "");
}

std::string_view exit_name(mblab_exit exit)
{
    static constexpr std::string_view names[] = {"returned", "BUG", "panic", "fault", "budget", "absent", "refused"};
    return names[exit];
}

std::string describe(const Effect &effect, std::string_view text, uint32_t max_nodes)
{
    const EffectInfo &info = effect_infos[effect.kind];
    const uint64_t values[] = {effect.a, effect.b, effect.c};
    std::string out = std::string(info.name) + '(';
    std::string separator;
    for (size_t i = 0; i < 3; i++) {
        if (info.parts[i].empty())
            continue;
        const bool is_small = info.parts[i] == "order" || info.parts[i] == "count" || info.parts[i] == "level" ||
                              info.parts[i] == "zone" || info.parts[i] == "pages" || info.parts[i] == "error";
        out += separator + std::string(info.parts[i]) + '=' +
               (info.parts[i] == "nid"           ? nid_text(static_cast<int32_t>(values[i]), max_nodes)
                : is_small                       ? std::to_string(static_cast<int64_t>(values[i]))
                : values[i] == MBLAB_STATIC_ADDR ? "static"
                                                 : fmt::format("{:#x}", values[i]));
        separator = ", ";
    }
    if (!text.empty()) {
        while (text.ends_with('\n'))
            text.remove_suffix(1);
        out += fmt::format("{}\"", separator);
        for (const char character : text) // on one line, whatever it says
            out += character == '\n' ? std::string("\\n") : std::string(1, character);
        out += '"';
    }
    return out + ')';
}

std::string describe_effects(const Outcome &outcome, uint32_t max_nodes)
{
    std::string out;
    for (const Effect &effect : outcome.effect_list())
        out += "  effect " + describe(effect, outcome.text_of(effect), max_nodes) + '\n';
    return out;
}

std::string describe(const Outcome &outcome, uint32_t max_nodes)
{
    std::string out = describe_effects(outcome, max_nodes);
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved, MBLAB_TYPE_physmem}) {
        const mblab_type_state &array = outcome.state.type[type];
        if (!array.max)
            continue;
        uint64_t sum = 0;
        for (const Region &region : outcome.regions(type))
            sum += region.size;
        out += fmt::format("  {} cnt={} max={} total_size={} at {}\n", type_name(type), array.cnt, array.max,
                           total_text(array.total_size, sum), location(array.storage));
        for (const Region &region : outcome.regions(type))
            out += "    " + region_text(region, max_nodes) + '\n';
    }
    return out + fmt::format("  current_limit={} {} totalram={}\n", limit_text(outcome.state.current_limit),
                             outcome.state.bottom_up ? "bottom-up" : "top-down", outcome.state.totalram);
}

} // namespace mblab
