// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/oracle/explanation.hpp"

#include "core/base/text.hpp"
#include "core/op/typed.hpp"
#include "core/state/flags.hpp"

#include <algorithm>

namespace mblab {
namespace {

// ---- in which calls ----

bool is_late(const OutcomePair &pair)
{
    return pair.before.slab != MBLAB_SLAB_DOWN;
}

template <typename... Calls> bool is_any(const OutcomePair &pair)
{
    return (is<Calls>(pair.op) || ...);
}

/// One more region; join: as part of the last one where they touch and are alike.
void add_region(std::vector<Region> &regions, const Region &next, bool join)
{
    Region *last = regions.empty() ? nullptr : &regions.back();
    if (join && last && end_of(*last) == next.base && last->nid == next.nid && last->flags == next.flags)
        last->size += next.size;
    else
        regions.push_back(next);
}

/// A call that changes regions, and may meet others on the way.
bool changes_regions(const OutcomePair &pair)
{
    const Family family = op_info(pair.op.kind).family;
    return family != Family::query && family != Family::region && family != Family::iterate && family != Family::report;
}

bool has_kind(const Outcome &outcome, mblab_effect_kind kind)
{
    const std::span<const Effect> list = outcome.effect_list();
    return std::any_of(list.begin(), list.end(), [=](const Effect &effect) { return effect.kind == kind; });
}

bool grows(const OutcomePair &pair)
{
    return has_kind(pair.a, MBLAB_EFFECT_copy) || has_kind(pair.b, MBLAB_EFFECT_copy);
}

bool grows_late(const OutcomePair &pair)
{
    return is_late(pair) && grows(pair);
}

bool has_to_wait(const OutcomePair &pair)
{
    return is_late(pair) && pair.before.deferred_pages;
}

bool frees_late(const OutcomePair &pair)
{
    return is_late(pair) && is_any<ops::memblock_phys_free, ops::memblock_free, ops::memblock_free_all>(pair);
}

bool allocates_late(const OutcomePair &pair)
{
    return is_late(pair) && op_info(pair.op.kind).family == Family::alloc;
}

bool cannot_grow(const OutcomePair &pair)
{
    return !pair.before.can_resize && pair.a.result.exit != pair.b.result.exit;
}

/// Whether the reserved arrays hold the same ranges, and with the same attributes.
bool same_reserved(const Outcome &one, const Outcome &other, bool with_attributes)
{
    const Regions left = one.regions(MBLAB_TYPE_reserved), right = other.regions(MBLAB_TYPE_reserved);
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [=](const Region &a, const Region &b) {
        return with_attributes ? a == b : interval_of(a) == interval_of(b);
    });
}

/// An allocation of nothing finds room between two regions that touch.
bool allocates_nothing(const OutcomePair &pair)
{
    bool asks = false;
    visit(pair.op, [&](const auto &call) {
        if constexpr (requires {
                          call.align;
                          call.size;
                      })
            asks = call.size == 0;
    });
    return asks && !same_reserved(pair.a, pair.b, false);
}

/// An array that is nearly full, or grew: what is one region more on one side decides whether it is too small.
bool may_grow(const OutcomePair &pair)
{
    constexpr uint64_t most_that_one_call_adds = 2;
    const auto is_tight = [](const Outcome &outcome) {
        const mblab_type_state &reserved = outcome.state.type[MBLAB_TYPE_reserved];
        return reserved.cnt + most_that_one_call_adds > reserved.max;
    };
    return grows(pair) || is_tight(pair.a) || is_tight(pair.b) || pair.a.result.exit != pair.b.result.exit;
}

bool asks_for_scratch(const OutcomePair &pair)
{
    bool asks = false;
    visit(pair.op, [&](const auto &call) {
        if constexpr (requires { call.flags; })
            asks = call.flags & flag_kho_scratch;
    });
    return asks && op_info(pair.op.kind).family == Family::iterate;
}

bool asks_for_max_numnodes(const OutcomePair &pair)
{
    bool asks = false;
    visit(pair.op, [&](const auto &call) {
        if constexpr (requires { call.nid; })
            asks = call.nid == static_cast<int32_t>(pair.before.variant.max_nodes);
    });
    return asks;
}

bool asks_for_invalid_node(const OutcomePair &pair)
{
    bool asks = false;
    visit(pair.op, [&](const auto &call) {
        if constexpr (requires { call.nid; })
            asks = call.nid != -1 && !pair.before.is_valid_node(call.nid);
    });
    return asks;
}

/// Older kernels show where regions lie, and nothing else of them.
bool shows_places_only(const OutcomePair &pair)
{
    const auto names_flags = [](const Outcome &outcome) {
        const std::span<const Effect> list = outcome.effect_list();
        return std::any_of(list.begin(), list.end(), [&](const Effect &effect) {
            return effect.kind == MBLAB_EFFECT_seq && std::ranges::any_of(outcome.text_of(effect), [](char letter) {
                       return letter >= 'A' && letter <= 'Z';
                   });
        });
    };
    return is<ops::debugfs_show>(pair.op) && names_flags(pair.a) != names_flags(pair.b);
}

bool reserves_by_name(const OutcomePair &pair)
{
    return is<ops::early_param>(pair.op) && std::string_view(pair.op.text).starts_with("reserve_mem");
}

// ---- in which calls an expected field decides ----

enum class Attribute : uint8_t { node, flags, split, total };

/// The regions of an array but for one attribute. Those that touch are one, since the attribute may be what parts them.
std::vector<Region> regions_but_for(Attribute attribute, const Outcome &outcome, mblab_type type)
{
    std::vector<Region> regions;
    for (Region region : outcome.regions(type)) {
        region.nid = attribute == Attribute::node ? 0 : region.nid;
        region.flags = attribute == Attribute::flags ? 0 : region.flags;
        add_region(regions, region, true);
    }
    return regions;
}

/// The arrays differ in the attribute and in nothing else: what reads them shows it.
template <mblab_type type, Attribute attribute> bool differs_only_in(const OutcomePair &pair)
{
    const mblab_type_state &a = pair.a.state.type[type], &b = pair.b.state.type[type];
    const Regions left = pair.a.regions(type), right = pair.b.regions(type);
    const bool same_total = a.total_size == b.total_size, same_regions = std::ranges::equal(left, right);
    if (attribute == Attribute::total)
        return same_regions && !same_total;
    return !same_regions && same_total &&
           regions_but_for(attribute, pair.a, type) == regions_but_for(attribute, pair.b, type);
}

// ---- messages ----

/// "__memblock_reserve: [a-b] nid=N flags=F caller" and "memblock_reserve: [a-b] caller" are one message.
std::string reservation(std::string_view text)
{
    if (text.starts_with("__memblock_reserve:"))
        text.remove_prefix(2);
    if (!text.starts_with("memblock_reserve:"))
        return std::string(text);
    const size_t bracket = std::min(text.find(']'), text.size() - 1);
    return std::string(text.substr(0, bracket + 1)).append(text.substr(std::min(text.rfind(' '), text.size())));
}

/// What a region is announced with, but for the value behind this key.
std::string unvalued(std::string_view key, std::string_view text, std::string_view caller = "__memblock_reserve:")
{
    const size_t at = text.starts_with(caller) ? text.find(key) : text.npos;
    if (at == text.npos)
        return std::string(text);
    return std::string(text.substr(0, at)).append(text.substr(std::min(text.find(' ', at + 1), text.size())));
}

std::string no_node(std::string_view text)
{
    return unvalued(" nid=", text);
}

std::string no_flags(std::string_view text)
{
    return unvalued(" flags=", text);
}

std::string no_node_of_memory(std::string_view text)
{
    return unvalued(" nid=", text, "memblock_add_node:");
}

std::string no_flags_of_memory(std::string_view text)
{
    return unvalued(" flags=", text, "memblock_add_node:");
}

std::string without(std::string_view word, std::string_view text)
{
    return text.starts_with(word) ? std::string() : std::string(text);
}

std::string not_malformed(std::string_view text)
{
    return without("reserve_mem: empty or malformed", text);
}

std::string not_full(std::string_view text)
{
    return without("reserve_mem: no more room", text);
}

std::string not_used(std::string_view text)
{
    return without("reserve_mem: name ", text);
}

std::string not_failed(std::string_view text)
{
    return without("reserve_mem: memblock allocation failed", text);
}

std::string no_cap(std::string_view text)
{
    return without("memblock_cap_memory_range:", text);
}

std::string not_deferred(std::string_view text)
{
    return without("Cannot free reserved memory because of deferred", text);
}

std::string late_free(std::string_view text)
{
    constexpr std::string_view old = "memblock_free_late:";
    return text.starts_with(old) ? std::string("memblock_phys_free:").append(text.substr(old.size()))
                                 : std::string(text);
}

/// Flags that some kernels have no name for.
std::string flag_names(std::string_view text)
{
    std::string shown(text);
    for (const std::string_view name : {"KHO_SCRATCH", "RSV_KERN", "RSV_HUGETLB"})
        for (size_t at = shown.find(name); at != shown.npos; at = shown.find(name))
            shown.replace(at, name.size(), "UNKNOWN");
    return shown;
}

/// Of each line of a file the region's number and where it lies.
std::string places(std::string_view text)
{
    std::string shown;
    each_line(text, [&](std::string_view line) {
        const size_t range = std::min(line.find(".."), line.size());
        shown.append(line.substr(0, line.find(' ', range))).append("\n");
    });
    return shown;
}

std::string no_announcement(std::string_view text)
{
    return without("memblock_add_node:", without("memblock_phys_alloc_range:", text));
}

using E = Explains;

constexpr std::string_view attributes = "S01 S02 S03 S07";

constexpr Explains rows[] = {
    {"E01", E::empty_entry, nullptr, "", nullptr},
    {"E02", E::warnings, asks_for_max_numnodes, "", nullptr},
    {"E04", E::acceptance, nullptr, "", nullptr},
    {"E08", 0, is_any<ops::memblock_cap_memory_range>, "", no_cap},
    {"E09", 0, nullptr, "", no_announcement},
    {"E11", E::memory_split, nullptr, "", nullptr},
    {"E12", E::warnings, changes_regions, "", nullptr},
    {"E17", E::warnings, changes_regions, "", nullptr},
    {"E14", E::effects, is_any<ops::memblock_free_all>, "", nullptr},
    {"S12", 0, nullptr, "", reservation},
    {"S13", E::result, is_any<ops::memblock_estimated_nr_free_pages>, "", nullptr},
    {"S15", E::result | E::effects, asks_for_scratch, "", nullptr},
    {"S21", 0, reserves_by_name, "", not_malformed},
    {"S21b", 0, reserves_by_name, "", not_full},
    {"S21c", 0, reserves_by_name, "", not_used},
    {"S21d", 0, reserves_by_name, "", not_failed},
    {"S22", 0, is_any<ops::debugfs_show>, "", flag_names},
    {"S22", 0, shows_places_only, "", places},
    {"S23", 0, is_any<ops::debugfs_show>, "", flag_names},
    {"S01", E::reserved_no_node, nullptr, "", no_node},
    {"S02", E::reserved_kern, nullptr, "", no_flags},
    {"S03", E::reserved_node, nullptr, "", no_node},
    {"E06", E::reserved_node, nullptr, "", nullptr},
    {"S07", E::reserved_kern, nullptr, "", nullptr},
    {"S04", E::reserved_split, nullptr, attributes, nullptr},
    {"S02", E::reserved_split, nullptr, "", nullptr},
    {"S03", E::reserved_split, nullptr, "", nullptr},
    {"S07", E::reserved_split, nullptr, "", nullptr},
    {"S05", E::warnings, changes_regions, "", nullptr},
    {"S06", E::warnings, changes_regions, "S01 S03", nullptr},
    {"S03", E::warnings, changes_regions, "", nullptr}, // where it is expected, and S06 only what follows
    // Fields that a user expects to differ, and what reads them. After what traits explain more narrowly.
    {"reserved.nid", E::reserved_node, nullptr, "", no_node},
    {"reserved.flags", E::reserved_flags, nullptr, "", no_flags},
    {"memory.nid", E::memory_node, nullptr, "", no_node_of_memory},
    {"memory.flags", E::memory_flags, nullptr, "", no_flags_of_memory},
    {"memory.total_size", E::memory_total, nullptr, "", nullptr},
    {"reserved.total_size", E::reserved_total, nullptr, "", nullptr},
    {"memory.split", E::memory_split, nullptr, "", nullptr},
    {"reserved.split", E::reserved_split, nullptr, "", nullptr},
    {"reserved.nid", E::reserved_split, nullptr, "", nullptr},
    {"reserved.nid", E::warnings, changes_regions, "", nullptr},
    {"reserved.flags", E::reserved_split, nullptr, "", nullptr},
    {"reserved.flags", E::warnings, changes_regions, "", nullptr},
    {"memory.nid", E::memory_split, nullptr, "", nullptr},
    {"memory.nid", E::warnings, changes_regions, "", nullptr},
    {"memory.flags", E::memory_split, nullptr, "", nullptr},
    {"memory.flags", E::warnings, changes_regions, "", nullptr},
    {"memory.total_size", E::warnings, changes_regions, "", nullptr},
    {"reserved.total_size", E::warnings, changes_regions, "", nullptr},
    {"warnings", E::warnings, nullptr, "", nullptr},
    {"reserved.nid", E::result | E::effects | E::texts, differs_only_in<MBLAB_TYPE_reserved, Attribute::node>, "",
     nullptr},
    {"reserved.flags", E::result | E::effects | E::texts, differs_only_in<MBLAB_TYPE_reserved, Attribute::flags>, "",
     nullptr},
    {"reserved.split", E::result | E::effects | E::texts, differs_only_in<MBLAB_TYPE_reserved, Attribute::split>, "",
     nullptr},
    {"reserved.total_size", E::result | E::effects | E::texts, differs_only_in<MBLAB_TYPE_reserved, Attribute::total>,
     "", nullptr},
    {"memory.nid", E::result | E::effects | E::texts, differs_only_in<MBLAB_TYPE_memory, Attribute::node>, "", nullptr},
    {"memory.flags", E::result | E::effects | E::texts, differs_only_in<MBLAB_TYPE_memory, Attribute::flags>, "",
     nullptr},
    {"memory.split", E::result | E::effects | E::texts, differs_only_in<MBLAB_TYPE_memory, Attribute::split>, "",
     nullptr},
    {"memory.total_size", E::result | E::effects | E::texts, differs_only_in<MBLAB_TYPE_memory, Attribute::total>, "",
     nullptr},
    // An array that grows on one side alone, or cannot, says so.
    {"S01", E::texts, may_grow, attributes, nullptr},
    {"S02", E::texts, may_grow, "", nullptr},
    {"S03", E::texts, may_grow, "", nullptr},
    {"S04", E::texts, may_grow, attributes, nullptr},
    {"S07", E::texts, may_grow, "", nullptr},
    {messages_field, E::texts, nullptr, "", nullptr},
    {"reserved.nid", E::growth, may_grow, "", nullptr},
    {"reserved.flags", E::growth, may_grow, "", nullptr},
    {"reserved.split", E::growth, may_grow, "", nullptr},
    {"result", E::result, nullptr, "", nullptr},
    {"E03", E::everything, cannot_grow, "", nullptr},
    {"E05", E::all_but_texts, allocates_late, "", nullptr},
    {"E07", E::all_but_texts, is_any<ops::memblock_mark_mirror>, "", nullptr},
    {"E10", E::everything, reserves_by_name, "", nullptr},
    {"K01", E::everything, reserves_by_name, "", nullptr},
    {"K02", E::everything, is_any<ops::reserve_mem_init>, "", nullptr},
    {"E13", E::all_but_texts, is_any<ops::memblock_add_node>, "", nullptr},
    {"E15", E::all_but_texts, is_any<ops::memblock_free_all>, "", nullptr},
    {"S18", E::all_but_texts, is_any<ops::memblock_free_all>, "", nullptr},
    {"E16", E::all_but_texts, asks_for_invalid_node, "", nullptr},
    {"S10", E::all_but_texts, is_any<ops::memblock_discard>, "", late_free},
    {"S08", E::all_but_texts, frees_late, "", nullptr},
    {"S30", E::all_but_texts, grows_late, "S08", nullptr},
    {"S08", E::all_but_texts, grows_late, "", nullptr},
    {"S11", E::all_but_texts, has_to_wait, "", not_deferred},
    {"S04", E::everything, allocates_nothing, attributes, nullptr},
    {"S04", E::growth, may_grow, attributes, nullptr},
    // Regions that take the node of no node join with what has none, or do not; and overlaps of other nodes are warned
    // of.
    {"S01", E::warnings, changes_regions, attributes, nullptr},
    {"S01", E::reserved_split, nullptr, attributes, nullptr},
    {"S01", E::everything, allocates_nothing, attributes, nullptr},
    {"S01", E::growth, may_grow, attributes, nullptr},
    {"S02", E::growth, may_grow, "", nullptr},
    {"S03", E::growth, may_grow, "", nullptr},
    {"S07", E::growth, may_grow, "", nullptr},
};

constexpr ExpectedField fields_expected[] = {
    {"reserved.nid", "the nodes of reserved regions, and what follows from them"},
    {"reserved.flags", "the flags of reserved regions, and what reads them"},
    {"reserved.split", "whether reserved regions that touch and are alike are one"},
    {"reserved.total_size", "the total of what is reserved, and what reads it"},
    {"memory.nid", "the nodes of memory, and what reads them"},
    {"memory.flags", "the flags of memory, and what reads them"},
    {"memory.split", "whether regions of memory that touch and are alike are one"},
    {"memory.total_size", "the total of memory, and what reads it"},
    {"result", "what calls return; not what they do"},
    {"warnings", "WARN"},
    {messages_field, "what is printed, and what files in debugfs show"},
};

// ---- the form that is shared ----

/// What is left out of a comparison.
struct Shared {
    uint32_t fields = 0;
    std::vector<std::string (*)(std::string_view)> messages;

