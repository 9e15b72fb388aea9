// SPDX-License-Identifier: GPL-2.0-or-later
// A target without a fuzzer: it is run once on each file that the command line names, and on each file in the folders
// that it names. Words that begin with a dash are a fuzzer's options, and mean nothing here.
#include "core/base/error.hpp"
#include "core/base/files.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern "C" __attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

namespace {

namespace fs = std::filesystem;

/// The files under a path in one order everywhere; a path that is no folder is a file, which may turn out unreadable.
std::vector<std::string> files_under(const std::string &path)
{
    std::error_code error;
    if (!fs::is_directory(path, error))
        return {path};
    std::vector<std::string> files;
    for (const fs::directory_entry &entry : fs::recursive_directory_iterator(path))
        if (entry.is_regular_file())
            files.push_back(entry.path().string());
    std::sort(files.begin(), files.end());
    return files;
}

} // namespace

int main(int argc, char **argv)
{
    const std::string program = fs::path(argv[0]).filename().string();
    std::vector<std::string> paths;
    for (int i = 1; i < argc; i++)
        if (argv[i][0] != '-')
            paths.emplace_back(argv[i]);
    if (paths.empty()) {
        std::fprintf(stderr, "usage: %s FILE|FOLDER...   runs each file once; a finding aborts\n", program.c_str());
        return 2;
    }
    if (LLVMFuzzerInitialize)
        LLVMFuzzerInitialize(&argc, &argv);
    size_t inputs = 0;
    try {
        for (const std::string &path : paths)
            for (const std::string &file : files_under(path)) {
                const std::string content = mblab::read_file(file);
                LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t *>(content.data()), content.size());
                inputs++;
            }
    } catch (const mblab::Error &error) {
        std::fprintf(stderr, "%s: %s\n", program.c_str(), error.what());
        return 2;
    } catch (const fs::filesystem_error &error) {
        std::fprintf(stderr, "%s: %s\n", program.c_str(), error.what());
        return 2;
    }
    std::fprintf(stderr, "%s: %zu inputs, no finding\n", program.c_str(), inputs);
    return 0;
}
