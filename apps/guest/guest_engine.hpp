// SPDX-License-Identifier: GPL-2.0-or-later
// A stopped kernel as an engine: what is asked of it, in its own terms, and what it did, in the lab's.
#pragma once

#include "apps/guest/stopped_kernel.hpp"
#include "apps/record/arrays.hpp"
#include "core/engine/engine.hpp"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace mblab::guest {

class GuestEngine final : public Engine {
  public:
    /// The variant is that of the engines that it is to be compared with. Throws Error where the kernel is another.
    GuestEngine(std::string name, const BootOptions &options, const Variant &variant);

    std::string_view name() const override { return name_; }
    const Variant &variant() const override { return variant_; }
    bool has(uint16_t kind) const override { return has_[kind]; }
    void reset() override;
    const Outcome &run(const Op &op) override;
    const mblab_state &state() override;
    EffectMask predicted_effects() const override;
    std::string_view fault() const override { return called_.why; }

  private:
    using Arguments = std::vector<uint64_t>;

    void boot();
    void check_variant();
    bool is_there(uint16_t kind) const;
    std::optional<uint64_t> function(std::string_view name) const { return kernel_->symbols().find(name); }
    bool call(std::string_view name, const Arguments &arguments);
    void run_direct(const Op &op);
    bool run_inline(const Op &op);
    bool run_walk(const Op &op);
    bool run_cookie(const Op &op);
    bool run_parameter(const Op &op);
    bool run_world(const Op &op);
    void walk(std::string_view next, uint64_t type_a, uint64_t type_b, int32_t nid, uint64_t flags, uint64_t at_most,
              bool tells_nid = true);
    void walk_regions(mblab_type type, uint64_t at_most);
    void walk_pfns(int32_t nid, uint64_t at_most);
    bool step(uint64_t at_most, uint64_t start, uint64_t end, int64_t nid);

    uint64_t type_address(uint64_t type) const;
    uint64_t pointer(uint64_t physical) const;
    uint64_t to_guest(int32_t nid) const;
    int32_t from_guest(int32_t nid) const;
    bool can_say(const Op &op) const;
    uint64_t put_text(std::string_view text) const;
    uint64_t out(size_t index) const { return kernel_->scratch() + 8 * index; }
    uint64_t read_out(size_t index, size_t bytes = 8) const { return kernel_->ram().read(out(index), bytes); }
    void returned(std::initializer_list<uint64_t> values);
    void read_array(mblab_type type);

    std::string name_;
    BootOptions options_;
    Variant variant_;
    std::unique_ptr<StoppedKernel> kernel_;
    recording::MemblockLayout layout_{};
    std::array<bool, MBLAB_OP_COUNT> has_{};
    Called called_;               // the last call
    std::vector<Effect> effects_; // of the op, which may be several calls
    std::array<std::vector<Region>, 3> regions_;
    Outcome outcome_;
};

} // namespace mblab::guest
