// SPDX-License-Identifier: GPL-2.0-or-later
// Kexec handover: named reservations that the kernel before left, and those that this one leaves.
#pragma once

#include "core/oracle/model/memory.hpp"

namespace mblab::model_detail {

class Handover : public Memory {
  public:
    using Memory::Memory;

    void run(const ops::world_kho &call) { kho_.enabled = call.enabled; }
    void run(const ops::world_kho_fails &call) { kho_.calls_to_failure = call.call; }
    void run(const ops::world_kho_reserve_mem &call) { kho_.leave(call.name, call.base, call.size, call.form); }

    /// The names and their pages to the next kernel, with a page that says so; in most dialects all or nothing.
    int run(const ops::reserve_mem_init &)
    {
        if (std::exchange(kho_.done, true))
            throw Left{MBLAB_REFUSED}; // once in a boot
        if (!kho_.enabled || state_.names.empty())
            return 0;
        const uint64_t tree = tree_address() + page, pfn = pfn_down(tree);
        const bool has_page = !call_fails() && state_.slab == MBLAB_SLAB_UP;
        log_.record(MBLAB_EFFECT_alloc_page, has_page ? pfn : 0);
        if (!has_page)
            return -ENOMEM;
        if (!dialect_.handover_is_whole) {
            for (const NamedRange &range : state_.names)
                preserve(pfn_down(range.start), pages_of(range));
            preserve(pfn, 1);
            recorded_call(MBLAB_EFFECT_kho_add_subtree, tree, 0);
            return 0; // what failed is told to whoever puts the handover together
        }
        int error = preserve(pfn, 1);
        if (!error) {
            error = recorded_call(MBLAB_EFFECT_kho_add_subtree, tree, 0);
            if (!error) {
                error = preserve_names();
                if (error)
                    log_.record(MBLAB_EFFECT_kho_remove_subtree, tree);
            }
            if (error)
                log_.record(MBLAB_EFFECT_kho_unpreserve_pages, pfn, 1);
        }
        if (error)
            log_.record(MBLAB_EFFECT_put_page, pfn);
        return error;
    }

  protected:
    /// Whether the kernel before left a range of this name, size and alignment; it has the name then.
    bool revive(std::string_view name, uint64_t size, uint64_t align)
    {
        const auto has_name = [=](const HandedOver &range) { return range.is_called(name); };
        if (!dialect_.functions[MBLAB_OP_reserve_mem_init] || !is_retrieved())
            return false;
        const auto found = std::ranges::find_if(kho_.left, has_name);
        if (found == kho_.left.end() || found->form != MBLAB_KHO_GOOD)
            return false;
        const uint64_t start = wrap(found->start);
        const bool fits = !(start & (align - 1)) && wrap(found->size) == size;
        if (fits)
            state_.names.push_back({std::string(name), start, size});
        return fits;
    }

  private:
    HandoverState &kho_ = state_.kho;

    uint64_t tree_address() const { return state_.top() >> 32 ? MBLAB_KHO_ADDR_64 : MBLAB_KHO_ADDR_32; }

    /// Whether this is the call that the world was told to let fail.
    bool call_fails() { return kho_.calls_to_failure && --kho_.calls_to_failure == 0; }

    int recorded_call(mblab_effect_kind kind, uint64_t a, uint64_t b)
    {
        const int error = call_fails() ? -ENOMEM : 0;
        log_.record(kind, a, b, static_cast<uint64_t>(error));
        return error;
    }

    int preserve(uint64_t pfn, uint64_t pages) { return recorded_call(MBLAB_EFFECT_kho_preserve_pages, pfn, pages); }

    static uint64_t pages_of(const NamedRange &range) { return static_cast<uint32_t>(range.size >> page_shift); }

    int preserve_names()
    {
        for (size_t done = 0; done < state_.names.size(); done++) {
            const int error = preserve(pfn_down(state_.names[done].start), pages_of(state_.names[done]));
            for (size_t i = 0; error && i < done; i++)
                log_.record(MBLAB_EFFECT_kho_unpreserve_pages, pfn_down(state_.names[i].start),
                            pages_of(state_.names[i]));
            if (error)
                return error;
        }
        return 0;
    }

    /// Whether there is a tree of the kernel before that can be read. Once it can it stays.
    bool is_retrieved()
    {
        const auto spoils_all = [](const HandedOver &range) { return range.form == MBLAB_KHO_OTHER_ROOT; };
        if (kho_.retrieved)
            return true;
        if (call_fails() || kho_.left.empty())
            return false;
        kho_.sealed = true;
        kho_.retrieved = std::ranges::none_of(kho_.left, spoils_all);
        return kho_.retrieved;
    }
};

} // namespace mblab::model_detail