    bool leaves_out(uint32_t field) const { return fields & field; }
    void add(const Explains &row)
    {
        fields |= row.fields;
        if (row.message)
            messages.push_back(row.message);
    }
};

constexpr uint32_t of_reserved = E::reserved_no_node | E::reserved_node | E::reserved_kern | E::reserved_split |
                                 E::reserved_flags,
                   of_memory = E::memory_split | E::memory_node | E::memory_flags;

/// An outcome in the shared form. It holds its own regions, effects and texts.
class Form {
  public:
    Form(const OutcomePair &pair, const Outcome &outcome, const Shared &shared) : outcome_(outcome)
    {
        make_regions(pair, shared);
        make_effects(pair, shared);
        if (shared.leaves_out(E::result))
            outcome_.result = {};
    }
    Form(const Form &) = delete;
    Form &operator=(const Form &) = delete;

    const Outcome &get() const { return outcome_; }
    void forget_answer(bool keep_ranges)
    {
        outcome_.result = {};
        if (!keep_ranges) {
            outcome_.effects = {};
            return;
        }
        std::vector<Effect> ranges(outcome_.effect_list().begin(), outcome_.effect_list().end());
        std::erase_if(ranges, [](const Effect &effect) { return effect.a == effect.b; });
        effects_ = std::move(ranges);
        outcome_.effects.list = effects_.data();
        outcome_.effects.count = static_cast<uint32_t>(effects_.size());
    }

