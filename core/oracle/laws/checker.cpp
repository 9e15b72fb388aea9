// SPDX-License-Identifier: GPL-2.0-or-later
// Runs the laws of an op, in the order of the table, and lets the violations by known issues pass.
#include "core/oracle/laws/call.hpp"

#include <algorithm>

namespace mblab {
namespace {

/// What a call was besides its kind, as far as laws ask: the bits of a situation.
constexpr size_t returned = 1, effective = 2, changed = 4, doubled = 8, situations = 16;

bool is_asked(const Law &law, size_t situation)
{
    constexpr std::array<size_t, 4> occasions = {0, effective, changed, doubled};
    const size_t wanted = occasions[static_cast<size_t>(law.occasion)] | (law.of_exits ? 0 : returned);
    return (situation & wanted) == wanted;
}

/// The laws to check, by kind of op and situation: most calls change nothing, and most laws are of changes.
using Relevant = std::array<std::array<std::vector<const Law *>, situations>, MBLAB_OP_COUNT>;

const Relevant &relevant()
{
    static const Relevant lists = [] {
        Relevant made;
        for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
            for (size_t situation = 0; situation < situations; situation++)
                for (const Law &law : laws())
                    if (law.applies(kind) && is_asked(law, situation))
                        made[kind][situation].push_back(&law);
        return made;
    }();
    return lists;
}

std::span<const Law *const> relevant_to(const law::Call &call)
{
    const size_t situation = (call.outcome.result.exit == MBLAB_RETURNED ? returned : 0) |
                             (call.outcome.effects.count ? effective : 0) | (call.changed ? changed : 0) |
                             (call.doublings.empty() ? 0 : doubled);
    return relevant()[call.op.kind][situation];
}

/// The known issue by which the call violates the law, or null.
const KnownIssue *issue_behind(const Law &law, const law::Call &call)
{
    for (const KnownIssue &issue : known_issues())
        if (issue.is_of(law) && issue.applies(call))
            return &issue;
    return nullptr;
}

/// A call that was not made, or that ran out of the lab's own budget, says nothing of memblock.
bool was_made(mblab_exit exit)
{
    return exit == MBLAB_RETURNED || exit == MBLAB_BUG || exit == MBLAB_PANIC;
}

} // namespace

bool KnownIssue::is_of(const Law &law) const
{
    std::string_view rest = laws;
    while (!rest.empty()) {
        const std::string_view pattern = rest.substr(0, rest.find(' '));
        if (pattern == law.id || (pattern.ends_with(".*") && law.id.starts_with(pattern.substr(0, pattern.size() - 1))))
            return true;
        rest.remove_prefix(std::min(rest.size(), pattern.size() + 1));
    }
    return false;
}

Checker::Checker(const Variant &variant, const Dialect &dialect)
    : state_(variant, dialect), evaluations_(laws().size()), known_(known_issues().size())
{
}

void Checker::reset()
{
    load(State(state_.variant, state_.dialect));
}

void Checker::load(const State &state)
{
    state_ = state; // copied, so that it keeps its memory
    versions_ = {};
    measured_ = checked_ = silent_ = false;
}

std::optional<Violation> Checker::check(const law::Call &call)
{
    const Law *const table = laws().data();
    for (const Law *law : relevant_to(call)) {
        const law::Verdict verdict = law->check(call);
        evaluations_[static_cast<size_t>(law - table)] += verdict.kind != law::Verdict::not_applicable;
        if (verdict.kind != law::Verdict::violated)
            continue;
        const KnownIssue *issue = known_pass_ ? issue_behind(*law, call) : nullptr;
        if (!issue)
            return Violation{law->id, verdict.explanation(), {}, verdict.right};
        known_[static_cast<size_t>(issue - known_issues().data())]++;
        silent_ |= issue->ends_trace;
        if (silent_)
            break;
    }
    return std::nullopt;
}

std::optional<Violation> Checker::check(const Op &op, const Outcome &outcome)
{
    const mblab_exit exit = outcome.result.exit;
    if (silent_ || exit == MBLAB_ABSENT || exit == MBLAB_REFUSED)
        return std::nullopt;
    if (!was_made(exit)) {
        silent_ = true;
        return std::nullopt;
    }
    if (!measured_)
        shapes_ = law::measure(state_);
    measured_ = true;
    law::Call call(state_, shapes_, versions_, op, outcome);
    const std::optional<Violation> violation = check(call);
    silent_ |= exit != MBLAB_RETURNED || violation.has_value() || call.array_is_unprotected();
    shapes_after_ = call.shapes;
    doublings_ = std::move(call.doublings);
    changed_ = call.regions_changed;
    checked_ = true;
    return violation;
}

void Checker::fold(const Op &op, const Outcome &outcome)
{
    if (!checked_) {
        doublings_ = doublings_of(state_, outcome);
        for (size_t type = 0; type < changed_.size(); type++)
            changed_[type] = !outcome.state.type[type].version || outcome.state.type[type].version != versions_[type];
    }
    mblab::fold(state_, op, outcome, doublings_, changed_);
    shapes_ = shapes_after_;
    measured_ = checked_;
    for (size_t type = 0; type < versions_.size(); type++)
        versions_[type] = outcome.state.type[type].version;
    checked_ = false;
}

std::optional<Violation> Checker::after(const Op &op, const Outcome &outcome)
{
    const std::optional<Violation> violation = check(op, outcome);
    fold(op, outcome);
    return violation;
}

std::vector<Violation> violations(const State &before, const Op &op, const Outcome &outcome)
{
    const law::Call call(before, op, outcome);
    std::vector<Violation> found;
    if (!was_made(outcome.result.exit))
        return found;
    for (const Law *law : relevant_to(call)) {
        const law::Verdict verdict = law->check(call);
        if (verdict.kind != law::Verdict::violated)
            continue;
        const KnownIssue *issue = issue_behind(*law, call);
        found.push_back({law->id, verdict.explanation(), issue ? issue->id : "", verdict.right});
        if (issue && issue->ends_trace)
            break;
    }
    return found;
}

Judgement check(const State &before, const Op &op, const Outcome &outcome)
{
    Judgement judgement;
    for (Violation &violation : violations(before, op, outcome)) {
        if (violation.issue.empty())
            judgement.violations.push_back(std::move(violation));
        else
            judgement.known.push_back(violation.issue);
    }
    return judgement;
}

} // namespace mblab
