// SPDX-License-Identifier: GPL-2.0-or-later
// Small changes to a trace, as a fuzzer makes them: of calls and of ranges, not of bytes.
#pragma once

#include "core/search/random.hpp"
#include "core/trace/trace.hpp"

namespace mblab {

/// Change the trace a little, in one to four places. The result is normalized and at most fuzz_steps_max ops long.
void mutate(Trace &trace, Random &random);

/// The beginning of one trace and the end of another.
Trace splice(const Trace &head, const Trace &tail, Random &random);

} // namespace mblab
