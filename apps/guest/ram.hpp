// SPDX-License-Identifier: GPL-2.0-or-later
// A guest's RAM, which QEMU shares with this process, and where the kernel's virtual addresses are in it.
#pragma once

#include "core/base/files.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace mblab::guest {

class Ram {
  public:
    /// So many bytes. Throws Error.
    explicit Ram(uint64_t bytes);
    ~Ram();
    Ram(const Ram &) = delete;
    Ram &operator=(const Ram &) = delete;

    /// The file that QEMU's memory is, by the name that a child which inherits fd() has for it.
    std::string path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }
    int fd() const { return fd_.get(); }
    uint64_t size() const { return bytes_; }

    /// Where the kernel's image and its map of all memory are; known once the machine has come that far.
    struct Layout {
        uint64_t image, image_end; // virtual
        uint64_t image_phys;       // of image
        uint64_t direct_map;       // the virtual address of physical 0
        uint64_t ram_phys;         // where RAM begins
        uint64_t reach;            // physical, before which addresses have pointers
    };
    void set_layout(const Layout &layout) { layout_ = layout; }
    const Layout &layout() const { return layout_; }

    bool in_image(uint64_t address) const { return address - layout_.image < layout_.image_end - layout_.image; }
    /// The physical address behind a virtual one: of the image, else of the direct map.
    uint64_t physical(uint64_t address) const
    {
        return in_image(address) ? address - layout_.image + layout_.image_phys : address - layout_.direct_map;
    }
    uint64_t direct(uint64_t physical) const { return physical + layout_.direct_map; }
    /// The bytes from a virtual address on, so many or as many as there is RAM.
    std::span<uint8_t> at(uint64_t address, uint64_t bytes) const;
    /// Whether all of that is RAM.
    bool holds(uint64_t address, uint64_t bytes) const { return at(address, bytes).size() == bytes; }

    uint64_t read(uint64_t address, size_t bytes) const;
    void write(uint64_t address, uint64_t value, size_t bytes) const;

  private:
    UniqueFd fd_;
    uint64_t bytes_;
    uint8_t *start_;
    Layout layout_{};
};

} // namespace mblab::guest