  private:
    void make_regions(const OutcomePair &pair, const Shared &shared)
    {
        for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved, MBLAB_TYPE_physmem}) {
            mblab_type_state &array = outcome_.state.type[type];
            if (shared.leaves_out(E::empty_entry) && array.cnt == 1 && array.max && array.regions[0].size == 0)
                array.cnt = 0;
            const bool is_reserved = type == MBLAB_TYPE_reserved;
            if (shared.leaves_out(is_reserved ? E::reserved_total : E::memory_total))
                array.total_size = 0;
            if (!shared.leaves_out(is_reserved ? of_reserved : of_memory))
                continue;
            for (const Region &region : outcome_.regions(type))
                add_region(regions_[type],
                           is_reserved ? attributes_of_reserved(region, pair, shared)
                                       : attributes_of_memory(region, shared),
                           shared.leaves_out(is_reserved ? E::reserved_split : E::memory_split));
            array.regions = regions_[type].data();
            array.cnt = regions_[type].size();
        }
    }

    static Region attributes_of_reserved(Region region, const OutcomePair &pair, const Shared &shared)
    {
        constexpr int32_t none = -1;
        if (shared.leaves_out(E::reserved_node) ||
            (shared.leaves_out(E::reserved_no_node) && region.nid == pair.before.no_node()))
            region.nid = none;
        if (shared.leaves_out(E::reserved_kern))
            region.flags &= ~flag_kern;
        if (shared.leaves_out(E::reserved_flags))
            region.flags = 0;
        return region;
    }

    static Region attributes_of_memory(Region region, const Shared &shared)
    {
        region.nid = shared.leaves_out(E::memory_node) ? 0 : region.nid;
        region.flags = shared.leaves_out(E::memory_flags) ? 0 : region.flags;
        return region;
    }

    void make_effects(const OutcomePair &pair, const Shared &shared)
    {
        constexpr uint32_t of_effects =
            E::effects | E::texts | E::warnings | E::acceptance | E::reserved_split | E::reserved_node;
        if (!outcome_.effects.count || (shared.messages.empty() && !shared.leaves_out(of_effects)))
            return;
        const Outcome raw = outcome_;
        const uint64_t end_of_pages = start_of_what_has_no_end(pair.before.top());
        text_.assign(1, '\0');
        for (Effect effect : raw.effect_list()) {
            std::string text(raw.text_of(effect));
            const bool had_text = !text.empty();
            const bool is_text = effect.kind == MBLAB_EFFECT_print || effect.kind == MBLAB_EFFECT_seq;
            if (is_text)
                for (const auto message : shared.messages)
                    text = message(text);
            if (shared.leaves_out(is_text ? E::texts : E::effects) || (had_text && text.empty()) ||
                (shared.leaves_out(E::warnings) && effect.kind == MBLAB_EFFECT_warn) ||
                (shared.leaves_out(E::acceptance) && effect.kind == MBLAB_EFFECT_accept_memory))
                continue;
            if (effect.kind == MBLAB_EFFECT_init_reserved_page && shared.leaves_out(E::reserved_node) &&
                !region_at(raw.regions(MBLAB_TYPE_memory), effect.a))
                effect.c = 0; // outside of memory it is the reservation's own
            if (shared.leaves_out(E::reserved_split) && effect.kind == MBLAB_EFFECT_init_reserved_page &&
                (effect.a >= end_of_pages || joins_last(effect)))
                continue;
            effect.text = had_text ? static_cast<uint32_t>(text_.size()) : 0;
            if (had_text)
                text_.append(text) += '\0';
            effects_.push_back(effect);
        }
        outcome_.effects = {effects_.data(), text_.data(), static_cast<uint32_t>(effects_.size()),
                            static_cast<uint32_t>(text_.size())};
    }

    /// Pages that are initialised for one region, and those for the next, where the two could be one: that one would
    /// have the first's node.
    bool joins_last(const Effect &next)
    {
        Effect *last = effects_.empty() ? nullptr : &effects_.back();
        if (!last || last->kind != next.kind || next.a < last->a || next.a > last->b)
            return false;
        last->b = std::max(last->b, next.b);
        return true;
    }

    /// No page is initialised of a region that ends in the last page there is, since the number of the next one wraps.
    /// Of two regions that only touch the first has an end: from where on that is so.
    uint64_t start_of_what_has_no_end(uint64_t top) const
    {
        constexpr uint64_t page = 4096;
        const Regions reserved = outcome_.regions(MBLAB_TYPE_reserved);
        if (reserved.empty() || end_of(reserved.back()) <= top - page)
            return top;
        size_t first = reserved.size() - 1;
        while (first > 0 && end_of(reserved[first - 1]) == reserved[first].base)
            first--;
        return reserved[first].base / page * page;
    }

    Outcome outcome_;
    std::vector<Region> regions_[3];
    std::vector<Effect> effects_;
    std::string text_;
};

