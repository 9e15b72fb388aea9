// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/bump.hpp"

#include "history/pages.hpp"

#include <bit>

namespace mblab::history {
namespace {

constexpr uint16_t kinds[] = {MBLAB_OP_bump_setup, MBLAB_OP_bump_take, MBLAB_OP_bump_mem_init};

} // namespace

Bump::Bump() : Predecessor("bump", kinds)
{
    reset();
}

void Bump::forget()
{
    memory_ = {};
    memory_start_ = 0;
    is_over_ = false;
}

void Bump::call(const Op &op)
{
    if (is<ops::bump_setup>(op)) {
        const auto setup = ops::bump_setup::of(op);
        refuse_if(!memory_.empty() || setup.memory_start >= setup.memory_end);
        memory_ = {setup.memory_start, setup.memory_end};
        memory_start_ = setup.memory_start;
        return change();
    }
    refuse_if(memory_.empty() || is_over_);
    if (is<ops::bump_take>(op))
        take(ops::bump_take::of(op).size, ops::bump_take::of(op).align);
    else
        give_rest();
}

/// v2.0 itself compares nothing with memory_end: who asks for too much gets what is not there. The call is not made.
void Bump::take(uint64_t size, uint64_t align)
{
    refuse_if(size == 0 || !std::has_single_bit(align));
    const uint64_t at = align_up(memory_start_, align);
    refuse_if(at < memory_start_ || at > memory_.end || size > memory_.end - at);
    memory_start_ = at + size;
    result(at);
    change();
}

void Bump::give_rest()
{
    const Interval left = whole_pages(memory_start_, memory_.end - memory_start_);
    give_pages(left.start, 0, left.size());
    is_over_ = true;
    result(left.size());
}

Layout Bump::layout() const
{
    Layout shown;
    if (!memory_.empty())
        shown.memory.push_back({memory_.start, memory_.size(), 0, 0});
    if (memory_start_ > memory_.start)
        shown.reserved.push_back({memory_.start, memory_start_ - memory_.start, 0, 0});
    return shown;
}

} // namespace mblab::history
