// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes decode to a trace that no engine can choke on: normal already, and the same after both forms of saving it.
#include "core/trace/trace.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const mblab::Trace trace = mblab::decode_trace({data, size});
    const std::string text = mblab::print_trace(trace);
    mblab::Trace normal = trace;
    mblab::normalize(normal);
    if (mblab::print_trace(normal) != text ||
        mblab::print_trace(mblab::decode_trace(mblab::encode_trace(trace))) != text ||
        mblab::print_trace(mblab::parse_trace(text, "printed")) != text)
        std::abort();
    return 0;
}