/// How a call reads the reserved array.
enum class Reading : uint8_t {
    not_at_all,
    holes,   // what lies between its regions
    entries, // one by one
};

Reading reading_of_reserved(const Op &op)
{
    if (is<ops::memblock_dump_all>(op) || is<ops::for_each_reserved_mem_range>(op) ||
        is<ops::for_each_reserved_mem_region>(op) || is<ops::memblock_region_reserved_base_pfn>(op) ||
        is<ops::memblock_region_reserved_end_pfn>(op))
        return Reading::entries;
    const Family family = op_info(op.kind).family;
    bool named = false,
         excluded = is<ops::for_each_free_mem_range>(op) || is<ops::for_each_free_mem_range_reverse>(op) ||
                    is<ops::for_each_free_mem_pfn_range_in_zone_from>(op) || is<ops::__next_mem_pfn_range_in_zone>(op);
    visit(op, [&](const auto &call) {
        if constexpr (requires { call.type; })
            named |= call.type == MBLAB_TYPE_reserved && (family == Family::region || family == Family::iterate);
        if constexpr (requires { call.file; })
            named |= call.file == MBLAB_TYPE_reserved;
        if constexpr (requires { call.type_b; }) {
            named |= call.type_a == MBLAB_TYPE_reserved;
            excluded |= call.type_b == MBLAB_TYPE_reserved;
        }
    });
    return named ? Reading::entries : excluded ? Reading::holes : Reading::not_at_all;
}

