// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/view/scene.hpp"

#include "apps/view/reservations.hpp"
#include "core/base/error.hpp"
#include "core/state/difference.hpp"
#include "core/state/flags.hpp"
#include "core/state/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>

namespace mblab::view {
namespace {

/// Of a call that does more than this only the first are told, and how many there were.
constexpr size_t effects_max = 40, searches_max = 12;

/// All stories of a chapter's engines, taken down as they happen. Regions stay addresses until all bounds are known.
class Recorder {
  public:
    explicit Recorder(const Chapter &chapter, Counts &counts) : chapter_(chapter), counts_(counts)
    {
        for (Engine *engine : chapter.engines) {
            if (!players_.empty() && !engine->arrays_are_in_memory() &&
                players_.front().engine().arrays_are_in_memory())
                engine->stand_beside(players_.front().engine());
            players_.emplace_back(*engine);
            played_.emplace_back(Json::array());
            differs_.push_back(false);
        }
    }

    Json record()
    {
        for (size_t i = 0; i < chapter_.story.trace.steps.size(); i++)
            chapter_.own.empty() ? record_step(chapter_.story.trace.steps[i]) : record_own(i);
        Json data = {{"title", chapter_.story.title},     {"about", chapter_.story.about},
                     {"variant", chapter_.story.variant}, {"steps", steps()},
                     {"group", chapter_.group},           {"own", !chapter_.own.empty()},
                     {"engines", Json::array()}};
        if (chapter_.story.remarks.size() > chapter_.story.trace.steps.size())
            data["closing"] = chapter_.story.remarks.back();
        add_axis(data);
        for (size_t i = 0; i < players_.size(); i++)
            data["engines"].push_back({{"name", players_[i].engine().name()},
                                       {"noNode", State(players_[i].engine().variant()).no_node()},
                                       {"arrayless", players_[i].engine().has(MBLAB_OP_bump_setup) ||
                                                         players_[i].engine().has(MBLAB_OP_init_bootmem_node)},
                                       {"room", room_of(State(players_[i].engine().variant()))},
                                       {"played", std::move(played_[i])}});
        return data;
    }

  private:
    static Json room_of(const State &state)
    {
        Json room = Json::array();
        for (const ArrayState &array : state.arrays)
            room.push_back(array.max);
        return room;
    }

    void record_step(const Step &step)
    {
        counts_.calls++;
        std::vector<const Outcome *> outcomes;
        for (size_t i = 0; i < players_.size(); i++) {
            const bool made = players_[i].play(step.op, i && outcomes[0] ? outcomes[0] : nullptr);
            outcomes.push_back(made ? &players_[i].outcome() : nullptr);
            Json told = made ? told_of(players_[i], step) : not_made(players_[i]);
            if (i && made && outcomes[0])
                add_difference(told, i, *outcomes[0]);
            played_[i].push_back(std::move(told));
        }
    }

    /// A step that each engine takes in calls of its own. They differ in what that takes or gives back.
    void record_own(size_t at)
    {
        counts_.calls++;
        Reservations of_first;
        for (size_t i = 0; i < players_.size(); i++) {
            const OwnCalls &own = chapter_.own[i];
            const State before = players_[i].after();
            Json told = told_of_own(players_[i], own.calls[at], chapter_.story.trace.steps[at]);
            if (!players_[i].corrupted())
                add_changes(told, before, players_[i].after());
            if (!own.unmet[at].empty())
                told["unmet"] = own.unmet[at];
            const Reservations made(before.reserved().set, players_[i].after().reserved().set);
            if (i == 0)
                of_first = made;
            else if (!own.calls[at].empty() && made != of_first) {
                told["differs"] = fmt::format("{} / {}", of_first.text(), made.text());
                counts_.differences++;
            }
            played_[i].push_back(std::move(told));
        }
    }

    /// The calls one after another, as if they were one.
    Json told_of_own(Player &player, const std::vector<Op> &calls, const Step &step)
    {
        Json told = Json::object();
        for (const Op &op : calls) {
            const bool made = player.play(op), is_whole = calls.size() == 1 && same_op(op, step.op);
            if (!is_whole && told["calls"].size() < effects_max)
                told["calls"].push_back(made ? result_text(op, player.outcome()) : print_op(op) + ": not made");
            else if (!is_whole)
                told["callsLeftOut"] = calls.size() - effects_max;
            if (made)
                add_outcome(told, player, is_whole ? &step : nullptr);
            else if (is_whole)
                told = not_made(player);
        }
        return told;
    }

    static std::string result_text(const Op &op, const Outcome &outcome)
    {
        const OpInfo &info = op_info(op.kind);
        if (outcome.result.exit != MBLAB_RETURNED)
            return fmt::format("{}: {}", print_op(op), exit_name(outcome.result.exit));
        return info.result_count
                   ? fmt::format("{} = {}", print_op(op), print_value(info.results[0].kind, outcome.result.value[0]))
                   : print_op(op);
    }

    static Json not_made(const Player &player)
    {
        if (player.over())
            return {{"after", true}};
        return {{"refused", player.rule() ? std::string(player.rule()->reason)
                                          : fmt::format("{} has no such function", player.engine().name())}};
    }

