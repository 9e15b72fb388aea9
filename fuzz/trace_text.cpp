// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes are read as a trace in text, or refused in one line; what was read is printed and read back the same.
#include "core/base/error.hpp"
#include "core/trace/trace.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try {
        const mblab::Trace trace = mblab::parse_trace({reinterpret_cast<const char *>(data), size}, "input");
        const std::string text = mblab::print_trace(trace);
        if (mblab::print_trace(mblab::parse_trace(text, "printed")) != text)
            std::abort();
    } catch (const mblab::Error &error) {
        const std::string_view said = error.what();
        if (!said.starts_with("input:") || said.find('\n') != said.npos)
            std::abort();
    }
    return 0;
}
