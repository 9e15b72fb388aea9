// SPDX-License-Identifier: GPL-2.0-or-later
// Memory in a device tree: /memory nodes, /reserved-memory, /chosen, the reservation block.
#include "apps/boot/layout.hpp"
#include "apps/boot/simulation.hpp"
#include "core/base/error.hpp"
#include "core/op/typed.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <libfdt.h>
#include <optional>
#include <vector>

namespace mblab::boot {
namespace {

class Tree {
  public:
    Tree(std::string_view blob, const std::string &file_name) : name_(file_name), blob_(blob.begin(), blob.end())
    {
        // libfdt's own checks are of the header; this one is of every offset in the tree.
        const int error = blob.size() < sizeof(fdt_header) ? -FDT_ERR_TRUNCATED : fdt_check_full(data(), blob.size());
        if (error)
            throw Error(fmt::format("{}: not a device tree: {}", file_name, fdt_strerror(error)));
    }

    Layout layout()
    {
        int node;
        fdt_for_each_subnode(node, data(), 0) if (is_memory(node)) add_memory(node);
        if (nodes_ && !size_)
            throw Error(fmt::format("{}: its memory has no size: the boot loader fills it in; take the tree of the "
                                    "running machine, /sys/firmware/fdt",
                                    name_));
        add_chosen();
        for (int i = 0; i < fdt_num_mem_rsv(data()); i++) {
            uint64_t start = 0, size = 0;
            if (fdt_get_mem_rsv(data(), i, &start, &size) == 0)
                layout_.trace.add(ops::memblock_reserve{start, size});
        }
        const int reserved = fdt_path_offset(data(), "/reserved-memory");
        if (reserved >= 0) {
            fdt_for_each_subnode(node, data(), reserved) add_reserved(node, reserved);
            fdt_for_each_subnode(node, data(), reserved) place_reserved(node, reserved);
        }
        return std::move(layout_);
    }

  private:
    const void *data() const { return blob_.data(); }

    bool is_memory(int node) const
    {
        const char *type = static_cast<const char *>(fdt_getprop(data(), node, "device_type", nullptr));
        const char *name = fdt_get_name(data(), node, nullptr);
        return type ? std::strcmp(type, "memory") == 0
                    : name && std::strncmp(name, "memory", 6) == 0 && is_end(name[6]);
    }

    static bool is_end(char c) { return c == '\0' || c == '@'; }

    bool is_disabled(int node) const
    {
        const char *status = static_cast<const char *>(fdt_getprop(data(), node, "status", nullptr));
        return status && std::strcmp(status, "okay") != 0 && std::strcmp(status, "ok") != 0;
    }

    uint64_t cells(const fdt32_t *at, int count) const
    {
        uint64_t value = 0;
        for (int i = 0; i < count; i++)
            value = value << 32 | fdt32_to_cpu(at[i]);
        return value;
    }

    /// The pairs of address and size in a property, in the cells of a parent.
    template <typename Visit> void each_range(int node, int parent, const char *property, Visit visit) const
    {
        const int address = fdt_address_cells(data(), parent), size = fdt_size_cells(data(), parent);
        int length = 0;
        const auto *reg = static_cast<const fdt32_t *>(fdt_getprop(data(), node, property, &length));
        if (!reg || address < 1 || address > 2 || size < 1 || size > 2)
            return;
        const int step = address + size;
        for (int at = 0; at + step <= length / 4; at += step)
            visit(cells(reg + at, address), cells(reg + at + address, size));
    }

    bool has(int node, const char *property) const { return fdt_getprop(data(), node, property, nullptr); }

    /// A property of one number, of the cells that it has; nothing when it is not there.
    std::optional<uint64_t> number(int node, const char *property) const
    {
        int length = 0;
        const auto *cell = static_cast<const fdt32_t *>(fdt_getprop(data(), node, property, &length));
        if (!cell || (length != 4 && length != 8))
            return std::nullopt;
        return cells(cell, length / 4);
    }

