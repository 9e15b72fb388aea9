// SPDX-License-Identifier: GPL-2.0-or-later
// Which calls of memblock are the kernel's own, and which memblock makes of itself.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>

namespace mblab::recording {

/// Follows one outermost call per kernel stack. Kernel threads and processors have a stack each, so they do not mix.
/// Call is what the recorder keeps of a call until it returns.
template <typename Call> class CallStack {
  public:
    struct Frame {
        uint64_t stack_at_entry;
        uint64_t return_address;
        uint64_t stack_after_return;
        Call call;
    };

    enum class Entry : uint8_t {
        outermost, // nobody is inside memblock on this stack
        nested,    // an outermost call has not returned: this one is memblock's own, or its tail call
        lost,      // an outermost call on this stack has left without its return being seen
    };

    /// What a call that begins with this stack pointer and return address is.
    Entry classify(uint64_t stack_at_entry, uint64_t return_address) const
    {
        const auto found = frames_.find(stack_of(stack_at_entry));
        if (found == frames_.end())
            return Entry::outermost;
        const Frame &outer = found->second;
        if (stack_at_entry < outer.stack_at_entry)
            return Entry::nested;
        // A tail call jumps: its frame begins where the caller's did, and it returns to the caller's caller.
        const bool tail = stack_at_entry == outer.stack_at_entry && return_address == outer.return_address;
        return tail ? Entry::nested : Entry::lost;
    }

    /// An outermost call begins. One that was lost on the same stack is forgotten.
    void enter(Frame frame) { frames_.insert_or_assign(stack_of(frame.stack_at_entry), std::move(frame)); }

    /// The outermost call that returns at this address with this stack pointer, if one does.
    /// The same address may be reached on another stack, or by a recursion of the caller's, which is no return of it.
    Frame *returning(uint64_t program_counter, uint64_t stack_pointer)
    {
        for (auto &[stack, frame] : frames_)
            if (frame.return_address == program_counter && frame.stack_after_return == stack_pointer)
                return &frame;
        return nullptr;
    }

    /// The call that was lost on the stack of this pointer. Only after classify said so.
    Frame &lost(uint64_t stack_at_entry) { return frames_.at(stack_of(stack_at_entry)); }

    /// An outermost call ends. Returns its frame.
    Frame leave(Frame &frame)
    {
        Frame ended = std::move(frame);
        frames_.erase(stack_of(ended.stack_at_entry));
        return ended;
    }

    /// Whether an outermost call is to return to this address.
    bool awaits(uint64_t return_address) const
    {
        for (const auto &[stack, frame] : frames_)
            if (frame.return_address == return_address)
                return true;
        return false;
    }

    bool empty() const { return frames_.empty(); }

  private:
    /// Kernel stacks of x86-64 and arm64 are 16 KB and aligned so.
    static uint64_t stack_of(uint64_t stack_pointer) { return stack_pointer >> 14; }

    std::unordered_map<uint64_t, Frame> frames_;
};

} // namespace mblab::recording
