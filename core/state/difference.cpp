// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/state/difference.hpp"

#include "core/state/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace mblab {
namespace {

using Where = Difference::Where;

constexpr mblab_type types[] = {MBLAB_TYPE_memory, MBLAB_TYPE_reserved, MBLAB_TYPE_physmem};

constexpr bool is_in(EffectMask mask, const Effect &effect)
{
    return mask >> effect.kind & 1;
}

/// The effects of an outcome that a mask lets through, one after the other.
class EffectCursor {
  public:
    EffectCursor(const Outcome &outcome, EffectMask mask) : outcome_(outcome), mask_(mask) { skip(); }

    const Effect *get() const { return at_ < outcome_.effects.count ? &outcome_.effects.list[at_] : nullptr; }
    void next()
    {
        at_++;
        skip();
    }
    Difference::KeptEffect keep() const
    {
        const Effect *effect = get();
        return effect ? Difference::KeptEffect{*effect, std::string(outcome_.text_of(*effect))}
                      : Difference::KeptEffect{};
    }

  private:
    void skip()
    {
        while (at_ < outcome_.effects.count && !is_in(mask_, outcome_.effects.list[at_]))
            at_++;
    }

    const Outcome &outcome_;
    EffectMask mask_;
    size_t at_ = 0;
};

bool same_effect(const Outcome &a, const Effect &ea, const Outcome &b, const Effect &eb, EffectMask mask)
{
    return ea.kind == eb.kind && ea.a == eb.a && ea.b == eb.b && ea.c == eb.c &&
           (mask != all_effects || a.text_of(ea) == b.text_of(eb));
}

bool ran_out(const Outcome &outcome)
{
    return outcome.result.exit == MBLAB_BUDGET;
}

/// Whether two runs of pages, of which the lab's budget cut short the one or the other, may have been going to be one.
bool may_go_on(const Outcome &a, const Effect &ea, const Outcome &b, const Effect &eb)
{
    const auto is_cut = [](const Outcome &outcome, const Effect &effect) {
        // A fill goes on with each page that is given away after it.
        const Effect *last = &outcome.effect_list().back();
        return ran_out(outcome) && (&effect == last || (&effect + 1 == last && effect.kind == MBLAB_EFFECT_zero));
    };
    const auto end = [](const Effect &effect) {
        return effect.kind == MBLAB_EFFECT_page_to_buddy ? effect.c : effect.b;
    };
    const bool is_run = ea.kind == MBLAB_EFFECT_page_to_buddy || ea.kind == MBLAB_EFFECT_init_reserved_page ||
                        ea.kind == MBLAB_EFFECT_zero;
    if (!is_run || ea.kind != eb.kind || ea.a != eb.a ||
        (ea.kind == MBLAB_EFFECT_page_to_buddy ? ea.b != eb.b : ea.c != eb.c))
        return false;
    return end(ea) < end(eb) ? is_cut(a, ea) : is_cut(b, eb);
}

std::optional<Difference> effects_difference(const Outcome &a, const Outcome &b, EffectMask mask)
{
    EffectCursor left(a, mask), right(b, mask);
    for (size_t index = 0; left.get() || right.get(); index++, left.next(), right.next()) {
        if (left.get() && right.get() && same_effect(a, *left.get(), b, *right.get(), mask))
            continue;
        // How far an engine is when the budget ends the call is no behaviour; what it did until then is.
        if (left.get() && right.get() ? may_go_on(a, *left.get(), b, *right.get()) : ran_out(left.get() ? b : a))
            return std::nullopt;
        Difference found{.where = left.get() && right.get() ? Where::effect : Where::effect_end, .index = index};
        found.effects = {left.keep(), right.keep()};
        found.only_second = !left.get();
        return found;
    }
    return std::nullopt;
}

/// Two logs laid out alike are equal as bytes, which is the usual case and the fast one.
bool same_effects(const Outcome &a, const Outcome &b, EffectMask mask)
{
    const mblab_effects &left = a.effects, &right = b.effects;
    if (left.count == 0 && right.count == 0)
        return true;
    if (mask != all_effects)
        return !effects_difference(a, b, mask);
    return left.count == right.count && left.text_size == right.text_size &&
           (!left.count || std::memcmp(left.list, right.list, left.count * sizeof *left.list) == 0) &&
           (left.text_size <= 1 || std::memcmp(left.text + 1, right.text + 1, left.text_size - 1) == 0);
}

std::optional<Difference> array_difference(mblab_type type, const Outcome &a, const Outcome &b)
{
    const mblab_type_state &left = a.state.type[type], &right = b.state.type[type];
    const struct {
        Where where;
        uint64_t a, b;
    } numbers[] = {{Where::count, left.cnt, right.cnt},
                   {Where::max, left.max, right.max},
                   {Where::total_size, left.total_size, right.total_size},
                   {Where::storage, left.storage, right.storage}};
    for (const auto &number : numbers)
        if (number.a != number.b)
            return Difference{.where = number.where, .type = type, .values = {number.a, number.b}};
    const Regions mine = a.regions(type), theirs = b.regions(type);
    for (size_t i = 0; i < mine.size(); i++)
        if (!(mine[i] == theirs[i]))
            return Difference{.where = Where::region, .type = type, .index = i, .regions = {mine[i], theirs[i]}};
    return std::nullopt;
}

std::optional<Difference> result_difference(const mblab_result &a, const mblab_result &b)
{
    if (a.exit != b.exit)
        return Difference{.where = Where::exit, .values = {a.exit, b.exit}};
    for (uint32_t i = 0; i < a.count; i++)
        if (a.value[i] != b.value[i])
            return Difference{.where = Where::result, .index = i, .values = {a.value[i], b.value[i]}};
    return std::nullopt;
}

/// Which attributes of two regions differ.
std::string differing_attributes(const Region &a, const Region &b)
{
    std::string names;
    const auto note = [&](bool differs, std::string_view name) {
        if (differs)
            names.append(names.empty() ? "" : "+").append(name);
    };
    note(a.base != b.base, "base");
    note(a.size != b.size, "size");
    note(a.nid != b.nid, "nid");
    note(a.flags != b.flags, "flags");
    return names;
}

std::string effect_text(const Difference::KeptEffect &kept, uint32_t max_nodes)
{
    return describe(kept.effect, kept.text, max_nodes);
}

} // namespace

