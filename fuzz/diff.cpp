// SPDX-License-Identifier: GPL-2.0-or-later
// Two engines, and nothing but the difference between them: what mblab diff runs. $MBLAB_DIFF_BASE and $MBLAB_DIFF_HEAD
// are their files, $MBLAB_DIFF_VARIANT is the variant of both, $MBLAB_DIFF_TRAITS the traits that they answer
// differently, or that are expected to differ; $MBLAB_DIFF_WATCHED a line for each block that is watched: 0 or 1, its
// offset, its name.
#include "fuzz/harness.hpp"

#include <cstdlib>
#include <sstream>

namespace {

std::vector<mblab::WatchedBlock> watched_blocks()
{
    std::vector<mblab::WatchedBlock> blocks;
    const char *text = std::getenv("MBLAB_DIFF_WATCHED");
    std::istringstream in(text ? text : "");
    for (mblab::WatchedBlock block; in >> block.engine >> block.offset >> block.name;)
        blocks.push_back(block);
    return blocks;
}

const char *setting(const char *name)
{
    const char *value = std::getenv(name);
    if (!value)
        std::exit(2);
    return value;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static mblab::fuzz::Harness harness(
        {.engines = {setting("MBLAB_DIFF_BASE"), setting("MBLAB_DIFF_HEAD")},
         .variant = setting("MBLAB_DIFF_VARIANT"),
         .executor = {.laws = false, .shared_calls_only = true, .watched = watched_blocks()},
         .go_on = true,
         .explained_by = setting("MBLAB_DIFF_TRAITS")});
    harness.run(mblab::decode_trace({data, size}));
    return 0;
}
