// SPDX-License-Identifier: GPL-2.0-or-later
// Kernels that are there to be booted, and the engines that they are.
#pragma once

namespace mblab::guest {

/// From now on open_engine() boots guest:linux-RELEASE@ARCHITECTURE, and guest: and the path of an image.
void add_guests();

} // namespace mblab::guest