std::string Difference::text(uint32_t max_nodes) const
{
    const auto [a, b] = values;
    const std::string_view array = type_name(type);
    switch (where) {
    case Where::exit:
        return fmt::format("the call ends in: {} / {}", exit_name(static_cast<mblab_exit>(a)),
                           exit_name(static_cast<mblab_exit>(b)));
    case Where::result:
        return fmt::format("result {}: {:#x} / {:#x}", index, a, b);
    case Where::effect:
        return fmt::format("effect {}: {} / {}", index, effect_text(effects[0], max_nodes),
                           effect_text(effects[1], max_nodes));
    case Where::effect_end:
        return fmt::format("effect {}: only the {} has {}", index, only_second ? "second" : "first",
                           effect_text(effects[only_second], max_nodes));
    case Where::count:
        return fmt::format("{}.cnt: {} / {}", array, a, b);
    case Where::max:
        return fmt::format("{}.max: {} / {}", array, a, b);
    case Where::total_size:
        return fmt::format("{}.total_size: {} / {}", array, total_text(a, b), total_text(b, a));
    case Where::storage:
        return fmt::format("{} array lies at: {} / {}", array, location(a), location(b));
    case Where::region:
        return fmt::format("{}[{}]: {} / {}", array, index, region_text(regions[0], max_nodes),
                           region_text(regions[1], max_nodes));
    case Where::current_limit:
        return fmt::format("current_limit: {} / {}", limit_text(a), limit_text(b));
    case Where::bottom_up:
        return fmt::format("bottom_up: {} / {}", a != 0, b != 0);
    case Where::totalram:
        return fmt::format("totalram: {} / {} pages", a, b);
    }
    return {};
}