    void add_difference(Json &told, size_t engine, const Outcome &first)
    {
        const Player &other = players_[engine];
        const EffectMask mask = players_[0].engine().predicted_effects() & other.engine().predicted_effects();
        const std::optional<Difference> found = difference(first, other.outcome(), mask);
        const bool differed = differs_[engine];
        differs_[engine] = state_difference(first, other.outcome()).has_value();
        if (!found)
            return;
        const bool is_old = differed && found->where >= Difference::Where::count && changed_alike(players_[0], other);
        told[is_old ? "still" : "differs"] = found->text();
        counts_.differences += !is_old;
    }

    /// Whether the last call made the same change on both, wherever in their lists.
    static bool changed_alike(const Player &a, const Player &b)
    {
        for (size_t type = 0; type < 3; type++) {
            const Splice of_a = splice(a.before().arrays[type].set, a.after().arrays[type].set);
            const Splice of_b = splice(b.before().arrays[type].set, b.after().arrays[type].set);
            if (of_a.removed != of_b.removed || of_a.inserted != of_b.inserted)
                return false;
        }
        return true;
    }

    Json told_of(const Player &player, const Step &step)
    {
        Json told = Json::object();
        if (!player.corrupted())
            add_changes(told, player.before(), player.after());
        add_outcome(told, player, &step);
        return told;
    }

    /// Of the last call all but what it changed. Without a step its results are told elsewhere.
    void add_outcome(Json &told, const Player &player, const Step *step)
    {
        if (step)
            add_result(told, *step, player.outcome());
        add_effects(told, player.outcome());
        add_doublings(told, player);
        for (const Search &search : player.searches())
            if (told["searches"].size() < searches_max)
                told["searches"].push_back(search_data(search, player.before(), bounds_));
        if (told["searches"].empty())
            told.erase("searches");
        if (player.rule())
            told["ends"] = player.rule()->reason;
    }

    static void add_result(Json &told, const Step &step, const Outcome &outcome)
    {
        const OpInfo &info = op_info(step.op.kind);
        for (uint32_t i = 0; i < outcome.result.count && i < info.result_count; i++)
            told["r"].push_back(print_value(info.results[i].kind, outcome.result.value[i]));
        if (outcome.result.exit != MBLAB_RETURNED)
            told["exit"] = exit_name(outcome.result.exit);
        if (step.expected && outcome.result.exit == MBLAB_RETURNED && outcome.result.value[0] != *step.expected)
            told["wanted"] = print_value(info.results[0].kind, *step.expected);
    }

    /// Of the state, what is another after the call.
    void add_changes(Json &told, const State &before, const State &after)
    {
        for (size_t type = 0; type < after.arrays.size(); type++) {
            const ArrayState &old = before.arrays[type], &now = after.arrays[type];
            if (Splice made = splice(old.set, now.set); !made.empty()) {
                note(type, made, &after == &players_.front().after());
                told["d"].push_back({type, made.at, made.removed, regions_of(made)});
            }
            if (old.max != now.max || old.storage != now.storage)
                told["room"].push_back({type, now.max, place_of(storage_of(after, static_cast<mblab_type>(type)))});
        }
        if (before.current_limit != after.current_limit)
            told["limit"] = hex(after.current_limit);
        if (before.bottom_up != after.bottom_up)
            told["up"] = after.bottom_up;
    }

    static Json regions_of(const Splice &made)
    {
        Json flat = Json::array();
        for (const Region &region : made.inserted)
            for (Json part : {Json(region.base), Json(end_of(region)), Json(region.flags), Json(region.nid)})
                flat.push_back(std::move(part));
        return flat;
    }

    /// Where an array lies, if it is not static.
    Json place_of(const Region &storage)
    {
        if (!storage.size)
            return nullptr;
        bounds_.insert({storage.base, end_of(storage)});
        return {hex(storage.base), hex(end_of(storage))};
    }

    /// Whose memory a range is, the first engine says; the others where it says nothing.
    void note(size_t type, const Splice &made, bool by_first)
    {
        for (const Region &region : made.inserted) {
            bounds_.insert({region.base, end_of(region)});
            used_.fill(interval_of(region), {});
            if (type != MBLAB_TYPE_memory || !players_[0].before().is_valid_node(region.nid))
                continue;
            if (by_first)
                nodes_.assign(region.base, end_of(region),
                              [&](const Region *) { return std::optional(Attributes{0, region.nid}); });
            else
                others_nodes_.fill(interval_of(region), {0, region.nid});
        }
    }

    static void add_effects(Json &told, const Outcome &outcome)
    {
        const std::span<const Effect> list = outcome.effect_list();
        for (const Effect &effect : list) {
            if (told.contains("effects") && told["effects"].size() == effects_max) {
                told["effectsLeftOut"] = told.value("effectsLeftOut", size_t{0}) + 1;
                continue;
            }
            told["effects"].push_back(describe(effect, outcome.text_of(effect)));
        }
    }

