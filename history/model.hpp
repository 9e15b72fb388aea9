// SPDX-License-Identifier: GPL-2.0-or-later
// The second opinion of bump and bootmem: sets of free pages, looked through one by one.
#pragma once

#include "core/op/bootmem.hpp"
#include "history/predecessor.hpp"

#include <map>
#include <set>

namespace mblab::history {

class PageModel final : public Predecessor {
  public:
    PageModel();

    bool has(uint16_t kind) const override;
    void stand_beside(const Engine &other) override;
    bool arrays_are_in_memory() const override { return false; }

  protected:
    void forget() override;
    void call(const Op &op) override;
    Layout layout() const override;

  private:
    using Page = uint64_t;
    struct Span {
        int32_t nid = 0;
        Page end = 0;
        std::set<Page> free;
        uint64_t map = 0, map_size = 0; // bytes
        uint64_t last_byte_end = 0;     // of the last block
        Page next = 0;                  // to be tried first
    };
    using Spans = std::map<Page, Span>; // by first page

    void call_bump(const Op &op);
    void add_span(const ops::init_bootmem_node &asked);
    Spans::iterator span_of(int32_t nid);
    void change_pages(const Op &op, uint64_t address, uint64_t size, int32_t nid);
    bool change_run(Spans::iterator span, Page first, Page end, bool take, bool exclusive);
    uint64_t block_for(BootmemRequest request);
    uint64_t block_in(Spans::iterator span, const BootmemRequest &request);
    std::optional<Page> first_fit(Spans::iterator span, Page from, Page end, uint64_t step, uint64_t count) const;
    uint64_t cut(Spans::iterator span, Page first, const BootmemRequest &request);
    void clear(uint64_t address, uint64_t size);
    uint64_t give_all();

    std::vector<bool> beside_; // by kind: what the engine has that it stands beside; empty: it stands alone
    Spans spans_;
    bool over_ = false;
    uint64_t bump_first_ = 0, bump_next_ = 0, bump_end_ = 0; // bump_end_ 0: not set up
};

} // namespace mblab::history