bool walks_to_the_end(const OutcomePair &pair)
{
    bool ends = false;
    visit(pair.op, [&](const auto &call) {
        if constexpr (requires { call.at_most; })
            ends = std::max(pair.a.effects.count, pair.b.effects.count) < call.at_most;
    });
    return ends;
}

/// What reads the array shows what differs in it, also where that is left out: between regions that touch lies a hole
/// of no size.
void leave_out_reading(const OutcomePair &pair, Form &a, Form &b)
{
    const Reading reading = reading_of_reserved(pair.op);
    if (reading == Reading::not_at_all || !same_reserved(a.get(), b.get(), true) ||
        same_reserved(pair.a, pair.b, reading == Reading::entries))
        return;
    const bool compare_ranges = reading == Reading::holes && walks_to_the_end(pair);
    a.forget_answer(compare_ranges);
    b.forget_answer(compare_ranges);
}

bool is_of_state(const Difference &difference)
{
    return difference.where >= Difference::Where::count;
}

/// The first differences in the shared form: of all that is compared, and of the states.
struct Compared {
    std::optional<Difference> first, state;
};

Compared compare(const OutcomePair &pair, const Shared &shared, EffectMask mask)
{
    Form a(pair, pair.a, shared), b(pair, pair.b, shared);
    if (shared.leaves_out(of_reserved))
        leave_out_reading(pair, a, b);
    Compared out{difference(a.get(), b.get(), mask), state_difference(a.get(), b.get())};
    if (out.first && ((is_of_state(*out.first) && shared.leaves_out(E::state)) || shared.leaves_out(E::growth)))
        out.first.reset();
    return out;
}

