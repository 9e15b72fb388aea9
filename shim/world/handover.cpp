// SPDX-License-Identifier: GPL-2.0-or-later
// Kexec handover (KHO): what one kernel leaves to the next. A device tree with the reserve_mem= regions of the kernel
// before, which libfdt makes and reads; scratch memory; and pages and a tree that this kernel leaves.
#include "internal.hpp"

#include <linux/kho/abi/memblock.h>
#include <linux/libfdt.h>
#include <linux/mm.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#undef memcpy
#undef memset

namespace mblab::world {
namespace {

struct Range {
    uint64_t base, size;
};

Range scratch[MBLAB_KHO_SCRATCH_MAX];
size_t scratch_count;

bool enabled;
uint64_t calls_to_failure;

/// A reserve_mem= region of the kernel before.
struct Left {
    char name[40];
    uint64_t base, size;
    mblab_kho_form form;
};
Left left[MBLAB_KHO_LEFT_MAX];
size_t left_count;
bool tree_made, page_open;

/// By the last bytes: a range may end with the address space.
bool overlap(const Range &a, const Range &b)
{
    return a.size && b.size && a.base <= b.base + (b.size - 1) && b.base <= a.base + (a.size - 1);
}

/// Whether this is the call that the world was told to let fail.
bool fails()
{
    return calls_to_failure && --calls_to_failure == 0;
}

uint64_t tree_address()
{
    return mblab_world_config.phys_bytes == 8 ? MBLAB_KHO_ADDR_64 : MBLAB_KHO_ADDR_32;
}

#ifdef CONFIG_KEXEC_HANDOVER

constexpr const char *other = "something-else";

/// A number as this kernel's phys_addr_t, or half of it.
void add_number(void *tree, const char *name, uint64_t value, bool whole)
{
    const auto narrow = static_cast<uint32_t>(value);
    const bool is_wide = mblab_world_config.phys_bytes == 8;
    const size_t size = is_wide ? sizeof value : sizeof narrow;
    fdt_property(tree, name, is_wide ? static_cast<const void *>(&value) : &narrow,
                 static_cast<int>(whole ? size : size / 2));
}

void add_node(void *tree, const Left &region)
{
    fdt_begin_node(tree, region.name);
    fdt_property_string(tree, "compatible",
                        region.form == MBLAB_KHO_OTHER_NODE ? other : RESERVE_MEM_KHO_NODE_COMPATIBLE);
    if (region.form != MBLAB_KHO_NO_START)
        add_number(tree, "start", region.base, region.form != MBLAB_KHO_SHORT_START);
    if (region.form != MBLAB_KHO_NO_SIZE)
        add_number(tree, "size", region.size, region.form != MBLAB_KHO_SHORT_SIZE);
    fdt_end_node(tree);
}

/// The tree of the kernel before, in the page where it left it.
void make_tree()
{
    const char *compatible = MEMBLOCK_KHO_NODE_COMPATIBLE;
    for (size_t i = 0; i < left_count; i++)
        if (left[i].form == MBLAB_KHO_OTHER_ROOT)
            compatible = other;
    void *tree = mblab_phys_to_virt(tree_address());
    register_block(tree, page_bytes);
    fdt_create(tree, page_bytes);
    fdt_finish_reservemap(tree);
    fdt_begin_node(tree, "");
    fdt_property_string(tree, "compatible", compatible);
    for (size_t i = 0; i < left_count; i++)
        add_node(tree, left[i]);
    fdt_end_node(tree);
    if (fdt_finish(tree) != 0)
        mblab_bug(); // eight nodes fit
}

uint64_t read_number(const void *tree, int node, const char *name)
{
    int length = 0;
    uint64_t value = 0;
    const void *data = fdt_getprop(tree, node, name, &length);
    if (data && length > 0 && static_cast<size_t>(length) <= sizeof value)
        memcpy(&value, data, static_cast<size_t>(length));
    return value;
}

/// A tree as the next kernel will read it, in a line: its nodes, and what they say.
std::string read_tree(const void *tree)
{
    if (fdt_check_header(tree) != 0)
        return "no device tree";
    const auto compatible = [&](int node) {
        const char *text = static_cast<const char *>(fdt_getprop(tree, node, "compatible", nullptr));
        return std::string(text ? text : "none");
    };
    std::string text = compatible(0);
    for (int node = fdt_first_subnode(tree, 0); node >= 0; node = fdt_next_subnode(tree, node)) {
        char numbers[64];
        snprintf(numbers, sizeof numbers, " %#llx %#llx",
                 static_cast<unsigned long long>(read_number(tree, node, "start")),
                 static_cast<unsigned long long>(read_number(tree, node, "size")));
        text += std::string("; ") + fdt_get_name(tree, node, nullptr) + " " + compatible(node) + numbers;
    }
    if (fdt_check_full(tree, page_bytes) != 0)
        text += "; not whole";
    return text;
}

#else // nobody asks for trees

void make_tree() {}
std::string read_tree(const void *)
{
    return {};
}

#endif

} // namespace

void reset_handover()
{
    scratch_count = left_count = 0;
    enabled = tree_made = page_open = false;
    calls_to_failure = 0;
}

} // namespace mblab::world

