// SPDX-License-Identifier: GPL-2.0-or-later
// Jobs shared out among processes.
#pragma once

#include <cstddef>
#include <functional>

namespace mblab::mutate {

/// Jobs 0 to count - 1, each once, in processes of our own. Throws Error where one of them does.
void share_out(size_t count, unsigned workers, const std::function<void(size_t)> &job,
               const std::function<void(size_t done)> &progress);

} // namespace mblab::mutate
