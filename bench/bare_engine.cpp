// SPDX-License-Identifier: GPL-2.0-or-later
#include "bare_engine.hpp"

#include "core/base/error.hpp"
#include "core/run/catalog.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

namespace mblab::bench {

BareEngine::BareEngine(std::string_view name, std::string_view variant)
{
    open_engine(name, variant); // says what is wrong, if something is
    const std::string path = fmt::format("{}/{}@{}.so", engine_folder(), name, variant);
    void *object = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    table_ = reinterpret_cast<const mblab_engine *(*)()>(dlsym(object, "mblab_get_engine"))();
}

void BareEngine::run(std::span<const Op> calls)
{
    for (const Op &op : calls) {
        mblab_result result;
        table_->run(&op, &result);
        if (result.exit != MBLAB_RETURNED) [[unlikely]]
            throw Error(fmt::format("{}: {} did not return", name(), op_info(op.kind).name));
    }
}

mblab_state BareEngine::state() const
{
    mblab_state state;
    table_->state(&state);
    return state;
}

} // namespace mblab::bench
