// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/kernel_image.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

namespace mblab::record {
namespace {

constexpr size_t x86_magic_at = 0x202;
constexpr size_t arm_magic_at = 0x38;

void pad(std::string &archive)
{
    archive.resize((archive.size() + 3) / 4 * 4, '\0');
}

void append(std::string &archive, size_t inode, const ArchivedFile &file)
{
    const size_t links = 1, name_size = file.name.size() + 1;
    archive += "070701";
    for (const size_t field : {inode, size_t{file.mode}, size_t{0}, size_t{0}, links, size_t{0}, file.contents.size(),
                               size_t{0}, size_t{0}, size_t{0}, size_t{0}, name_size, size_t{0}})
        archive += fmt::format("{:08X}", field);
    archive += file.name;
    archive += '\0';
    pad(archive);
    archive += file.contents;
    pad(archive);
}

} // namespace

Architecture architecture_of(std::string_view image, const std::string &path)
{
    if (image.size() > x86_magic_at + 4 && image.substr(x86_magic_at, 4) == "HdrS")
        return Architecture::x86_64;
    if (image.size() > arm_magic_at + 4 && image.substr(arm_magic_at, 4) == "ARM\x64")
        return Architecture::arm64;
    throw Error(fmt::format("{}: neither an x86 bzImage nor an uncompressed arm64 Image", path));
}

std::string fingerprint(std::string_view image)
{
    uint64_t hash = 0xcbf29ce484222325; // FNV-1a
    for (const char byte : image)
        hash = (hash ^ static_cast<uint8_t>(byte)) * 0x100000001b3;
    return fmt::format("{:016x}-{:x}", hash, image.size());
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

} // namespace mblab::record
