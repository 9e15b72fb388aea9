// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes are a file that may be packed: it is unpacked, or refused, in bounded memory.
#include "apps/boot/log.hpp"
#include "core/base/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    // More than a fuzzer's input holds when it is unpacked is a bomb: what is read of one costs time, and no memory.
    constexpr uint64_t enough = 1 << 20;
    uint64_t total = 0;
    try {
        mblab::stream_bytes({reinterpret_cast<const char *>(data), size}, "input", [&](std::string_view piece) {
            total += piece.size();
            if (total > enough)
                throw mblab::Error("enough");
        });
    } catch (const mblab::Error &) {
    }
    return 0;
}
