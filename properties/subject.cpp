// SPDX-License-Identifier: GPL-2.0-or-later
#include "subject.hpp"

#include "core/run/catalog.hpp"

#include <fmt/format.h>
#include <rapidcheck.h>

#include <algorithm>

namespace mblab::property {
namespace {

Regions values(const mblab_type_state &array)
{
    return array.cnt ? Regions(array.regions, array.regions + array.cnt) : Regions();
}

bool equal(const Regions &a, const Regions &b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Region &x, const Region &y) { return x == y; });
}

uint64_t hash_of(const Snapshot &snapshot)
{
    uint64_t hash = snapshot.bottom_up;
    for (const Regions *regions : {&snapshot.memory, &snapshot.reserved, &snapshot.physmem})
        for (const Region &region : *regions)
            for (const uint64_t part :
                 {region.base, region.size, uint64_t{region.flags}, static_cast<uint64_t>(region.nid)})
                hash = (hash ^ part) * 0x9e3779b97f4a7c15 ^ hash >> 29;
    return hash;
}

} // namespace

const Regions &Snapshot::of(mblab_type type) const
{
    return type == MBLAB_TYPE_memory ? memory : type == MBLAB_TYPE_reserved ? reserved : physmem;
}

bool Snapshot::operator==(const Snapshot &other) const
{
    return equal(memory, other.memory) && equal(reserved, other.reserved) && equal(physmem, other.physmem) &&
           limit == other.limit && bottom_up == other.bottom_up;
}

std::string show(const Snapshot &snapshot)
{
    std::string text;
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved, MBLAB_TYPE_physmem})
        for (const Region &region : snapshot.of(type))
            text += fmt::format("  {} [{:#x}, {:#x}) flags {:#x} nid {}\n", print_value(ParameterKind::type, type),
                                region.base, region.base + region.size, region.flags, region.nid);
    return text + fmt::format("  limit {:#x}{}\n", snapshot.limit, snapshot.bottom_up ? ", bottom-up" : "");
}

std::string show(const Walk &walk)
{
    std::string text;
    for (const Step &step : walk)
        text += fmt::format("  [{:#x}, {:#x}) nid {}\n", step.start, step.end, step.nid);
    return walk.empty() ? "  nothing\n" : text;
}

std::string show(uint64_t number)
{
    return fmt::format("  {:#x}\n", number);
}

Subject::Subject(std::string name, std::string variant, const Bug *bug)
    : name_(std::move(name)), home_(std::move(variant)), bug_(bug)
{
    use(home_);
}

void Subject::use(std::string_view variant)
{
    current_ = variant;
    std::unique_ptr<Engine> &engine = engines_[current_];
    if (!engine) {
        engine = open_engine(name_, variant);
        if (bug_)
            engine = std::make_unique<Mutant>(std::move(engine), *bug_);
    }
    engine_ = engine.get();
}

void Subject::begin_case()
{
    cases_++;
    runs_.clear();
    use(home_);
}

void Subject::start()
{
    engine_->reset();
    runs_.push_back({variant_options(current_), {}});
}

Snapshot Subject::reached()
{
    Snapshot left = snapshot();
    if (runs_.size() == 1)
        distinct_.insert(hash_of(left));
    return left;
}

Answer Subject::attempt(const Op &op)
{
    const Outcome &outcome = engine_->run(op);
    runs_.back().add(op);
    if (outcome.result.exit == MBLAB_RETURNED && outcome.result.count)
        runs_.back().steps.back().expected = outcome.result.value[0];
    return {outcome.result, {outcome.effect_list().begin(), outcome.effect_list().end()}};
}

Answer Subject::call(const Op &op)
{
    Answer answer = attempt(op);
    if (answer.result.exit == MBLAB_ABSENT && name_ != "port")
        throw Absent{op.kind};
    if (answer.result.exit != MBLAB_RETURNED)
        fail("every call returns", fmt::format("  the last: {}\n", exit_name(answer.result.exit)));
    return answer;
}

void Subject::make(const Op &op)
{
    call(op);
}

void Subject::make(const Ops &ops)
{
    for (const Op &op : ops)
        make(op);
}

Walk Subject::walk(const Op &op)
{
    Walk walk;
    for (const Effect &effect : call(op).effects)
        if (effect.kind == MBLAB_EFFECT_range)
            walk.push_back({effect.a, effect.b, static_cast<int32_t>(effect.c)});
    return walk;
}

Snapshot Subject::snapshot()
{
    const mblab_state &state = engine_->state();
    return {values(state.type[MBLAB_TYPE_memory]), values(state.type[MBLAB_TYPE_reserved]),
            values(state.type[MBLAB_TYPE_physmem]), state.current_limit, state.bottom_up};
}

void Subject::cover(unsigned percent, std::string_view situation, bool met)
{
    situations_.try_emplace(std::string(situation), Situation{percent}).first->second.met += met;
}

bool Subject::well_covered() const
{
    if (absent_ != MBLAB_OP_COUNT) {
        fmt::print("  not checked: there is no {}\n", op_info(absent_).name);
        return true;
    }
    bool good = !situations_.empty() && distinct_.size() * 2 >= cases_;
    fmt::print("  {} cases, {} different states to begin with\n", cases_, distinct_.size());
    for (const auto &[what, situation] : situations_) {
        const bool enough = situation.met * 100 >= situation.percent * cases_;
        fmt::print("  {} % {}{}\n", situation.met * 100 / cases_, what,
                   enough ? "" : fmt::format(": TOO FEW, wanted {} %", situation.percent));
        good &= enough;
    }
    return good;
}

void Subject::fail(std::string_view what, const std::string &detail) const
{
    failed_ = true;
    std::string text = fmt::format("\n# fails on {}: {}\n{}", name_, what, detail);
    for (size_t i = 0; i < runs_.size(); i++)
        text += fmt::format("# ---- run {} of {} ----\n{}", i + 1, runs_.size(), print_trace(runs_[i]));
    RC_FAIL(text);
    __builtin_unreachable();
}

} // namespace mblab::property
