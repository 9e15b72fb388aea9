// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/guest/kernels.hpp"

#include "apps/guest/guest_engine.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/run/catalog.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace mblab::guest {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "guest:";

/// Where get-kernel puts the image of linux-RELEASE@ARCHITECTURE, and busybox beside the releases.
recording::KernelFiles files_of(std::string_view name)
{
    const size_t at = name.find('@');
    const bool is_release = name.starts_with("linux-") && at != name.npos;
    if (!is_release)
        return {.kernel = std::string(name), .busybox = {}, .symbols = {}, .qemu = {}};
    const std::string folder = fmt::format("{}/kernels/{}", cache_folder(), name.substr(at + 1));
    const std::string kernel = fmt::format("{}/{}/vmlinuz", folder, name.substr(0, at));
    std::error_code error;
    if (!fs::exists(kernel, error))
        throw Error(fmt::format("no kernel {} here: fetch it with mblab kernel get {}", name, name));
    return {.kernel = kernel, .busybox = folder + "/busybox", .symbols = {}, .qemu = {}};
}

std::unique_ptr<Engine> open_guest(std::string_view engine, std::string_view variant)
{
    const std::string_view name = engine.substr(prefix.size());
    const recording::KernelFiles files = files_of(name);
    const std::unique_ptr<Engine> port = open_engine("port", variant);
    auto guest = std::make_unique<GuestEngine>(std::string(engine), BootOptions{.files = files}, port->variant());
    // What the kernel means is what its tree means, where that is an engine too: a guest does not show all that
    // witnesses ask for.
    const std::string tree(name.substr(0, name.find('@')));
    guest->set_dialect(has_engine(tree, variant) ? open_engine(tree, variant)->dialect() : port->dialect());
    return guest;
}

} // namespace

void add_guests()
{
    add_engine_kind(prefix, open_guest);
}

} // namespace mblab::guest
