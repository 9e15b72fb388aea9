// SPDX-License-Identifier: GPL-2.0-or-later
// Files as streams of bytes, unpacked when they are packed.
#include "apps/boot/log.hpp"
#include "core/base/error.hpp"

#include <fmt/format.h>

#include <archive.h>
#include <archive_entry.h>
#include <cstring>
#include <memory>

namespace mblab {

void stream_file(const std::string &path, const std::function<void(std::string_view)> &sink)
{
    const std::unique_ptr<archive, decltype(&archive_read_free)> file(archive_read_new(), archive_read_free);
    const auto check = [&](int result) {
        const char *const why = archive_error_string(file.get());
        if (result < ARCHIVE_OK)
            throw Error(fmt::format("{}: {}", path, why ? why : "not a whole file"));
        return result;
    };
    for (const auto support :
         {archive_read_support_filter_xz, archive_read_support_filter_gzip, archive_read_support_filter_zstd,
          archive_read_support_filter_bzip2, archive_read_support_filter_lz4, archive_read_support_format_raw,
          archive_read_support_format_empty})
        check(support(file.get()));
    constexpr size_t block = 1 << 16;
    if (archive_read_open_filename(file.get(), path == "-" ? nullptr : path.c_str(), block) != ARCHIVE_OK)
        throw Error(fmt::format("{}: {}", path, std::strerror(archive_errno(file.get()))));
    archive_entry *entry = nullptr;
    if (check(archive_read_next_header(file.get(), &entry)) == ARCHIVE_EOF)
        return;
    const void *data = nullptr;
    size_t size = 0;
    for (la_int64_t offset = 0; check(archive_read_data_block(file.get(), &data, &size, &offset)) != ARCHIVE_EOF;)
        sink({static_cast<const char *>(data), size});
}

} // namespace mblab