/// Whether a word of the list, which has blanks between them, is as wanted.
bool any_word(std::string_view list, const auto &is_wanted)
{
    while (!list.empty()) {
        const size_t blank = std::min(list.find(' '), list.size());
        if (is_wanted(list.substr(0, blank)))
            return true;
        list.remove_prefix(std::min(blank + 1, list.size()));
    }
    return false;
}

bool has_word(std::string_view list, std::string_view wanted)
{
    return any_word(list, [=](std::string_view word) { return word == wanted; });
}

/// Whether what is left is what was there before. Regions that lie elsewhere do so whatever their attributes, and a
/// node that differs does whatever it was.
bool is_same(const std::optional<Difference> &a, const std::optional<Difference> &b)
{
    if (!a || !b)
        return !a == !b;
    const auto same_text = [&](size_t side) { return a->effects[side].text == b->effects[side].text; };
    const auto same_interval = [&](size_t side) {
        return interval_of(a->regions[side]) == interval_of(b->regions[side]);
    };
    return a->where == b->where && a->type == b->type && a->index == b->index && a->values == b->values &&
           a->field() == b->field() && same_text(0) && same_text(1) && same_interval(0) && same_interval(1) &&
           (a->where != Difference::Where::region || a->field().ends_with("ranges") ||
            a->signature() == b->signature());
}

