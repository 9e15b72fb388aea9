// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/state/outcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

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

constexpr std::string_view type_names[] = {"memory", "reserved", "physmem"};

std::string location(uint64_t storage)
{
    return storage == MBLAB_STATIC_ADDR ? "static" : fmt::format("{:#x}", storage);
}

bool same_effect(const Outcome &a, const Effect &ea, const Outcome &b, const Effect &eb)
{
    return ea.kind == eb.kind && ea.a == eb.a && ea.b == eb.b && ea.c == eb.c && a.text_of(ea) == b.text_of(eb);
}

/// Two logs laid out alike are equal as bytes, which is the usual case and the fast one.
bool same_bytes(const mblab_effects &a, const mblab_effects &b)
{
    return a.count == b.count && a.text_size == b.text_size &&
           (!a.count || std::memcmp(a.list, b.list, a.count * sizeof *a.list) == 0) &&
           (a.text_size <= 1 || std::memcmp(a.text + 1, b.text + 1, a.text_size - 1) == 0);
}

std::string effects_difference(const Outcome &a, const Outcome &b)
{
    const std::span<const Effect> left = a.effect_list(), right = b.effect_list();
    for (size_t i = 0; i < left.size() && i < right.size(); i++)
        if (!same_effect(a, left[i], b, right[i]))
            return fmt::format("effect {}: {} / {}", i, describe(left[i], a.text_of(left[i])),
                               describe(right[i], b.text_of(right[i])));
    if (left.size() == right.size())
        return {};
    const bool longer = left.size() > right.size();
    const Outcome &more = longer ? a : b;
    const Effect &extra = more.effect_list()[longer ? right.size() : left.size()];
    return fmt::format("effect {}: only the {} has {}", longer ? right.size() : left.size(),
                       longer ? "first" : "second", describe(extra, more.text_of(extra)));
}

std::string region_text(const Region &region)
{
    return fmt::format("[{:#x}, {:#x}) nid {} flags {:#x}", region.base, region.base + region.size, region.nid,
                       region.flags);
}

std::string array_difference(mblab_type type, const Outcome &a, const Outcome &b)
{
    const mblab_type_state &left = a.state.type[type], &right = b.state.type[type];
    const std::string_view name = type_names[type];
    if (left.cnt != right.cnt)
        return fmt::format("{}.cnt: {} / {}", name, left.cnt, right.cnt);
    if (left.max != right.max)
        return fmt::format("{}.max: {} / {}", name, left.max, right.max);
    if (left.total_size != right.total_size)
        return fmt::format("{}.total_size: {:#x} / {:#x}", name, left.total_size, right.total_size);
    if (left.storage != right.storage)
        return fmt::format("{} array lies at: {} / {}", name, location(left.storage), location(right.storage));
    const std::span<const Region> mine = a.regions(type), theirs = b.regions(type);
    for (size_t i = 0; i < mine.size(); i++)
        if (!(mine[i] == theirs[i]))
            return fmt::format("{}[{}]: {} / {}", name, i, region_text(mine[i]), region_text(theirs[i]));
    return {};
}

std::string result_difference(const mblab_result &a, const mblab_result &b)
{
    if (a.exit != b.exit)
        return fmt::format("the call ends in: {} / {}", exit_name(a.exit), exit_name(b.exit));
    for (uint32_t i = 0; i < a.count; i++)
        if (a.value[i] != b.value[i])
            return fmt::format("result {}: {:#x} / {:#x}", i, a.value[i], b.value[i]);
    return {};
}

} // namespace

std::string_view exit_name(mblab_exit exit)
{
    static constexpr std::string_view names[] = {"returned", "BUG", "panic", "fault", "budget", "absent", "refused"};
    return names[exit];
}

