// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/base/files.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace mblab {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string &path, std::string_view what)
{
    throw Error(fmt::format("{}: {}: {}", path, what, std::strerror(errno)));
}

void write_all(const std::string &path, int descriptor, std::string_view content)
{
    while (!content.empty()) {
        const ssize_t written = write(descriptor, content.data(), content.size());
        if (written < 0)
            fail(path, "cannot write");
        content.remove_prefix(static_cast<size_t>(written));
    }
    if (fsync(descriptor) != 0 && errno != EINVAL)
        fail(path, "cannot write");
}

} // namespace

UniqueFd &UniqueFd::operator=(UniqueFd &&other) noexcept
{
    const UniqueFd old(std::exchange(fd_, std::exchange(other.fd_, -1)));
    return *this;
}

UniqueFd::~UniqueFd()
{
    if (fd_ >= 0)
        close(fd_);
}

NamelessFile::NamelessFile(std::string_view content) : fd_(memfd_create("mblab", MFD_CLOEXEC))
{
    if (fd() < 0 || fcntl(fd(), F_SETFL, O_APPEND) != 0)
        fail("a file without a name", "cannot create");
    append(content);
}

void NamelessFile::append(std::string_view content) const
{
    write_all("a file without a name", fd(), content);
}

std::string NamelessFile::path() const
{
    return fmt::format("/dev/fd/{}", fd());
}

std::string read_file(const std::string &path)
{
    const UniqueFd file(path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0)
        fail(path, "cannot read");
    std::string content;
    char buffer[1 << 16];
    while (true) {
        const ssize_t got = read(file.get(), buffer, sizeof buffer);
        if (got < 0)
            fail(path, "cannot read");
        if (got == 0)
            return content;
        content.append(buffer, static_cast<size_t>(got));
    }
}

void write_new_file(const std::string &path, std::string_view content)
{
    // Written under another name first, and linked: link() does not replace what exists.
    const std::string half = fmt::format("{}.{}.part", path, getpid());
    {
        const UniqueFd file(open(half.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
        if (file.get() < 0)
            fail(path, "cannot create");
        try {
            write_all(path, file.get(), content);
        } catch (const Error &) {
            unlink(half.c_str());
            throw;
        }
    }
    const int linked = link(half.c_str(), path.c_str());
    const int error = errno;
    unlink(half.c_str());
    errno = error;
    if (linked != 0)
        fail(path, "cannot create");
}

uint64_t content_hash(std::string_view content)
{
    uint64_t value = 0xcbf29ce484222325;
    for (const char character : content)
        value = (value ^ static_cast<unsigned char>(character)) * 0x100000001b3;
    return value;
}

std::string keep_file(const std::string &folder, std::string_view prefix, std::string_view suffix,
                      std::string_view content)
{
    std::error_code error;
    fs::create_directories(folder, error);
    const std::string path = fmt::format("{}/{}{:016x}{}", folder, prefix, content_hash(content), suffix);
    if (!fs::exists(path, error))
        write_new_file(path, content);
    return path;
}

TemporaryFolder::TemporaryFolder(const fs::path &parent) : path_((parent / "mblab.XXXXXX").string())
{
    std::error_code ignored;
    fs::create_directories(parent, ignored);
    if (!mkdtemp(path_.data()))
        fail(parent.string(), "cannot make a temporary folder in it");
}

TemporaryFolder::~TemporaryFolder()
{
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::string cache_folder()
{
    if (const char *folder = std::getenv("MBLAB_CACHE"))
        return fs::absolute(folder).string();
    if (const char *folder = std::getenv("XDG_CACHE_HOME"))
        return std::string(folder) + "/memblock-lab";
    if (const char *home = std::getenv("HOME"))
        return std::string(home) + "/.cache/memblock-lab";
    // What anyone may write to is no place for engines, which are run.
    throw Error("HOME is not set: set MBLAB_CACHE to a folder for the cache");
}

} // namespace mblab
