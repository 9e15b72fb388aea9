// SPDX-License-Identifier: GPL-2.0-or-later
// Runs the contracts of an op, in the order of the table, and lets the excused breaches pass.
#include "core/oracle/laws/contracts.hpp"

#include "core/oracle/laws/context.hpp"

namespace mblab {
namespace {

/// A contract, and where it stands in the table.
struct Promise {
    const Contract *contract;
    size_t index;
};

/// What a call was besides its kind, as far as contracts ask: the bits of a situation.
constexpr size_t returned = 1, effective = 2, changed = 4, doubled = 8, situations = 16;

bool is_met(const Contract &contract, size_t situation)
{
    constexpr std::array<size_t, 4> occasions = {0, effective, changed, doubled};
    const size_t wanted = occasions[static_cast<size_t>(contract.occasion)] | (contract.of_exits ? 0 : returned);
    return (situation & wanted) == wanted;
}

/// The contracts to check, by kind of op and situation: most calls change nothing, and most contracts are of changes.
using Relevant = std::array<std::array<std::vector<Promise>, situations>, MBLAB_OP_COUNT>;

const Relevant &relevant()
{
    static const Relevant lists = [] {
        Relevant made;
        for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
            for (size_t situation = 0; situation < situations; situation++)
                for (const Contract &contract : contracts())
                    if (contract.applies(kind) && is_met(contract, situation))
                        made[kind][situation].push_back(
                            {&contract, static_cast<size_t>(&contract - contracts().data())});
        return made;
    }();
    return lists;
}

bool matches(std::string_view pattern, std::string_view id)
{
    return pattern.ends_with(".*") ? id.starts_with(pattern.substr(0, pattern.size() - 1)) : id == pattern;
}

bool covers(const Excuse &excuse, const Contract &contract)
{
    std::string_view rest = excuse.contracts;
    for (size_t space; (space = rest.find(' ')) != rest.npos; rest.remove_prefix(space + 1))
        if (matches(rest.substr(0, space), contract.id))
            return true;
    return matches(rest, contract.id);
}

/// A call that was not made, or that ran out of the lab's own budget, says nothing of memblock.
bool was_made(mblab_exit exit)
{
    return exit == MBLAB_RETURNED || exit == MBLAB_BUG || exit == MBLAB_PANIC;
}

} // namespace

struct Checker::State {
    explicit State(const Variant &variant) : context(variant) {}

    const Relevant &promises = relevant();
    contract::Context context;
    std::vector<uint64_t> evaluations = std::vector<uint64_t>(contracts().size());
    std::vector<uint64_t> excused = std::vector<uint64_t>(excuses().size());
    bool silent = false; // nothing can be said until the next reset

    /// Whether an excuse covers the breach; notes its use.
    bool is_excused(const Contract &contract)
    {
        for (size_t i = 0; i < excuses().size(); i++) {
            const Excuse &excuse = excuses()[i];
            if (!covers(excuse, contract) || !excuse.applies(context))
                continue;
            excused[i]++;
            silent |= excuse.ends_trace;
            return true;
        }
        return false;
    }

    std::optional<Breach> check(uint16_t kind, bool has_returned)
    {
        const size_t situation = (has_returned ? returned : 0) | (context.outcome().effects.count ? effective : 0) |
                                 (context.changed ? changed : 0) | (context.doublings.empty() ? 0 : doubled);
        for (const auto [contract, index] : promises[kind][situation]) {
            const contract::Verdict verdict = contract->check(context);
            evaluations[index] += verdict != contract::Verdict::not_applicable;
            if (verdict != contract::Verdict::broken)
                continue;
            if (!is_excused(*contract))
                return Breach{contract->id, context.explanation()};
            if (silent)
                break;
        }
        return std::nullopt;
    }
};

Checker::Checker(const Variant &variant) : state_(std::make_unique<State>(variant))
{
    reset();
}

Checker::Checker(Checker &&) noexcept = default;
Checker &Checker::operator=(Checker &&) noexcept = default;
Checker::~Checker() = default;

void Checker::reset()
{
    state_->context.reset();
    state_->silent = false;
}

std::optional<Breach> Checker::after(const Op &op, const Outcome &outcome)
{
    const mblab_exit exit = outcome.result.exit;
    if (state_->silent || exit == MBLAB_ABSENT || exit == MBLAB_REFUSED)
        return std::nullopt;
    if (!was_made(exit)) {
        state_->silent = true;
        return std::nullopt;
    }
    state_->context.begin(op, outcome);
    const std::optional<Breach> breach = state_->check(op.kind, exit == MBLAB_RETURNED);
    state_->silent |= exit != MBLAB_RETURNED || breach.has_value() || state_->context.array_is_unprotected();
    if (!state_->silent)
        state_->context.remember();
    return breach;
}

std::span<const uint64_t> Checker::evaluations() const
{
    return state_->evaluations;
}

std::span<const uint64_t> Checker::excused() const
{
    return state_->excused;
}

} // namespace mblab