    void add_doublings(Json &told, const Player &player)
    {
        for (const Doubling &doubling : player.doublings()) {
            if (doubling.type < 0)
                continue;
            const auto type = static_cast<mblab_type>(doubling.type);
            told["doubled"].push_back({type_name(type), doubling.bytes / player.before().region_bytes(),
                                       doubling.from_static ? "static" : hex(doubling.source), hex(doubling.target)});
            counts_.doublings += &player == &players_.front();
        }
    }

    Json steps() const
    {
        Json list = Json::array();
        const Story &story = chapter_.story;
        for (size_t i = 0; i < story.trace.steps.size(); i++) {
            const Op &op = story.trace.steps[i].op;
            const OpInfo &info = op_info(op.kind);
            Json step = {{"op", op.kind}};
            for (size_t at = 0; at < info.parameter_count; at++)
                step["a"].push_back(info.parameters[at].kind == ParameterKind::text
                                        ? std::string(op.text)
                                        : print_value(info.parameters[at].kind, op.arg[at]));
            if (i < story.remarks.size() && !story.remarks[i].empty())
                step["remark"] = story.remarks[i];
            if (i < story.callers.size() && !story.callers[i].empty())
                step["by"] = story.callers[i];
            list.push_back(std::move(step));
        }
        return list;
    }

    /// The bounds, where they lie on each scale, and which part of the axis belongs to which node.
    void add_axis(Json &data)
    {
        if (bounds_.empty())
            bounds_ = {0, 1 << 12}; // no call adds anything
        const std::vector<uint64_t> bounds(bounds_.begin(), bounds_.end());
        std::map<uint64_t, size_t> index;
        for (const uint64_t bound : bounds) {
            index[bound] = data["bounds"].size();
            data["bounds"].push_back(hex(bound));
        }
        for (const auto &[name, scale] :
             {std::pair{"squeezed", Scale::squeezed}, std::pair{"log", Scale::log}, std::pair{"linear", Scale::linear}})
            for (const double place : lay_out(bounds, scale, used_))
                data["scales"][name].push_back(rounded(place));
        for (const Region &region : others_nodes_.regions())
            nodes_.fill(interval_of(region), attributes_of(region));
        add_lanes(data, bounds);
        for (Json &played : played_)
            for (Json &told : played)
                if (told.contains("d"))
                    for (Json &change : told["d"])
                        number_bounds(change[3], index);
    }

    static double rounded(double place) { return std::round(place * 1e9) / 1e9; }

    static void number_bounds(Json &flat, const std::map<uint64_t, size_t> &index)
    {
        for (size_t i = 0; i < flat.size(); i += 4)
            for (size_t end : {i, i + 1})
                flat[end] = index.at(flat[end].get<uint64_t>());
    }

    /// A lane for each node, the lowest first: the parts of the axis that were the node's last, and what lies between.
    void add_lanes(Json &data, const std::vector<uint64_t> &bounds) const
    {
        std::map<int32_t, Json> lanes;
        std::vector<int32_t> order;
        int32_t nid = nodes_.empty() ? -1 : nodes_[0].nid;
        for (size_t i = 0; i + 1 < bounds.size(); i++) {
            const Region *here = nodes_.find(bounds[i]);
            nid = here ? here->nid : nid;
            const auto [lane, is_new] = lanes.try_emplace(nid, Json::array());
            if (is_new)
                order.push_back(nid);
            Json &parts = lane->second;
            if (!parts.empty() && parts.back()[1] == i)
                parts.back()[1] = i + 1;
            else
                parts.push_back({i, i + 1});
        }
        data["lanes"] = Json::array();
        for (const int32_t of : order)
            data["lanes"].push_back({{"nid", of}, {"parts", lanes[of]}});
    }

    const Chapter &chapter_;
    Counts &counts_;
    std::deque<Player> players_;
    std::vector<Json> played_;  // by engine
    std::vector<bool> differs_; // by engine: whether its state was another than the first one's after the last call
    std::set<uint64_t> bounds_; // of everything that is drawn
    RegionSet used_, nodes_;    // where there ever was something; and whose memory it was last
    RegionSet others_nodes_;    // the same, as the other engines have it
};

} // namespace

std::string hex(uint64_t number)
{
    return fmt::format("{:#x}", number);
}

Splice splice(Regions before, Regions after)
{
    size_t same = 0, behind = 0;
    while (same < std::min(before.size(), after.size()) && before[same] == after[same])
        same++;
    while (behind < std::min(before.size(), after.size()) - same &&
           before[before.size() - 1 - behind] == after[after.size() - 1 - behind])
        behind++;
    const Regions made = after.subspan(same, after.size() - same - behind);
    return {same, before.size() - same - behind, {made.begin(), made.end()}};
}

Json scene(const Chapter &chapter, Counts &counts)
{
    if (chapter.story.trace.steps.empty())
        throw Error(fmt::format("{}: no calls: there is nothing to show", chapter.story.title));
    if (chapter.engines.empty())
        throw Error("no engine to play it on");
    return Recorder(chapter, counts).record();
}

} // namespace mblab::view
