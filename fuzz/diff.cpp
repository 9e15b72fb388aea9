// SPDX-License-Identifier: GPL-2.0-or-later
// Two engines, and nothing but the difference between them: what mblab diff runs. $MBLAB_DIFF_BASE and $MBLAB_DIFF_HEAD
// are their files, $MBLAB_DIFF_VARIANT is the variant of both, $MBLAB_DIFF_TRAITS the traits that they answer
// differently.
#include "fuzz/harness.hpp"

#include <cstdlib>

namespace {

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
    static mblab::fuzz::Harness harness({.engines = {setting("MBLAB_DIFF_BASE"), setting("MBLAB_DIFF_HEAD")},
                                         .variant = setting("MBLAB_DIFF_VARIANT"),
                                         .executor = {.laws = false, .shared_calls_only = true},
                                         .go_on = true,
                                         .explained_by = setting("MBLAB_DIFF_TRAITS")});
    harness.run(mblab::decode_trace({data, size}));
    return 0;
}
