// SPDX-License-Identifier: GPL-2.0-or-later
// bootmem as v2.6.26 to v4.19 have it: for each node a bit a page, in memory that the architecture had to find.
// First fit from a goal; the end of the last block of a node is kept, so that small blocks share a page.
#pragma once

#include "core/op/bootmem.hpp"
#include "history/bitmap.hpp"
#include "history/predecessor.hpp"

namespace mblab::history {

class Bootmem final : public Predecessor {
  public:
    Bootmem();

  protected:
    void forget() override;
    void call(const Op &op) override;
    Layout layout() const override;

  private:
    struct Node {
        int32_t nid = 0;
        Bitmap map;
        uint64_t map_address = 0;
        uint64_t last_end = 0; // of the last block, an address
        uint64_t hint = 0;     // the page where the next search begins, if it may

        uint64_t first() const { return map.span().start; }
        uint64_t end() const { return map.span().end; }
    };
    void init(const ops::init_bootmem_node &asked);
    Node *find_node(int32_t nid);
    /// The node, where its map can be worked on.
    Node &node(int32_t nid);
    void mark(Interval pages, bool taken, bool exclusive);
    void mark_on(int32_t nid, Interval pages, bool taken, bool exclusive);
    bool take(Node &node, Interval pages, bool exclusive);
    void release(Node &node, Interval pages);

    uint64_t allocate(BootmemRequest request);
    uint64_t from_any(const BootmemRequest &request);
    uint64_t from(Node &node, const BootmemRequest &request);
    uint64_t place(Node &node, uint64_t pfn, const BootmemRequest &request);
    void zero(uint64_t address, uint64_t size);
    void free_late(uint64_t address, uint64_t size);
    uint64_t free_all();
    uint64_t free_all(Node &node);

    std::vector<Node> nodes_; // in order of address
    bool is_over_ = false;    // free_all_bootmem() was called
};

} // namespace mblab::history
