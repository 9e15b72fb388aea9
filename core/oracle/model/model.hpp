// SPDX-License-Identifier: GPL-2.0-or-later
// The model: what memblock is documented to do, as sets of addresses with attributes.
#pragma once

#include "core/engine/engine.hpp"

#include <memory>

namespace mblab {

class Model final : public Engine {
  public:
    explicit Model(const Variant &variant);
    /// A machine in the same state, for trying what would come of a call.
    Model(const Model &other);
    Model &operator=(const Model &other);
    ~Model() override;

    std::string_view name() const override { return "model"; }
    const Variant &variant() const override;
    bool has(uint16_t kind) const override;
    void reset() override;
    const Outcome &run(const Op &op) override;
    const mblab_state &state() override;
    bool arrays_are_in_memory() const override { return false; }

  private:
    class Calls;
    std::unique_ptr<Calls> calls_;
};

} // namespace mblab
