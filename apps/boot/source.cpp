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
namespace {

using Archive = std::unique_ptr<archive, decltype(&archive_read_free)>;

int check(const Archive &file, int result, const std::string &name)
{
    const char *const why = archive_error_string(file.get());
    if (result < ARCHIVE_OK)
        throw Error(fmt::format("{}: {}", name, why ? why : "the file is incomplete"));
    return result;
}

Archive new_archive(const std::string &name)
{
    Archive file(archive_read_new(), archive_read_free);
    for (const auto support :
         {archive_read_support_filter_xz, archive_read_support_filter_gzip, archive_read_support_filter_zstd,
          archive_read_support_filter_bzip2, archive_read_support_filter_lz4, archive_read_support_filter_lzma,
          archive_read_support_filter_compress, archive_read_support_format_zip_streamable,
          archive_read_support_format_raw, archive_read_support_format_empty})
        check(file, support(file.get()), name);
    return file;
}

/// Of a folder that was packed by zip, one file after the other; tar's headers are lines like others.
void stream(const Archive &file, const std::string &name, const std::function<void(std::string_view)> &sink)
{
    archive_entry *entry = nullptr;
    while (check(file, archive_read_next_header(file.get(), &entry), name) != ARCHIVE_EOF) {
        const void *data = nullptr;
        size_t size = 0;
        for (la_int64_t offset = 0;
             check(file, archive_read_data_block(file.get(), &data, &size, &offset), name) != ARCHIVE_EOF;)
            sink({static_cast<const char *>(data), size});
    }
}

} // namespace

void stream_file(const std::string &path, const std::function<void(std::string_view)> &sink)
{
    constexpr size_t block = 1 << 16;
    const Archive file = new_archive(path);
    if (archive_read_open_filename(file.get(), path == "-" ? nullptr : path.c_str(), block) != ARCHIVE_OK)
        throw Error(fmt::format("{}: {}", path, std::strerror(archive_errno(file.get()))));
    stream(file, path, sink);
}

void stream_bytes(std::string_view bytes, const std::string &name, const std::function<void(std::string_view)> &sink)
{
    const Archive file = new_archive(name);
    check(file, archive_read_open_memory(file.get(), bytes.data(), bytes.size()), name);
    stream(file, name, sink);
}

} // namespace mblab
