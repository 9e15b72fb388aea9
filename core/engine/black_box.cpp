// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/engine/black_box.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace mblab {
namespace {

enum class Phase : uint8_t { outside, opening, resetting, calling };

// Two engines and the model are usual; more than this share the last place. A boot makes some thousand calls.
constexpr unsigned engines_max = 8;
constexpr uint64_t calls_max = 1 << 15;

struct Calls {
    std::array<char, 200> name;
    uint64_t count;
    std::array<Op, calls_max> ops;
};

/// Text that another process may have ruined.
template <size_t n> std::string text_of(const std::array<char, n> &text)
{
    return {text.data(), strnlen(text.data(), n)};
}

template <size_t n> void set_text(std::array<char, n> &to, std::string_view text)
{
    *std::ranges::copy(text.substr(0, n - 1), to.begin()).out = 0;
}

} // namespace

struct BlackBox::Page {
    std::atomic<uint64_t> beats;
    std::atomic<Phase> phase, last_phase;
    std::atomic<bool> finished;
    int status;
    unsigned engine, engines;
    std::array<char, 200> noted;
    std::array<Calls, engines_max> calls;

    void enter(Phase now, unsigned which)
    {
        engine = which;
        last_phase.store(now, std::memory_order_relaxed);
        phase.store(now, std::memory_order_relaxed);
        beats.fetch_add(1, std::memory_order_relaxed);
    }
    const Calls &of_last() const { return calls[std::min(engine, engines_max - 1)]; }
};

BlackBox::Page *BlackBox::current_ = nullptr;

BlackBox::BlackBox(NamelessFile file) : file_(std::move(file))
{
    void *memory = ftruncate(fd(), sizeof(Page)) == 0
                       ? mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd(), 0)
                       : MAP_FAILED;
    if (memory == MAP_FAILED)
        throw Error(fmt::format("cannot share memory with a child: {}", std::strerror(errno)));
    page_ = static_cast<Page *>(memory); // a new one is zeros
}

BlackBox BlackBox::read(const std::string &path)
{
    const std::string content = read_file(path);
    if (content.size() != sizeof(Page))
        throw Error(fmt::format("{}: not the black box of a fuzz target", path));
    return BlackBox(NamelessFile(content));
}

BlackBox::~BlackBox()
{
    if (current_ == page_)
        current_ = nullptr;
    munmap(page_, sizeof(Page));
}

void BlackBox::use(BlackBox *box)
{
    current_ = box ? box->page_ : nullptr;
}

void BlackBox::use_inherited(int descriptor)
{
    static BlackBox box{NamelessFile::adopt(descriptor)};
    use(&box);
}

unsigned BlackBox::enter_open(std::string_view name)
{
    if (!current_)
        return 0;
    const unsigned engine = std::min(current_->engines++, engines_max - 1);
    set_text(current_->calls[engine].name, name);
    current_->calls[engine].count = 0;
    current_->enter(Phase::opening, engine);
    return engine;
}

void BlackBox::enter_reset(unsigned engine)
{
    if (!current_)
        return;
    current_->calls[engine].count = 0;
    current_->enter(Phase::resetting, engine);
}

void BlackBox::enter(unsigned engine, const Op &op)
{
    if (!current_)
        return;
    Calls &calls = current_->calls[engine];
    if (calls.count < calls_max)
        calls.ops[calls.count++] = op;
    current_->enter(Phase::calling, engine);
}

void BlackBox::leave()
{
    if (current_)
        current_->phase.store(Phase::outside, std::memory_order_relaxed);
}

void BlackBox::finish(int status)
{
    if (!current_)
        return;
    current_->status = status;
    current_->finished = true;
}

void BlackBox::note(std::string_view what)
{
    if (current_)
        set_text(current_->noted, what);
}

bool BlackBox::is_finished() const
{
    return page_->finished;
}

int BlackBox::status() const
{
    return page_->status;
}

bool BlackBox::is_inside() const
{
    return page_->phase != Phase::outside;
}

uint64_t BlackBox::beats() const
{
    return page_->beats;
}

std::string BlackBox::noted() const
{
    return text_of(page_->noted);
}

std::string BlackBox::doing() const
{
    const std::string name = text_of(page_->of_last().name);
    const char *when = is_inside() ? "in" : "after";
    switch (page_->last_phase) {
    case Phase::outside:
        return "";
    case Phase::opening:
        return fmt::format("while {} was opened", name);
    case Phase::resetting:
        return fmt::format("while {} was reset", name);
    case Phase::calling:
        break;
    }
    const Trace calls = trace();
    return fmt::format("{} {} of {}", when, calls.steps.empty() ? "a call" : print_op(calls.steps.back().op), name);
}

Trace BlackBox::trace() const
{
    const Calls &calls = page_->of_last();
    Trace out;
    for (uint64_t i = 0; i < std::min(calls.count, calls_max); i++)
        if (calls.ops[i].kind < MBLAB_OP_COUNT)
            out.add(calls.ops[i]);
    normalize(out);
    return out;
}

} // namespace mblab

/// A sanitizer calls it before it ends the process, with a line like "SUMMARY: AddressSanitizer: global-buffer-overflow
/// (FILE+OFFSET)": what was met is how the process died, and where is for whoever reads the whole report.
extern "C" [[gnu::visibility("default"), gnu::used]] void __sanitizer_report_error_summary(const char *summary)
{
    std::string_view text = summary;
    constexpr std::string_view head = "SUMMARY: ";
    text.remove_prefix(text.starts_with(head) ? head.size() : 0);
    const size_t name = text.find(": ");
    mblab::BlackBox::note(text.substr(0, name == text.npos ? name : text.find(' ', name + 2)));
    dprintf(STDERR_FILENO, "%s\n", summary);
}