using namespace mblab::world;

void mblab_world_add_kho_scratch(uint64_t base, uint64_t size)
{
    if (scratch_count < MBLAB_KHO_SCRATCH_MAX)
        scratch[scratch_count++] = {base, size < ~base ? size : ~base}; // no range reaches the highest address
}

bool mblab_kho_scratch_overlap(uint64_t phys, uint64_t size)
{
    spend_on_pages(1); // small sizes are retried all along a scratch range
    for (size_t i = 0; i < scratch_count; i++)
        if (overlap(scratch[i], {phys, size}))
            return true;
    return false;
}

void mblab_world_enable_kho(bool wanted)
{
    enabled = wanted;
}

bool mblab_kho_is_enabled(void)
{
    return enabled;
}

void mblab_world_add_kho_reserve_mem(const char *name, uint64_t base, uint64_t size, mblab_kho_form form)
{
    if (left_count == MBLAB_KHO_LEFT_MAX || tree_made)
        return;
    Left &region = left[left_count++];
    mblab_snprintf(region.name, sizeof region.name, "%s", name);
    region.base = base;
    region.size = size;
    region.form = form;
}

void mblab_world_fail_kho_call(uint64_t call)
{
    calls_to_failure = call;
}

int mblab_kho_retrieve_subtree(const char *name, uint64_t *phys)
{
    if (fails())
        return -ENOMEM;
    if (!left_count || strcmp(name, MEMBLOCK_KHO_FDT) != 0)
        return -ENOENT;
    if (!tree_made)
        make_tree();
    tree_made = true;
    *phys = tree_address();
    return 0;
}

// The one page that a handover allocates lies after the tree of the kernel before.
page *mblab_alloc_page(void)
{
    if (fails() || !can_allocate()) {
        record(MBLAB_EFFECT_alloc_page);
        return nullptr;
    }
    const uint64_t phys = tree_address() + page_bytes;
    if (!page_open)
        register_block(mblab_phys_to_virt(phys), page_bytes);
    page_open = true;
    record(MBLAB_EFFECT_alloc_page, phys / page_bytes);
    return mblab_pfn_to_page(phys / page_bytes);
}

void mblab_put_page(const page *page)
{
    record(MBLAB_EFFECT_put_page, mblab_page_to_pfn(page));
}

int mblab_kho_preserve_pages(const page *page, uint64_t pages)
{
    const int error = fails() ? -ENOMEM : 0;
    record(MBLAB_EFFECT_kho_preserve_pages, mblab_page_to_pfn(page), pages, static_cast<uint64_t>(error));
    return error;
}

void mblab_kho_unpreserve_pages(const page *page, uint64_t pages)
{
    record(MBLAB_EFFECT_kho_unpreserve_pages, mblab_page_to_pfn(page), pages);
}

int mblab_kho_add_subtree(const char *name, const void *tree)
{
    const int error = fails() ? -ENOMEM : 0;
    const std::string text = std::string(name) + ": " + read_tree(tree);
    record(MBLAB_EFFECT_kho_add_subtree, mblab_virt_to_phys(tree), 0, static_cast<uint64_t>(error), text);
    return error;
}

void mblab_kho_remove_subtree(const void *tree)
{
    record(MBLAB_EFFECT_kho_remove_subtree, mblab_virt_to_phys(tree));
}