std::string state_difference(const Outcome &a, const Outcome &b)
{
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved, MBLAB_TYPE_physmem})
        if (std::string text = array_difference(type, a, b); !text.empty())
            return text;
    if (a.state.current_limit != b.state.current_limit)
        return fmt::format("current_limit: {:#x} / {:#x}", a.state.current_limit, b.state.current_limit);
    if (a.state.bottom_up != b.state.bottom_up)
        return fmt::format("bottom_up: {} / {}", a.state.bottom_up, b.state.bottom_up);
    if (a.state.totalram != b.state.totalram)
        return fmt::format("totalram: {} / {} pages", a.state.totalram, b.state.totalram);
    return {};
}

Outcome without_dummy_entries(Outcome outcome)
{
    for (mblab_type_state &array : outcome.state.type)
        if (array.cnt == 1 && array.max && array.regions[0].size == 0 && array.total_size == 0)
            array.cnt = 0;
    return outcome;
}

inline bool Comparer::same_array(const mblab_type_state &a, const mblab_type_state &b, Versions &equal)
{
    if (std::memcmp(&a, &b, offsetof(mblab_type_state, version)) != 0)
        return false;
    if (a.version && b.version && a.version == equal.a && b.version == equal.b)
        return true;
    if (a.cnt && std::memcmp(a.regions, b.regions, std::min(a.cnt, a.max) * sizeof(Region)) != 0)
        return false;
    equal = {a.version, b.version};
    return true;
}

bool Comparer::same(const Outcome &a, const Outcome &b)
{
    if (a.result.exit != b.result.exit ||
        !std::equal(a.result.value, a.result.value + a.result.count, b.result.value) ||
        !same_bytes(a.effects, b.effects) || a.state.current_limit != b.state.current_limit ||
        a.state.bottom_up != b.state.bottom_up || a.state.totalram != b.state.totalram)
        return false;
    for (size_t type = 0; type < equal_.size(); type++)
        if (!same_array(a.state.type[type], b.state.type[type], equal_[type]))
            return false;
    return true;
}

std::string difference(const Outcome &a, const Outcome &b)
{
    if (Comparer().same(a, b))
        return {};
    std::string text = result_difference(a.result, b.result);
    if (text.empty())
        text = effects_difference(a, b);
    // The budget is the lab's own and ends a call anywhere: how far an engine's arrays were changed by then is no
    // behaviour.
    if (text.empty() && a.result.exit != MBLAB_BUDGET)
        text = state_difference(a, b);
    return text;
}

std::string describe(const Effect &effect, std::string_view text)
{
    const EffectInfo &info = effect_infos[effect.kind];
    const uint64_t values[] = {effect.a, effect.b, effect.c};
    std::string out = std::string(info.name) + '(';
    std::string separator;
    for (size_t i = 0; i < 3; i++) {
        if (info.parts[i].empty())
            continue;
        const bool is_small = info.parts[i] == "order" || info.parts[i] == "count" || info.parts[i] == "nid" ||
                              info.parts[i] == "level" || info.parts[i] == "zone";
        out += separator + std::string(info.parts[i]) + '=' +
               (is_small                         ? std::to_string(static_cast<int64_t>(values[i]))
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

std::string describe(const Outcome &outcome)
{
    std::string out;
    for (const Effect &effect : outcome.effect_list())
        out += "  effect " + describe(effect, outcome.text_of(effect)) + '\n';
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved, MBLAB_TYPE_physmem}) {
        const mblab_type_state &array = outcome.state.type[type];
        if (!array.max)
            continue;
        out += fmt::format("  {} cnt={} max={} total_size={:#x} at {}\n", type_names[type], array.cnt, array.max,
                           array.total_size, location(array.storage));
        for (const Region &region : outcome.regions(type))
            out += "    " + region_text(region) + '\n';
    }
    return out + fmt::format("  current_limit={:#x} {} totalram={}\n", outcome.state.current_limit,
                             outcome.state.bottom_up ? "bottom-up" : "top-down", outcome.state.totalram);
}

} // namespace mblab
