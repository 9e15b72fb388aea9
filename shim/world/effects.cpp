// SPDX-License-Identifier: GPL-2.0-or-later
// The list of effects, and the ways to leave an engine.
#include "internal.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

jmp_buf *mblab_exit_frame;

namespace mblab::world {
namespace {

constexpr uint32_t effects_max = 1u << 17;
constexpr uint32_t text_max = 1u << 24;

// Mapped on first use and never reset: an engine restores its own data, and the log is not its own.
mblab_effect *effects;
char *texts;
uint32_t effect_count;
uint32_t text_used = 1;
// What the calls of an op may cost. Pages are many, and those that go on a run of pages cost a fraction of an effect.
constexpr uint64_t effect_cost = 64;
uint64_t budget = MBLAB_DEFAULT_BUDGET * effect_cost;
bool follows_machine = true; // the budget grows to what the machine's memory takes, once it is spent
uint64_t spent, granted;

template <typename T> T *map_array(size_t count)
{
    void *where =
        mmap(nullptr, count * sizeof(T), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (where == MAP_FAILED) {
        perror("memblock-lab: cannot map the effect log");
        abort();
    }
    return static_cast<T *>(where);
}

uint32_t keep_text(std::string_view text)
{
    if (text.empty())
        return 0;
    if (text.size() + 1 > text_max - text_used)
        mblab_leave(MBLAB_BUDGET);
    const uint32_t offset = text_used;
    for (char character : text)
        texts[text_used++] = character;
    texts[text_used++] = '\0';
    return offset;
}

} // namespace

namespace {

void spend(uint64_t cost)
{
    spent += cost;
    if (spent <= granted)
        return;
    // Outside the lab (the kernel's own suite) nobody reads the log; it starts anew when it is full.
    if (!mblab_exit_frame)
        return mblab_world_begin();
    if (follows_machine && granted == budget) {
        constexpr uint64_t pages_max = uint64_t{1} << 26;
        const uint64_t pages = mblab_world_config.pages_of_machine();
        granted += pages < pages_max ? pages : pages_max;
    }
    if (spent > granted)
        mblab_leave(MBLAB_BUDGET);
}

} // namespace

void spend_on_pages(uint64_t count)
{
    spend(count);
}

void record(mblab_effect_kind kind, uint64_t a, uint64_t b, uint64_t c, std::string_view text)
{
    if (!effects) {
        effects = map_array<mblab_effect>(effects_max);
        texts = map_array<char>(text_max);
    }
    spend(effect_cost);
    if (effect_count == effects_max)
        mblab_leave(MBLAB_BUDGET);
    effects[effect_count++] = {static_cast<uint32_t>(kind), keep_text(text), a, b, c};
}

mblab_effect *last_effect(uint32_t before)
{
    return effect_count > before ? &effects[effect_count - 1 - before] : nullptr;
}

} // namespace mblab::world

using namespace mblab::world;

void mblab_world_begin(void)
{
    effect_count = 0;
    text_used = 1;
    spent = 0;
    granted = budget;
}

void mblab_world_effects(mblab_effects *out)
{
    *out = {effects, texts, effect_count, text_used};
}

void mblab_world_set_budget(uint64_t wanted)
{
    follows_machine = wanted == 0;
    budget = (wanted ? wanted : MBLAB_DEFAULT_BUDGET) * effect_cost;
}

void mblab_leave(mblab_exit why)
{
    if (!mblab_exit_frame)
        abort();
    _longjmp(*mblab_exit_frame, static_cast<int>(why));
}

void mblab_printk(int level, const char *text_format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, text_format);
    const int length = format(line, sizeof line, text_format, arguments);
    va_end(arguments);
    const size_t kept = static_cast<size_t>(length) < sizeof line ? static_cast<size_t>(length) : sizeof line - 1;
    record(MBLAB_EFFECT_print, static_cast<uint64_t>(level), 0, 0, {line, kept});
}

void mblab_panic(const char *text_format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, text_format);
    format(line, sizeof line, text_format, arguments);
    va_end(arguments);
    record(MBLAB_EFFECT_panic, 0, 0, 0, line);
    mblab_leave(MBLAB_PANIC);
}

void mblab_bug(void)
{
    record(MBLAB_EFFECT_bug);
    mblab_leave(MBLAB_BUG);
}

bool mblab_warn(bool condition)
{
    if (condition)
        record(MBLAB_EFFECT_warn);
    return condition;
}

void mblab_dump_stack(void)
{
    record(MBLAB_EFFECT_dump_stack);
}

void mblab_kmemleak_alloc_phys(uint64_t addr, uint64_t size)
{
    record(MBLAB_EFFECT_kmemleak_alloc_phys, addr, size);
}

void mblab_kmemleak_free_part_phys(uint64_t addr, uint64_t size)
{
    record(MBLAB_EFFECT_kmemleak_free_part_phys, addr, size);
}

void mblab_accept_memory(uint64_t addr, uint64_t size)
{
    record(MBLAB_EFFECT_accept_memory, addr, size);
}

void mblab_world_range(uint64_t start, uint64_t end, int64_t nid)
{
    record(MBLAB_EFFECT_range, start, end, static_cast<uint64_t>(nid));
}
