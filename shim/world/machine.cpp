// SPDX-License-Identifier: GPL-2.0-or-later
// The rest of the machine: nodes and zones, the buddy sink, boot parameters, debugfs.
#include "internal.hpp"

#include <linux/debugfs.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/seq_file.h>

#include <cerrno>
#include <cstring>

#undef memcpy
#undef memset

// Weak, because the kernel's own suite brings the first of its own.
__attribute__((weak)) bool movable_node_enabled;
bool mirrored_kernelcore;

// Each engine has the linker collect these; one without any still has the (empty) bounds.
extern const mblab_param __start_mblab_params[] __attribute__((weak, visibility("hidden")));
extern const mblab_param __stop_mblab_params[] __attribute__((weak, visibility("hidden")));
extern const mblab_initcall_t __start_mblab_initcalls[] __attribute__((weak, visibility("hidden")));
extern const mblab_initcall_t __stop_mblab_initcalls[] __attribute__((weak, visibility("hidden")));

extern const mblab_initcall_t __start_mblab_late_initcalls[] __attribute__((weak, visibility("hidden")));
extern const mblab_initcall_t __stop_mblab_late_initcalls[] __attribute__((weak, visibility("hidden")));

// UMA engines define it, as the kernel's file does; it is node 0 then.
extern "C" __attribute__((weak, visibility("hidden"))) pglist_data contig_page_data;

namespace mblab::world {
namespace {

constexpr uint32_t nodes_max = 64;
constexpr size_t files_max = 8;

pglist_data nodes[nodes_max];
uint32_t online_nodes = 1;
int64_t totalram;
bool deferred_pages;

struct File {
    const char *name;
    void *data;
    const file_operations *operations;
};
File files[files_max];
size_t file_count;
bool initcalls_done, late_initcalls_done;

// Of a walk over struct pages: whether it has only begun, and which page was initialised last.
bool walk_begins = true;
constexpr uint64_t no_pfn = ~uint64_t{0};
uint64_t deferred_pfn = no_pfn;
int deferred_nid;

pglist_data *node(uint32_t nid)
{
    return mblab_world_config.max_nodes == 1 && &contig_page_data ? &contig_page_data : &nodes[nid];
}

uint32_t nodes_possible()
{
    return mblab_world_config.max_nodes < nodes_max ? mblab_world_config.max_nodes : nodes_max;
}

void run_initcalls()
{
    if (initcalls_done)
        return;
    initcalls_done = true;
    for (const mblab_initcall_t *call = __start_mblab_initcalls; call < __stop_mblab_initcalls; call++)
        (*call)();
}

} // namespace

void reset_machine()
{
    for (uint32_t nid = 0; nid < nodes_possible(); nid++) {
        pglist_data &data = *node(nid);
        data.node_id = static_cast<int>(nid);
        for (int zone = 0; zone < MAX_NR_ZONES; zone++)
            // Not 0, so that a reset which was forgotten is seen.
            data.node_zones[zone] = {{static_cast<long>(1 + nid) * 256 + zone}, 0, 0, static_cast<int>(nid)};
    }
    online_nodes = 1;
    totalram = 0;
    deferred_pages = false;
    walk_begins = true;
    deferred_pfn = no_pfn;
    file_count = 0;
    initcalls_done = late_initcalls_done = false;
    movable_node_enabled = false;
    mirrored_kernelcore = false;
}

namespace {

void forget_all_but_memory()
{
    mblab_world_begin();
    reset_slab();
    reset_handover();
    forget_locks();
    reset_machine();
}

} // namespace
} // namespace mblab::world

using namespace mblab::world;

void mblab_world_reset(void)
{
    mblab_world_set_budget(0);
    reset_physical();
    forget_all_but_memory();
}

void mblab_world_begin_load(void)
{
    begin_placing();
    forget_all_but_memory();
}

void mblab_world_set_online_nodes(uint64_t count)
{
    online_nodes = count < nodes_possible() ? static_cast<uint32_t>(count) : nodes_possible();
}

void mblab_world_set_deferred_pages(bool enabled)
{
    deferred_pages = enabled;
}

bool mblab_deferred_pages_enabled(void)
{
    return deferred_pages;
}

uint64_t mblab_world_totalram(void)
{
    return static_cast<uint64_t>(totalram);
}

void mblab_totalram_add(int64_t pages)
{
    totalram += pages;
}

pglist_data *first_online_pgdat(void)
{
    return online_nodes ? node(0) : nullptr;
}

pglist_data *next_online_pgdat(pglist_data *pgdat)
{
    const uint32_t next = static_cast<uint32_t>(pgdat->node_id) + 1;
    return next < online_nodes ? node(next) : nullptr;
}

void atomic_long_set(atomic_long_t *counter, long value)
{
    counter->counter = value;
    for (uint32_t nid = 0; nid < online_nodes; nid++)
        for (uint64_t zone = 0; zone < MAX_NR_ZONES; zone++)
            if (counter == &node(nid)->node_zones[zone].managed_pages)
                record(MBLAB_EFFECT_managed_pages, nid, zone, static_cast<uint64_t>(value));
}

