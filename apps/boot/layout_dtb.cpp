// SPDX-License-Identifier: GPL-2.0-or-later
// Memory in a device tree: /memory nodes, /reserved-memory, the reservation block.
#include "apps/boot/layout.hpp"
#include "core/base/error.hpp"
#include "core/op/typed.hpp"

#include <fmt/format.h>

#include <cstring>
#include <libfdt.h>
#include <vector>

namespace mblab::boot {
namespace {

class Tree {
  public:
    Tree(std::string_view blob, const std::string &file_name) : blob_(blob.begin(), blob.end())
    {
        // libfdt's own checks are of the header; this one is of every offset in the tree.
        const int error = blob.size() < sizeof(fdt_header) ? -FDT_ERR_TRUNCATED : fdt_check_full(data(), blob.size());
        if (error)
            throw Error(fmt::format("{}: not a device tree: {}", file_name, fdt_strerror(error)));
    }

    Trace layout()
    {
        int node;
        fdt_for_each_subnode(node, data(), 0) if (is_memory(node)) add_memory(node);
        for (int i = 0; i < fdt_num_mem_rsv(data()); i++) {
            uint64_t start = 0, size = 0;
            if (fdt_get_mem_rsv(data(), i, &start, &size) == 0)
                trace_.add(ops::memblock_reserve{start, size});
        }
        const int reserved = fdt_path_offset(data(), "/reserved-memory");
        if (reserved >= 0)
            fdt_for_each_subnode(node, data(), reserved) add_reserved(node, reserved);
        return std::move(trace_);
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

    /// The pairs of address and size in a node's reg, in the cells of its parent.
    template <typename Visit> void each_range(int node, int parent, Visit visit) const
    {
        const int address = fdt_address_cells(data(), parent), size = fdt_size_cells(data(), parent);
        int length = 0;
        const auto *reg = static_cast<const fdt32_t *>(fdt_getprop(data(), node, "reg", &length));
        if (!reg || address < 1 || address > 2 || size < 1 || size > 2)
            return;
        const int step = address + size;
        for (int at = 0; at + step <= length / 4; at += step)
            visit(cells(reg + at, address), cells(reg + at + address, size));
    }

    void add_memory(int node)
    {
        if (is_disabled(node))
            return;
        int length = 0;
        const auto *nid = static_cast<const fdt32_t *>(fdt_getprop(data(), node, "numa-node-id", &length));
        const bool hotplug = fdt_getprop(data(), node, "hotpluggable", nullptr);
        each_range(node, 0, [&](uint64_t start, uint64_t size) {
            trace_.add(ops::memblock_add{start, size});
            if (nid && length == 4)
                trace_.add(
                    ops::memblock_set_node{start, size, MBLAB_TYPE_memory, static_cast<int32_t>(fdt32_to_cpu(*nid))});
            if (hotplug)
                trace_.add(ops::memblock_mark_hotplug{start, size});
        });
    }

    void add_reserved(int node, int parent)
    {
        if (is_disabled(node))
            return;
        const bool nomap = fdt_getprop(data(), node, "no-map", nullptr);
        each_range(node, parent, [&](uint64_t start, uint64_t size) {
            trace_.add(make_op(nomap ? MBLAB_OP_memblock_mark_nomap : MBLAB_OP_memblock_reserve, {start, size}));
        });
    }

    std::vector<char> blob_; // a copy, aligned as libfdt wants it
    Trace trace_;
};

} // namespace

Trace layout_of_device_tree(std::string_view blob, const std::string &file_name)
{
    return Tree(blob, file_name).layout();
}

} // namespace mblab::boot
