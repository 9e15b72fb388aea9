// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/search/mutate.hpp"

#include <algorithm>
#include <array>

namespace mblab {
namespace {

constexpr uint64_t page = 4096;

bool names_address(const Parameter &parameter)
{
    return parameter.kind == ParameterKind::addr || parameter.kind == ParameterKind::end ||
           parameter.kind == ParameterKind::virt;
}

bool begins_range(const OpInfo &info, size_t i)
{
    return names_address(info.parameters[i]) && i + 1 < info.parameter_count &&
           info.parameters[i + 1].kind == ParameterKind::size;
}

bool has_history(const Trace &trace)
{
    return std::ranges::any_of(trace.steps, [](const Step &step) { return is_of_history(step.op.kind); });
}

/// A trace of memblock's predecessors stays one: their calls mean nothing to others.
std::span<const uint16_t> kinds_for(const Trace &trace)
{
    return has_history(trace) ? history_ops() : memblock_ops();
}

class Mutator {
  public:
    Mutator(Trace &trace, Random &random) : trace_(trace), random_(random), generator_(random, kinds_for(trace)) {}

    void mutate()
    {
        static constexpr std::array changes = {
            &Mutator::insert,     &Mutator::insert,      &Mutator::drop,         &Mutator::swap,
            &Mutator::duplicate,  &Mutator::retarget,    &Mutator::retarget,     &Mutator::make_adjacent,
            &Mutator::overlap,    &Mutator::replace,     &Mutator::nudge_number, &Mutator::nudge_number,
            &Mutator::fill_array, &Mutator::change_kind, &Mutator::ask_again,    &Mutator::ask_again,
            &Mutator::set_stage,
        };
        if (trace_.steps.empty())
            insert();
        (this->*changes[random_.below(changes.size())])();
    }

  private:
    size_t any_index() { return random_.below(trace_.steps.size()); }
    Op &any_op() { return trace_.steps[any_index()].op; }

    void insert()
    {
        const size_t end = trace_.steps.size(), at = random_.chance(40) ? end : random_.below(end + 1);
        trace_.steps.insert(trace_.steps.begin() + static_cast<ptrdiff_t>(at), Step{related_op(), {}});
    }

    /// A switch, thrown before all other calls: much of what is rare hides behind one, and comes too late anywhere
    /// else.
    void set_stage()
    {
        static constexpr std::array<uint16_t, 7> switches = {
            MBLAB_OP_memblock_allow_resize, MBLAB_OP_memblock_set_bottom_up,    MBLAB_OP_early_param,
            MBLAB_OP_world_movable_node,    MBLAB_OP_world_mirrored_kernelcore, MBLAB_OP_world_max_low_pfn,
            MBLAB_OP_world_online_nodes};
        trace_.steps.insert(trace_.steps.begin(), Step{generator_.draw(switches[random_.below(switches.size())]), {}});
    }

    void drop() { trace_.steps.erase(trace_.steps.begin() + static_cast<ptrdiff_t>(any_index())); }
    void swap() { std::swap(trace_.steps[any_index()], trace_.steps[any_index()]); }
    void replace() { any_op() = related_op(); }

    /// A new op, which more often than not speaks of the range, the node or the frame that another op speaks of: a call
    /// that meets nothing shows nothing.
    Op related_op()
    {
        Op op = generator_.any_op();
        if (!trace_.steps.empty() && random_.chance(70))
            borrow(op, any_op());
        return op;
    }

    void borrow(Op &op, const Op &other)
    {
        const OpInfo &mine = op_info(op.kind), &its = op_info(other.kind);
        for (size_t i = 0; i < mine.parameter_count; i++)
            for (size_t j = 0; j < its.parameter_count; j++) {
                if (mine.parameters[i].kind != its.parameters[j].kind || mine.parameters[i].kind == ParameterKind::size)
                    continue;
                op.arg[i] = other.arg[j];
                if (begins_range(mine, i) && begins_range(its, j))
                    op.arg[i + 1] = other.arg[j + 1];
                break;
            }
    }

    void duplicate()
    {
        const Step copy = trace_.steps[any_index()];
        trace_.steps.insert(trace_.steps.begin() + static_cast<ptrdiff_t>(any_index()), copy);
    }

    /// A call of the trace once more at its end, where all has happened, with one of its numbers another.
    void ask_again()
    {
        trace_.steps.push_back(trace_.steps[any_index()]);
        renew_number(trace_.steps.back().op);
    }

    void renew_number(Op &op)
    {
        const OpInfo &info = op_info(op.kind);
        if (!info.parameter_count)
            return;
        const size_t which = random_.below(info.parameter_count);
        op.arg[which] = generator_.number(info.parameters[which].kind);
    }

    /// The same numbers to another function of the family: reserve becomes free, alloc becomes alloc_raw.
    void change_kind()
    {
        Op &op = any_op();
        const OpInfo &info = op_info(op.kind);
        for (int attempt = 0; attempt < 20; attempt++) {
            const std::span<const uint16_t> kinds = kinds_for(trace_);
            const uint16_t kind = kinds[random_.below(kinds.size())];
            if (op_info(kind).family == info.family) {
                op.kind = kind;
                return;
            }
        }
    }

