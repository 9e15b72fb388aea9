// SPDX-License-Identifier: GPL-2.0-or-later
// What a kernel image says of itself, and the smallest initramfs that it boots into.
#pragma once

#include "apps/record/machine.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mblab::recording {

/// The architecture of a bzImage or of an arm64 Image. Throws Error when it is neither.
Architecture architecture_of(std::string_view image, const std::string &path);

/// A name for the image's contents: it changes when they do.
std::string fingerprint(std::string_view image);

struct ArchivedFile {
    std::string name;
    uint32_t mode; // with the file type: 0100755
    std::string contents;
};

/// An initramfs: a cpio archive in the "newc" form.
std::string make_initramfs(const std::vector<ArchivedFile> &files);

} // namespace mblab::recording
