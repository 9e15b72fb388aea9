// SPDX-License-Identifier: GPL-2.0-or-later
// What is said: everything with memblock=debug, nothing but warnings and errors without.
#include "support.hpp"

using namespace mblab;
using namespace mblab::property;

namespace {

Inputs life(Drafts settings)
{
    const Calls calls = weighted({{3, add_memory()},
                                  {2, call(MBLAB_OP_memblock_reserve)},
                                  {1, call(MBLAB_OP_memblock_remove)},
                                  {1, call(MBLAB_OP_memblock_phys_free)},
                                  {3, allocate()},
                                  {1, call(MBLAB_OP_memblock_dump_all)},
                                  {1, call(MBLAB_OP_memblock_validate_numa_coverage)},
                                  {1, call(MBLAB_OP_debugfs_show)}});
    return in_order({boot(), std::move(settings), some(50, calls)});
}

} // namespace

PROPERTY(messages, debug_announces_every_change)
{
    const Drafts debug = first({make_op(MBLAB_OP_early_param, {}, "memblock=debug")});
    return {.input = life(debug),
            .reaches = {evaluated("messages.announced", 3000), evaluated("messages.dump", 500),
                        evaluated("messages.alignment", 50)},
            .variants = {"numa-keep-8", "uma-4"}};
}

PROPERTY(messages, quiet_without_debug)
{
    return {
        .input = life(first({})), .reaches = {evaluated("messages.quiet", 5000)}, .variants = {"numa-keep-8", "uma-4"}};
}