    uint64_t some_boundary()
    {
        for (int attempt = 0; attempt < 20; attempt++) {
            const Op &op = any_op();
            const OpInfo &info = op_info(op.kind);
            for (size_t i = 0; i < info.parameter_count; i++) {
                if (!names_address(info.parameters[i]) || random_.chance(30))
                    continue;
                return op.arg[i] + (begins_range(info, i) && random_.chance(50) ? op.arg[i + 1] : 0);
            }
        }
        return random_.below(256) * page;
    }

    uint64_t nudge()
    {
        static constexpr std::array<int64_t, 6> nudges = {0, 0, 1, -1, int64_t{page}, -int64_t{page}};
        return static_cast<uint64_t>(nudges[random_.below(nudges.size())]);
    }

    /// Move an address to where some range begins or ends, give or take one.
    void retarget()
    {
        Op &op = any_op();
        const OpInfo &info = op_info(op.kind);
        for (size_t i = 0; i < info.parameter_count; i++)
            if (names_address(info.parameters[i]))
                op.arg[i] = some_boundary() + nudge();
    }

    /// Make a range end where another begins.
    void make_adjacent()
    {
        Op &op = any_op();
        const OpInfo &info = op_info(op.kind);
        for (size_t i = 0; i < info.parameter_count; i++)
            if (begins_range(info, i))
                op.arg[i + 1] = some_boundary() - op.arg[i];
    }

    /// Make a range begin in the middle of another.
    void overlap()
    {
        const Op other = any_op();
        const OpInfo &info = op_info(other.kind);
        Op &op = any_op();
        const OpInfo &mine = op_info(op.kind);
        for (size_t i = 0; i < info.parameter_count && i < mine.parameter_count; i++)
            if (begins_range(info, i) && begins_range(mine, i))
                op.arg[i] = other.arg[i] + (other.arg[i + 1] / 2 & ~(page - 1));
    }

    void nudge_number()
    {
        Op &op = any_op();
        const OpInfo &info = op_info(op.kind);
        if (!info.parameter_count)
            return;
        if (random_.chance(40)) {
            renew_number(op);
            return;
        }
        uint64_t &number = op.arg[random_.below(info.parameter_count)];
        switch (random_.below(6)) {
        case 0:
            number += nudge();
            break;
        case 1:
            number = uint64_t{1} << random_.below(64);
            break;
        case 2:
            number = ~uint64_t{0} - random_.below(3);
            break;
        case 3:
            number = random_.below(33);
            break;
        case 4:
            number <<= 1;
            break;
        default:
            number = random_.below(1024) * page;
        }
    }

    /// A run of ranges with holes between them, as many as fill an array to its limit, give or take one.
    void fill_array()
    {
        static constexpr std::array<uint16_t, 4> kinds = {MBLAB_OP_memblock_add, MBLAB_OP_memblock_reserve,
                                                          MBLAB_OP_memblock_reserve, MBLAB_OP_memblock_remove};
        static constexpr std::array<uint64_t, 5> sizes = {4, 8, 16, 64, 128};
        const uint64_t count = sizes[random_.below(sizes.size())] - 2 + random_.below(4);
        const uint64_t stride = (2 + random_.below(4)) * page, size = page * (1 + random_.below(2));
        const uint64_t start = some_boundary();
        const uint16_t kind = kinds[random_.below(kinds.size())];
        std::vector<Step> run;
        for (uint64_t i = 0; i < count && trace_.steps.size() + run.size() < fuzz_steps_max; i++)
            run.push_back({make_op(static_cast<mblab_op_kind>(kind), {start + i * stride, size}), {}});
        const auto at = static_cast<ptrdiff_t>(random_.below(trace_.steps.size() + 1));
        trace_.steps.insert(trace_.steps.begin() + at, run.begin(), run.end());
    }

    Trace &trace_;
    Random &random_;
    Generator generator_;
};

/// All but a few traces are kept short, whatever they were made from: a search among long ones is slow, and what it
/// finds is hard to read. The few may be as long as it takes to fill an array. What is too much is cut out of anywhere
/// but not off the end, where calls meet what the others have made.
void fit(Trace &trace, Random &random)
{
    constexpr unsigned short_percent = 95;
    const size_t limit = random.chance(short_percent) ? 4 + random.below(13) : fuzz_steps_max;
    if (trace.steps.size() > limit) {
        const size_t excess = trace.steps.size() - limit;
        const auto from = trace.steps.begin() + static_cast<ptrdiff_t>(random.below(limit));
        trace.steps.erase(from, from + static_cast<ptrdiff_t>(excess));
    }
    normalize(trace);
}

} // namespace

void mutate(Trace &trace, Random &random)
{
    Mutator mutator(trace, random);
    for (uint64_t left = 1 + random.below(4); left > 0; left--)
        mutator.mutate();
    fit(trace, random);
}

Trace splice(const Trace &head, const Trace &tail, Random &random)
{
    Trace out = head;
    out.steps.resize(random.below(head.steps.size() + 1));
    const size_t from = random.below(tail.steps.size() + 1);
    out.steps.insert(out.steps.end(), tail.steps.begin() + static_cast<ptrdiff_t>(from), tail.steps.end());
    fit(out, random);
    return out;
}

} // namespace mblab