std::string_view field_of(const Explains &row, const Difference &difference)
{
    if (!(row.fields & (E::state | E::growth)))
        return difference.field();
    return is_of_state(difference) ? "state" : difference.where <= Difference::Where::result ? "result" : "effects";
}

} // namespace

std::span<const Explains> explains()
{
    return rows;
}

std::span<const ExpectedField> expected_fields()
{
    return fields_expected;
}

bool is_expected_field(std::string_view name)
{
    return std::ranges::find(expected_fields(), name, &ExpectedField::name) != expected_fields().end();
}

std::string names_of_expected_fields()
{
    std::string names;
    for (const ExpectedField &field : expected_fields())
        names.append(names.empty() ? "" : ", ").append(field.name);
    return names;
}

Explanation::Explanation(std::string_view traits)
{
    const auto any_of_these = [&](std::string_view list) {
        return any_word(list, [&](std::string_view id) { return has_word(traits, id); });
    };
    for (const Explains &row : explains())
        if (has_word(traits, row.trait) && (row.follows_from.empty() || any_of_these(row.follows_from)))
            rows_.push_back(&row);
}

bool Explanation::has_traits() const
{
    return std::ranges::any_of(rows_, [](const Explains *row) { return !is_expected_field(row->trait); });
}

std::string differing_traits(std::span<const Answers> answers)
{
    std::string ids;
    for (size_t i = 0; i < traits().size(); i++) {
        const auto is_as_first = [&](const Answers &each) { return each[i] == answers.front()[i]; };
        const auto is_described = [&](const Answers &each) { return !each.meaning(i).starts_with('"'); };
        if (std::ranges::all_of(answers, is_described) && !std::ranges::all_of(answers, is_as_first))
            ids.append(ids.empty() ? "" : " ").append(traits()[i].id);
    }
    return ids;
}

Explanation::Verdict Explanation::judge(const OutcomePair &pair, EffectMask mask) const
{
    Verdict verdict;
    Shared shared;
    Compared compared{difference(pair.a, pair.b, mask), state_difference(pair.a, pair.b)};
    for (const Explains *row : rows_) {
        if (!compared.first || (row->applies && !row->applies(pair)))
            continue;
        shared.add(*row);
        Compared next = compare(pair, shared, mask);
        if (!is_same(next.first, compared.first)) {
            verdict.explained.push_back({row->trait, field_of(*row, *compared.first), *compared.first});
            // Where states part, that is one thing, and what the call answered another.
            if (row->fields & (E::state | E::growth) && next.state && !is_same(next.state, compared.first))
                verdict.explained.push_back({row->trait, field_of(*row, *next.state), *next.state});
        }
        compared = std::move(next);
    }
    verdict.unexplained = std::move(compared.first);
    verdict.states_agree = !compared.state;
    return verdict;
}

std::shared_ptr<const Explanation> explanation_for(std::span<Engine *const> engines)
{
    std::vector<Answers> answers;
    for (Engine *engine : engines)
        answers.push_back(ask(*engine));
    return std::make_shared<const Explanation>(differing_traits(answers));
}

} // namespace mblab
