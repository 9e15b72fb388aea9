// SPDX-License-Identifier: GPL-2.0-or-later
// Whether what an engine does with a trace is right: what a check may assert.
#pragma once

#include "apps/export/export.hpp"
#include "core/run/executor.hpp"

#include <optional>
#include <string>

namespace mblab::exporting {

/// The first law that the engine violates, or else the first difference from the model of its own answers to the
/// traits. Of the model not where arrays move, whose places it takes from an engine. The model, of the same variant, is
/// then that of the engine.
struct Wrong {
    std::optional<Finding> violation, departure;

    bool is_right() const { return !violation && !departure; }
};
Wrong what_is_wrong(const Trace &trace, Engine &engine, Engine &model, const std::string &variant);

} // namespace mblab::exporting
