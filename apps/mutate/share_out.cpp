// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/mutate/share_out.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/run/process.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <new>
#include <sys/mman.h>
#include <vector>

namespace mblab::mutate {
namespace {

/// What workers have in common.
struct Shared {
    std::atomic<size_t> next, done;
};

} // namespace

void share_out(size_t count, unsigned workers, const std::function<void(size_t)> &job,
               const std::function<void(size_t done)> &progress)
{
    void *const memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        throw Error("no memory to share with workers");
    Shared &shared = *new (memory) Shared{};
    const NamelessFile trouble;
    std::vector<std::unique_ptr<Child>> children;
    for (unsigned i = 0; i < std::min<size_t>(workers, count); i++)
        children.push_back(std::make_unique<Child>([&] {
            try {
                for (size_t at = shared.next++; at < count; at = shared.next++) {
                    job(at);
                    shared.done++;
                }
            } catch (const std::exception &error) {
                trouble.append(std::string(error.what()) + '\n');
                throw;
            }
        }));
    for (const std::unique_ptr<Child> &child : children) {
        while (!child->ends_within(std::chrono::milliseconds(500)))
            progress(shared.done);
        if (child->status() != 0) {
            const std::string said = read_file(trouble.path());
            throw Error(said.empty() ? "a worker died: " + death_of(child->status()) : std::string(first_lines(said)));
        }
    }
    munmap(memory, sizeof(Shared));
}

} // namespace mblab::mutate
