// SPDX-License-Identifier: GPL-2.0-or-later
// Files as streams of bytes, unpacked when they are xz.
#include "apps/boot/log.hpp"
#include "core/base/error.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <lzma.h>
#include <memory>

namespace mblab {
namespace {

using Sink = std::function<void(std::string_view)>;

constexpr std::string_view xz_magic{"\xfd"
                                    "7zXZ\0",
                                    6};
// More than any file that xz makes by default asks for.
constexpr uint64_t unpack_memory_max = 80u << 20;

class Unpacker {
  public:
    explicit Unpacker(std::string path) : path_(std::move(path))
    {
        if (lzma_stream_decoder(&stream_, unpack_memory_max, LZMA_CONCATENATED) != LZMA_OK)
            throw Error(path_ + ": cannot start the xz decoder");
    }
    Unpacker(const Unpacker &) = delete;
    Unpacker &operator=(const Unpacker &) = delete;
    ~Unpacker() { lzma_end(&stream_); }

    void feed(std::string_view packed, bool last, const Sink &sink)
    {
        std::array<char, 1 << 16> out;
        stream_.next_in = reinterpret_cast<const uint8_t *>(packed.data());
        stream_.avail_in = packed.size();
        do {
            stream_.next_out = reinterpret_cast<uint8_t *>(out.data());
            stream_.avail_out = out.size();
            const lzma_ret result = lzma_code(&stream_, last ? LZMA_FINISH : LZMA_RUN);
            sink({out.data(), out.size() - stream_.avail_out});
            if (result == LZMA_STREAM_END)
                return;
            // More room was all it lacked.
            if (result == LZMA_BUF_ERROR && !last)
                return;
            if (result != LZMA_OK)
                throw Error(path_ + ": not a whole xz file");
        } while (stream_.avail_in || stream_.avail_out == 0 || last);
    }

  private:
    std::string path_;
    lzma_stream stream_ = LZMA_STREAM_INIT;
};

struct Close {
    void operator()(FILE *file) const
    {
        if (file != stdin)
            fclose(file);
    }
};

} // namespace

void stream_file(const std::string &path, const Sink &sink)
{
    const std::unique_ptr<FILE, Close> file(path == "-" ? stdin : fopen(path.c_str(), "rb"));
    if (!file)
        throw Error(fmt::format("{}: {}", path, std::strerror(errno)));
    std::unique_ptr<Unpacker> unpacker;
    std::array<char, 1 << 16> buffer;
    for (bool first = true;; first = false) {
        const size_t count = fread(buffer.data(), 1, buffer.size(), file.get());
        if (ferror(file.get()))
            throw Error(fmt::format("{}: {}", path, std::strerror(errno)));
        const std::string_view piece{buffer.data(), count};
        if (first && piece.starts_with(xz_magic))
            unpacker = std::make_unique<Unpacker>(path);
        if (unpacker)
            unpacker->feed(piece, count == 0, sink);
        else
            sink(piece);
        if (count == 0)
            return;
    }
}

} // namespace mblab
