// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/kernel_image.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mblab::recording {
namespace {

constexpr size_t x86_magic_at = 0x202;
constexpr size_t image_magic_at = 0x38;

/// A member of a cpio archive in the "newc" form.
void append(std::string &archive, size_t inode, const ArchivedFile &file)
{
    const auto pad = [&] { archive.resize((archive.size() + 3) / 4 * 4, '\0'); };
    // inode, mode, uid, gid, links, time, size, four of devices, size of the name, checksum
    const size_t fields[] = {inode, file.mode, 0, 0, 1, 0, file.contents.size(), 0, 0, 0, 0, file.name.size() + 1, 0};
    archive += fmt::format("070701{:08X}{}", fmt::join(fields, ""), file.name) + '\0';
    pad();
    archive += file.contents;
    pad();
}

} // namespace

Architecture architecture_of(std::string_view image, const std::string &path)
{
    if (image.size() > x86_magic_at + 4 && image.substr(x86_magic_at, 4) == "HdrS")
        return Architecture::x86_64;
    const std::string_view magic = image.size() > image_magic_at + 4 ? image.substr(image_magic_at, 4) : "";
    if (magic == "ARM\x64")
        return Architecture::arm64;
    if (magic == "RSC\x05")
        return Architecture::riscv64;
    throw Error(fmt::format("{}: neither an x86 bzImage nor an uncompressed Image of arm64 or riscv64", path));
}

std::string fingerprint(std::string_view image)
{
    return fmt::format("{:016x}-{:x}", content_hash(image), image.size());
}

std::string make_initramfs(const std::vector<ArchivedFile> &files)
{
    std::string archive;
    size_t inode = 1;
    for (const ArchivedFile &file : files)
        append(archive, inode++, file);
    append(archive, 0, {"TRAILER!!!", 0, {}});
    return archive;
}

} // namespace mblab::recording
