// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/guest/ram.hpp"

#include "core/base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

namespace mblab::guest {

Ram::Ram(uint64_t bytes) : fd_(memfd_create("mblab-guest", MFD_CLOEXEC)), bytes_(bytes)
{
    void *where = MAP_FAILED;
    if (fd_.get() >= 0 && ftruncate(fd_.get(), static_cast<off_t>(bytes)) == 0)
        where = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
    if (where == MAP_FAILED)
        throw Error(fmt::format("no memory for a guest of {} MiB: {}", bytes >> 20, std::strerror(errno)));
    start_ = static_cast<uint8_t *>(where);
}

Ram::~Ram()
{
    munmap(start_, bytes_);
}

std::span<uint8_t> Ram::at(uint64_t address, uint64_t bytes) const
{
    const uint64_t offset = physical(address) - layout_.ram_phys;
    return offset < bytes_ ? std::span(start_ + offset, std::min(bytes, bytes_ - offset)) : std::span<uint8_t>();
}

uint64_t Ram::read(uint64_t address, size_t bytes) const
{
    uint64_t value = 0;
    std::ranges::copy(at(address, bytes), reinterpret_cast<uint8_t *>(&value));
    return value;
}

void Ram::write(uint64_t address, uint64_t value, size_t bytes) const
{
    const std::span<uint8_t> to = at(address, bytes);
    std::memcpy(to.data(), &value, to.size());
}

} // namespace mblab::guest
