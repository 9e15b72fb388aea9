// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/export/right.hpp"

#include <algorithm>

namespace mblab::exporting {

Wrong what_is_wrong(const Trace &trace, Engine &engine, Engine &model, const std::string &variant)
{
    model.stand_beside(engine);
    const auto finding_of = [&](std::vector<Engine *> on, bool laws) {
        return Executor(std::move(on), {.laws = laws, .expectations = false, .shared_calls_only = true}).run(trace);
    };
    Wrong wrong{finding_of({&engine}, true), finding_of({&engine, &model}, false)};
    if (wrong.departure && std::ranges::any_of(play(trace, engine, variant).steps, &PlayedStep::moved_array))
        wrong.departure.reset();
    return wrong;
}

} // namespace mblab::exporting
