// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/kernel_image.hpp"

#include "core/base/error.hpp"

#include <gtest/gtest.h>

namespace mblab::recording {
namespace {

std::string image_with(size_t offset, std::string_view magic)
{
    std::string image(0x1000, '\0');
    return image.replace(offset, magic.size(), magic);
}

TEST(KernelImage, SaysItsArchitecture)
{
    EXPECT_EQ(architecture_of(image_with(0x202, "HdrS"), "k"), Architecture::x86_64);
    EXPECT_EQ(architecture_of(image_with(0x38, "ARM\x64"), "k"), Architecture::arm64);
    EXPECT_EQ(architecture_of(image_with(0x38, "RSC\x05"), "k"), Architecture::riscv64);
    EXPECT_THROW(architecture_of(image_with(0, "\x1f\x8b"), "k"), Error);
    EXPECT_THROW(architecture_of("", "k"), Error);
}

TEST(KernelImage, HasAFingerprintOfItsContents)
{
    EXPECT_EQ(fingerprint("abc"), fingerprint("abc"));
    EXPECT_NE(fingerprint("abc"), fingerprint("abd"));
    EXPECT_NE(fingerprint(""), fingerprint(std::string_view("\0", 1)));
}

TEST(Initramfs, IsACpioArchive)
{
    const std::string archive = make_initramfs({{"init", 0100755, "#!/x\n"}});
    EXPECT_EQ(archive.size() % 4, 0u);
    EXPECT_EQ(archive.substr(0, 6), "070701");
    EXPECT_EQ(archive.substr(14, 8), "000081ED"); // mode
    EXPECT_EQ(archive.substr(54, 8), "00000005"); // size of the file
    EXPECT_EQ(archive.substr(94, 8), "00000005"); // size of the name, with its NUL
    EXPECT_EQ(archive.substr(110, 4), "init");
    EXPECT_EQ(archive.substr(116, 5), "#!/x\n");
    EXPECT_NE(archive.find("TRAILER!!!"), std::string::npos);
}

} // namespace
} // namespace mblab::recording
