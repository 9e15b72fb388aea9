// SPDX-License-Identifier: GPL-2.0-or-later
// A program whose work is done by a child: whatever an engine does to that process is a finding, and never a success.
#pragma once

#include <functional>

namespace mblab {

/// Do the work in a child and return its status. Where it ended otherwise, or hangs in an engine, that is said on
/// standard output with the calls that led there, and the status is 1; where no engine was involved, on standard error,
/// and it is 2. as_json: the finding as a JSON object. Signals that ask for an end are passed on. No process outlives
/// the call.
int supervised(const std::function<int()> &work, bool as_json = false);

/// Called by the work after a trace: where an engine did something else to the process than memblock does, the process
/// ends here, and that is the finding. (At its end it is looked at in any case.)
void look_at_process();

/// Called by the work where it has changed handlers of signals itself.
void note_own_handlers();

} // namespace mblab
