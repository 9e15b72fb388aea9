// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/search/minimize.hpp"

#include <algorithm>
#include <bit>
#include <tuple>

namespace mblab {
namespace {

class Minimizer {
  public:
    Minimizer(Trace trace, const Shows &shows, size_t questions)
        : trace_(std::move(trace)), shows_(shows), questions_(questions)
    {
    }

    Trace run()
    {
        if (!try_instead(trace_))
            return trace_;
        // Simpler numbers make more ops superfluous, and the other way round.
        for (size_t before = 0; before != asked_changes_;) {
            before = asked_changes_;
            drop_ops();
            move_down();
            simplify_numbers();
        }
        return trace_;
    }

  private:
    bool try_instead(const Trace &candidate)
    {
        if (questions_ == 0)
            return false;
        questions_--;
        if (!shows_(candidate))
            return false;
        trace_ = candidate;
        return true;
    }

    bool keep(const Trace &candidate)
    {
        const bool kept = try_instead(candidate);
        asked_changes_ += kept;
        return kept;
    }

    /// Half of the ops at a time, then a quarter, down to one by one; from the end, where most are superfluous.
    void drop_ops()
    {
        for (size_t chunk = std::bit_floor(std::max<size_t>(trace_.steps.size(), 1)); chunk > 0; chunk /= 2) {
            for (size_t end = trace_.steps.size(); end > 0;) {
                const size_t begin = end > chunk ? end - chunk : 0;
                Trace candidate = trace_;
                const auto first = candidate.steps.begin();
                candidate.steps.erase(first + static_cast<ptrdiff_t>(begin), first + static_cast<ptrdiff_t>(end));
                keep(candidate);
                end = begin;
            }
        }
    }

    /// All addresses by as much, so that the lowest is in the first page, or in the second.
    void move_down()
    {
        const auto each_address = [](Trace &trace, const auto &visit) {
            for (Step &step : trace.steps)
                for (size_t i = 0; i < op_info(step.op.kind).parameter_count; i++)
                    if (is_address(op_info(step.op.kind).parameters[i].kind) && step.op.arg[i])
                        visit(step.op.arg[i]);
        };
        uint64_t lowest = ~uint64_t{0};
        each_address(trace_, [&](uint64_t address) { lowest = std::min(lowest, address); });
        for (const uint64_t first : {uint64_t{0}, page})
            if (const uint64_t distance = lowest / page * page - first; lowest >= first + page && ~lowest) {
                Trace candidate = trace_;
                each_address(candidate, [&](uint64_t &address) { address -= ~address ? distance : 0; });
                normalize(candidate);
                if (keep(candidate))
                    return;
            }
    }

    void simplify_numbers()
    {
        for (size_t step = 0; step < trace_.steps.size(); step++)
            for (size_t i = 0; i < op_info(trace_.steps[step].op.kind).parameter_count; i++)
                simplify(step, i);
    }

    /// The first of the simpler numbers that does. Simple is: none, one, a page, few bits.
    void simplify(size_t step, size_t i)
    {
        const uint64_t value = trace_.steps[step].op.arg[i];
        const bool of_pages = counts_bytes(op_info(trace_.steps[step].op.kind).parameters[i].kind);
        const uint64_t simpler[] = {0,
                                    1,
                                    page,
                                    2 * page,
                                    0x10000,
                                    0x100000,
                                    std::bit_floor(value),
                                    value & ~uint64_t{0xfffff},
                                    value & ~(page - 1),
                                    (value | (page - 1)) + 1,
                                    value & ~(std::bit_floor(value) >> 1),
                                    value - 1,
                                    value / 2};
        for (const uint64_t number : simpler) {
            if (weight(number, of_pages) >= weight(value, of_pages))
                continue;
            Trace candidate = trace_;
            candidate.steps[step].op.arg[i] = number;
            normalize(candidate);
            if (keep(candidate))
                return;
        }
    }

    static bool is_address(ParameterKind kind)
    {
        return kind == ParameterKind::addr || kind == ParameterKind::virt || kind == ParameterKind::end;
    }

    /// Bytes are thought of in pages, where that does.
    static bool counts_bytes(ParameterKind kind) { return is_address(kind) || kind == ParameterKind::size; }

    /// In a strict order, so that the search ends: whole pages first, then fewer digits that are not zeros, then the
    /// smaller number.
    static std::tuple<bool, int, uint64_t> weight(uint64_t value, bool of_pages)
    {
        int digits = 0;
        for (uint64_t rest = value; rest; rest >>= 4)
            digits += (rest & 0xf) != 0;
        return {of_pages && value % page != 0, digits, value};
    }

    static constexpr uint64_t page = 0x1000;

    Trace trace_;
    const Shows &shows_;
    size_t questions_;
    size_t asked_changes_ = 1; // candidates that were kept, of which the first is the trace itself
};

} // namespace

Trace minimize(Trace trace, const Shows &shows, size_t questions)
{
    for (Step &step : trace.steps)
        step.expected.reset();
    return Minimizer(std::move(trace), shows, questions).run();
}

} // namespace mblab