std::string Difference::signature() const
{
    static constexpr std::string_view names[] = {"exit",   "result",        "effect",    "effect-end",
                                                 "cnt",    "max",           "total",     "storage",
                                                 "region", "current-limit", "bottom-up", "totalram"};
    std::string name(names[static_cast<size_t>(where)]);
    switch (where) {
    case Where::exit:
        return fmt::format("exit:{}/{}", exit_name(static_cast<mblab_exit>(values[0])),
                           exit_name(static_cast<mblab_exit>(values[1])));
    case Where::result:
        return fmt::format("result:{}", index);
    case Where::effect:
        return fmt::format("effect:{}/{}", effect_name(effects[0].effect.kind), effect_name(effects[1].effect.kind));
    case Where::effect_end:
        return fmt::format("effect:{}{}{}", only_second ? "/" : "", effect_name(effects[only_second].effect.kind),
                           only_second ? "" : "/");
    case Where::region:
        return fmt::format("{}:{}", type_name(type), differing_attributes(regions[0], regions[1]));
    case Where::count:
    case Where::max:
    case Where::total_size:
    case Where::storage:
        return fmt::format("{}:{}", type_name(type), name);
    default:
        return name;
    }
}

std::string_view Difference::field() const
{
    static constexpr std::string_view ranges[] = {"memory ranges", "reserved ranges", "physmem ranges"},
                                      growth[] = {"memory array", "reserved array", "physmem array"},
                                      attributes[] = {"memory attributes", "reserved attributes", "physmem attributes"};
    switch (where) {
    case Where::exit:
    case Where::result:
        return "result";
    case Where::effect:
    case Where::effect_end: {
        const uint32_t kind = effects[only_second].effect.kind;
        return where == Where::effect && kind != effects[1].effect.kind ? "effects" : effect_name(kind);
    }
    case Where::region:
        return interval_of(regions[0]) == interval_of(regions[1]) ? attributes[type] : ranges[type];
    case Where::count:
    case Where::total_size:
        return ranges[type];
    case Where::max:
    case Where::storage:
        return growth[type];
    default:
        return "state";
    }
}

std::optional<Difference> state_difference(const Outcome &a, const Outcome &b)
{
    for (const mblab_type type : types)
        if (const std::optional<Difference> found = array_difference(type, a, b))
            return found;
    const mblab_state &left = a.state, &right = b.state;
    if (left.current_limit != right.current_limit)
        return Difference{.where = Where::current_limit, .values = {left.current_limit, right.current_limit}};
    if (left.bottom_up != right.bottom_up)
        return Difference{.where = Where::bottom_up, .values = {left.bottom_up, right.bottom_up}};
    if (left.totalram != right.totalram)
        return Difference{.where = Where::totalram, .values = {left.totalram, right.totalram}};
    return std::nullopt;
}

std::optional<Difference> difference(const Outcome &a, const Outcome &b, EffectMask mask)
{
    if (Comparer(mask).same(a, b))
        return std::nullopt;
    // The budget is the lab's own and ends a call anywhere: what differs are effects, one of a call that ended
    // included.
    if (ran_out(a) || ran_out(b))
        return effects_difference(a, b, mask);
    if (const std::optional<Difference> found = result_difference(a.result, b.result))
        return found;
    if (const std::optional<Difference> found = effects_difference(a, b, mask))
        return found;
    return state_difference(a, b);
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
        !std::equal(a.result.value, a.result.value + a.result.count, b.result.value) || !same_effects(a, b, mask_) ||
        a.state.current_limit != b.state.current_limit || a.state.bottom_up != b.state.bottom_up ||
        a.state.totalram != b.state.totalram)
        return false;
    for (size_t type = 0; type < equal_.size(); type++)
        if (!same_array(a.state.type[type], b.state.type[type], equal_[type]))
            return false;
    return true;
}

} // namespace mblab
