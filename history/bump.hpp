// SPDX-License-Identifier: GPL-2.0-or-later
// Linux v2.0: setup_arch() says where free memory starts and ends, each initialiser is given the start and returns
// another, and mem_init() gives away what is left. Nothing can be freed, reserved or asked for at a place.
#pragma once

#include "history/predecessor.hpp"

namespace mblab::history {

class Bump final : public Predecessor {
  public:
    Bump();

  protected:
    void forget() override;
    void call(const Op &op) override;
    Layout layout() const override;

  private:
    void take(uint64_t size, uint64_t align);
    void give_rest();

    Interval memory_; // empty until setup
    uint64_t memory_start_ = 0;
    bool is_over_ = false; // mem_init() was called
};

} // namespace mblab::history
