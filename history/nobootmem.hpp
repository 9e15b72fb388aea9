// SPDX-License-Identifier: GPL-2.0-or-later
// mm/nobootmem.c: bootmem's calls over memblock. There is no map: memory is added to memblock and reserved there, what
// is freed need not be whole pages, and who asks for memory may ask for bytes.
#pragma once

#include "core/engine/engine.hpp"

#include <memory>
#include <string>
#include <vector>

namespace mblab::history {

class NoBootmem final : public Engine {
  public:
    /// Over an engine of memblock's own calls.
    explicit NoBootmem(std::unique_ptr<Engine> memblock);

    std::string_view name() const override { return "nobootmem"; }
    const Variant &variant() const override { return memblock_->variant(); }
    bool has(uint16_t kind) const override;
    void reset() override
    {
        memblock_->reset();
        late_pages_ = budget_ = 0;
    }
    const Outcome &run(const Op &op) override;
    const mblab_state &state() override
    {
        outcome_.state = memblock_->state();
        outcome_.state.totalram += late_pages_;
        return outcome_.state;
    }
    mblab_coverage coverage() const override { return memblock_->coverage(); }

  private:
    struct Ended {
        mblab_exit exit;
    };

    void call(const Op &op);
    void free_late(uint64_t address, uint64_t size);
    uint64_t allocate(const Op &op);
    uint64_t find(uint64_t goal, int32_t nid, const Op &op);
    /// One call of memblock: its effects are this call's. Its first result.
    uint64_t make(const Op &op);
    void record(mblab_effect_kind kind, uint64_t a = 0, uint64_t b = 0, uint64_t c = 0);

    std::unique_ptr<Engine> memblock_;
    uint64_t late_pages_ = 0; // given by free_bootmem_late()
    uint64_t budget_ = 0;     // as world_budget sets it; 0: as much as it takes
    Outcome outcome_;
    std::vector<Effect> effects_;
    std::string texts_;
};

} // namespace mblab::history