void mblab_free_pages(const page *page, uint64_t pfn, unsigned int order)
{
    // The page must be the one of the frame; a wrong one is an effect that no right call has.
    if (page != mblab_pfn_to_page(pfn))
        mblab_warn(true);
    mblab_effect *last = last_effect();
    if (last && last->kind == MBLAB_EFFECT_page_to_buddy && last->b == order && last->a + (last->c << order) == pfn) {
        spend_on_pages(1);
        last->c++;
        return;
    }
    record(MBLAB_EFFECT_page_to_buddy, pfn, order, 1);
}

void mblab_free_reserved_page(const page *page)
{
    mblab_free_pages(page, mblab_page_to_pfn(page), 0);
    mblab_totalram_add(1);
}

uint64_t mblab_walk_pages(uint64_t start)
{
    walk_begins = true;
    return start;
}

void mblab_init_deferred_page(uint64_t pfn, int nid)
{
    // One that is reserved next is paid for there.
    if (deferred_pfn != no_pfn)
        spend_on_pages(1);
    deferred_pfn = pfn;
    deferred_nid = nid;
}

void mblab_set_page_reserved(const page *page)
{
    const uint64_t pfn = mblab_page_to_pfn(page), start = pfn * page_bytes;
    const uint64_t nid = static_cast<uint64_t>(pfn == deferred_pfn ? deferred_nid : NUMA_NO_NODE);
    deferred_pfn = no_pfn;
    mblab_effect *last = last_effect();
    if (!walk_begins && last && last->kind == MBLAB_EFFECT_init_reserved_page && last->b == start && last->c == nid) {
        spend_on_pages(1);
        last->b += page_bytes;
        return;
    }
    walk_begins = false;
    record(MBLAB_EFFECT_init_reserved_page, start, start + page_bytes, nid);
}

void mblab_reserve_pages(uint64_t start_pfn, uint64_t end_pfn, int nid)
{
    if (start_pfn >= end_pfn)
        return;
    record(MBLAB_EFFECT_init_reserved_page, start_pfn * page_bytes, end_pfn * page_bytes, static_cast<uint64_t>(nid));
    spend_on_pages(end_pfn - start_pfn - 1);
}

// For trees whose memblock.c calls it; the strong one of a tree that defines it takes its place.
__attribute__((weak)) unsigned long free_reserved_area(void *start, void *end, int poison, const char *what)
{
    const uint64_t first = (mblab_virt_to_phys(start) + page_bytes - 1) / page_bytes;
    const uint64_t past = mblab_virt_to_phys(end) / page_bytes;
    if (first < past && poison >= 0 && poison <= 0xff)
        mblab_memset(mblab_phys_to_virt(first * page_bytes), poison, (past - first) * page_bytes);
    for (uint64_t pfn = first; pfn < past; pfn++)
        mblab_free_reserved_page(mblab_pfn_to_page(pfn));
    if (first < past && what)
        mblab_printk(6, "Freeing %s memory: %ldK\n", what, static_cast<long>((past - first) * (page_bytes / 1024)));
    return first < past ? past - first : 0;
}

int mblab_world_param(const char *name_and_value)
{
    char value[128];
    for (const mblab_param *param = __start_mblab_params; param < __stop_mblab_params; param++) {
        // __setup names end in '=', early_param names do not.
        size_t length = strlen(param->name);
        const bool ends_in_equals = length && param->name[length - 1] == '=';
        length -= ends_in_equals;
        if (strncmp(name_and_value, param->name, length) != 0)
            continue;
        const char *rest = name_and_value + length;
        if (*rest != '=' && *rest != '\0')
            continue;
        if (*rest == '\0')
            return param->set(nullptr);
        // Handlers may write into their argument.
        mblab_snprintf(value, sizeof value, "%s", rest + 1);
        return param->set(value);
    }
    return -ENOENT;
}

bool mblab_world_late_initcalls(int *error)
{
    if (late_initcalls_done)
        return false;
    late_initcalls_done = true;
    for (const mblab_initcall_t *call = __start_mblab_late_initcalls; call < __stop_mblab_late_initcalls; call++)
        if (const int failed = (*call)(); failed && !*error)
            *error = failed;
    return true;
}

dentry *debugfs_create_dir(const char *, dentry *)
{
    return nullptr;
}

dentry *debugfs_create_file(const char *name, unsigned short, dentry *, void *data, const file_operations *operations)
{
    if (file_count < files_max)
        files[file_count++] = {name, data, operations};
    return nullptr;
}

int mblab_world_debugfs(const char *name)
{
    static char printed[1u << 20];
    run_initcalls();
    for (size_t i = 0; i < file_count; i++) {
        if (strcmp(files[i].name, name) != 0)
            continue;
        seq_file out = {files[i].data, printed, sizeof printed, 0};
        const int error = files[i].operations->show(&out, nullptr);
        record(MBLAB_EFFECT_seq, 0, 0, 0, {printed, out.used});
        return error;
    }
    return -ENOENT;
}

void seq_printf(seq_file *file, const char *text_format, ...)
{
    va_list arguments;
    va_start(arguments, text_format);
    const size_t room = file->size - file->used;
    const size_t length = static_cast<size_t>(format(file->buffer + file->used, room, text_format, arguments));
    va_end(arguments);
    file->used += length < room ? length : room - 1;
}

void seq_puts(seq_file *file, const char *text)
{
    seq_printf(file, "%s", text);
}

void seq_putc(seq_file *file, char character)
{
    seq_printf(file, "%c", character);
}