    void add_memory(int node)
    {
        if (is_disabled(node))
            return;
        nodes_++;
        const auto nid = number(node, "numa-node-id");
        const char *const property = has(node, "linux,usable-memory") ? "linux,usable-memory" : "reg";
        each_range(node, 0, property, [&](uint64_t start, uint64_t size) {
            size_ += size;
            if (!size)
                return;
            layout_.trace.add(ops::memblock_add{start, size});
            if (nid)
                layout_.trace.add(ops::memblock_set_node{start, size, MBLAB_TYPE_memory, static_cast<int32_t>(*nid)});
            if (has(node, "hotpluggable"))
                layout_.trace.add(ops::memblock_mark_hotplug{start, size});
        });
    }

    /// What the kernel before this one, or the boot loader, left there.
    void add_chosen()
    {
        const int chosen = fdt_path_offset(data(), "/chosen");
        if (chosen < 0)
            return;
        bool capped = false;
        each_range(chosen, 0, "linux,usable-memory-range", [&](uint64_t start, uint64_t size) {
            layout_.trace.add(
                make_op(capped ? MBLAB_OP_memblock_add : MBLAB_OP_memblock_cap_memory_range, {start, size}));
            capped = true;
        });
        each_range(chosen, 0, "linux,elfcorehdr",
                   [&](uint64_t start, uint64_t size) { layout_.trace.add(ops::memblock_reserve{start, size}); });
        const auto start = number(chosen, "linux,initrd-start"), end = number(chosen, "linux,initrd-end");
        if (start && end && *end > *start)
            layout_.trace.add(ops::memblock_reserve{*start, *end - *start});
    }

    void add_reserved(int node, int parent)
    {
        if (is_disabled(node))
            return;
        each_range(node, parent, "reg", [&](uint64_t start, uint64_t size) {
            layout_.trace.add(
                make_op(has(node, "no-map") ? MBLAB_OP_memblock_mark_nomap : MBLAB_OP_memblock_reserve, {start, size}));
        });
    }

    /// Reserved memory that says only how much and where it may be: an allocation in the first range that has room.
    void place_reserved(int node, int parent)
    {
        // A CMA area is made of page blocks, of 2 MiB where pages are of 4 KiB.
        constexpr uint64_t page_block = 2 << 20;
        const auto size = number(node, "size");
        if (is_disabled(node) || has(node, "reg") || !size || !*size)
            return;
        const bool is_cma = has(node, "reusable") && !has(node, "no-map");
        const uint64_t align = std::max(number(node, "alignment").value_or(1), is_cma ? page_block : 1);
        std::vector<Interval> ranges;
        each_range(node, parent, "alloc-ranges",
                   [&](uint64_t start, uint64_t length) { ranges.push_back(range_at(start, length)); });
        if (!has(node, "alloc-ranges"))
            ranges.push_back({0, 0}); // anywhere
        const std::string_view name = fdt_get_name(data(), node, nullptr);
        Simulation simulation;
        for (const Step &step : layout_.trace.steps)
            simulation.run(step.op);
        for (const Interval range : ranges) {
            const ops::memblock_phys_alloc_range call{*size, align, range.start, range.end};
            const uint64_t place = std::has_single_bit(align) ? simulation.place(call) : 0;
            if (!place)
                continue;
            layout_.trace.add(call);
            layout_.remarks.push_back(
                fmt::format("/reserved-memory/{}: {:#x} bytes are placed at boot, here at {:#x}", name, *size, place));
            if (has(node, "no-map"))
                layout_.trace.add(ops::memblock_mark_nomap{place, *size});
            return;
        }
        layout_.remarks.push_back(fmt::format("/reserved-memory/{}: no room for its {:#x} bytes", name, *size));
    }

    const std::string name_;
    std::vector<char> blob_; // a copy, aligned as libfdt wants it
    Layout layout_;
    uint64_t nodes_ = 0, size_ = 0; // of memory
};

} // namespace

Layout layout_of_device_tree(std::string_view blob, const std::string &file_name)
{
    return Tree(blob, file_name).layout();
}

} // namespace mblab::boot
