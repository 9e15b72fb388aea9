// SPDX-License-Identifier: GPL-2.0-or-later
// An engine that is a program: core/engine/wire.h is spoken with it.
#include "core/run/remote.hpp"

#include "core/base/error.hpp"
#include "core/engine/wire.h"
#include "core/run/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <elf.h>
#include <fstream>
#include <optional>
#include <span>
#include <vector>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mblab {
namespace {

// Longer than the lab's budget lets a call take on any machine.
constexpr int patience_milliseconds = 60000;

/// A program names its interpreter; a shared object has none. Nothing where the file is no ELF file.
template <typename Header, typename Segment> bool names_interpreter(std::ifstream &file)
{
    Header header{};
    file.seekg(0).read(reinterpret_cast<char *>(&header), sizeof header);
    for (size_t i = 0; i < header.e_phnum && file; i++) {
        Segment segment{};
        const auto at = static_cast<std::streamoff>(header.e_phoff + i * sizeof segment);
        if (file.seekg(at).read(reinterpret_cast<char *>(&segment), sizeof segment) && segment.p_type == PT_INTERP)
            return true;
    }
    return false;
}

bool is_program(const std::string &path)
{
    std::ifstream file(path, std::ios::binary);
    std::array<char, EI_NIDENT> ident{};
    constexpr std::string_view magic(ELFMAG, SELFMAG);
    if (!file.read(ident.data(), ident.size()) || !std::string_view(ident.data(), ident.size()).starts_with(magic))
        return false;
    return ident[EI_CLASS] == ELFCLASS32 ? names_interpreter<Elf32_Ehdr, Elf32_Phdr>(file)
                                         : names_interpreter<Elf64_Ehdr, Elf64_Phdr>(file);
}

/// The process, and the stream to it. What it does not answer in time, or ends before, is nothing.
class Host {
  public:
    explicit Host(const std::string &path) : Host(path, connected_sockets()) {}

    bool send(const mblab_wire_request &request)
    {
        return ::send(stream_.get(), &request, sizeof request, MSG_NOSIGNAL) == ssize_t{sizeof request};
    }

    /// So many bytes, to the end of what is there already.
    bool receive(std::vector<char> &into, size_t size)
    {
        const size_t had = into.size();
        into.resize(had + size);
        for (size_t at = had; at < into.size();) {
            const ssize_t got = recv(stream_.get(), into.data() + at, into.size() - at, MSG_DONTWAIT);
            if (got > 0)
                at += static_cast<size_t>(got);
            else if (got == 0 || (errno != EAGAIN && errno != EINTR) || !waits())
                return false;
        }
        return true;
    }

  private:
    Host(const std::string &path, std::pair<UniqueFd, UniqueFd> ends)
        : stream_(std::move(ends.first)), child_(Command{.words = {path, std::to_string(ends.second.get())},
                                                         .inherited = {ends.second.get()},
                                                         .hint = "it is built for another machine"})
    {
    }

    bool waits() const
    {
        pollfd waiting{stream_.get(), POLLIN, 0};
        return poll(&waiting, 1, patience_milliseconds) > 0;
    }

    UniqueFd stream_;
    Child child_;
};

class RemoteEngine final : public Engine {
  public:
    explicit RemoteEngine(std::string path) : path_(std::move(path))
    {
        start();
        std::vector<char> answer;
        if (!host_->send({.what = MBLAB_WIRE_HELLO, .kind = 0, .arg = {}, .text = {}}) ||
            !host_->receive(answer, sizeof hello_))
            throw Error(path_ + ": not an engine: it is a program that does not answer");
        std::copy_n(answer.data(), sizeof hello_, reinterpret_cast<char *>(&hello_));
        if (hello_.abi != MBLAB_ABI)
            throw Error(fmt::format("{}: built for another version of the lab (interface {}, here {}): rebuild it",
                                    path_, hello_.abi, MBLAB_ABI));
        const auto narrow = [](uint64_t number) { return static_cast<uint32_t>(number); };
        variant_ = {narrow(hello_.config), narrow(hello_.max_nodes), narrow(hello_.initial_memory_regions),
                    narrow(hello_.initial_reserved_regions)};
    }

    std::string_view name() const override { return hello_.name; }
    const Variant &variant() const override { return variant_; }
    bool has(uint16_t kind) const override { return hello_.has[kind]; }

    /// A copy of this process has a process of its own for the engine, and so has who comes after one that ended.
    void reset() override
    {
        if (!host_ || owner_ != getpid() || !host_->send(request(MBLAB_WIRE_RESET)))
            start();
    }

    const Outcome &run(const Op &op) override
    {
        mblab_wire_request call = request(MBLAB_WIRE_RUN);
        call.kind = op.kind;
        std::ranges::copy(op.arg, call.arg);
        std::ranges::copy(op.text, call.text);
        if (!ask(call))
            outcome_.result = {MBLAB_FAULT, 0, {}}, outcome_.effects = {};
        return outcome_;
    }

    const mblab_state &state() override
    {
        ask(request(MBLAB_WIRE_STATE));
        return outcome_.state;
    }

  private:
    static mblab_wire_request request(mblab_wire_ask what) { return {.what = what, .kind = 0, .arg = {}, .text = {}}; }

    void start()
    {
        if (host_ && owner_ != getpid())
            parents_.push_back(std::move(host_)); // not ours to close
        host_ = std::make_unique<Host>(path_);
        owner_ = getpid();
        for (Kept &kept : kept_)
            kept = {};
    }

    bool ask(const mblab_wire_request &what)
    {
        answer_.clear();
        if (host_ && host_->send(what) && host_->receive(answer_, sizeof(mblab_wire_outcome)) &&
            host_->receive(answer_, head().bytes - sizeof(mblab_wire_outcome))) {
            take_answer();
            return true;
        }
        host_.reset();
        return false;
    }

    const mblab_wire_outcome &head() const { return *reinterpret_cast<const mblab_wire_outcome *>(answer_.data()); }

    void take_answer()
    {
        const mblab_wire_outcome &said = head();
        outcome_.result = {static_cast<mblab_exit>(said.exit), static_cast<uint32_t>(said.count), {}};
        std::ranges::copy(said.value, outcome_.result.value);
        const char *at = answer_.data() + sizeof said;
        outcome_.effects = {reinterpret_cast<const Effect *>(at), nullptr, static_cast<uint32_t>(said.effects),
                            static_cast<uint32_t>(said.text_size)};
        at += said.effects * sizeof(Effect);
        for (size_t i = 0; i < kept_.size(); i++) {
            const auto &[cnt, max, total_size, storage, version, sent] = said.type[i];
            Kept &kept = kept_[i];
            const auto *regions = reinterpret_cast<const Region *>(at);
            if (kept.version != version)
                kept = {version, {regions, regions + sent}};
            at += sent * sizeof(Region);
            outcome_.state.type[i] = {cnt, max, total_size, storage, version, kept.regions.data()};
        }
        outcome_.effects.text = at;
        outcome_.state.current_limit = said.current_limit;
        outcome_.state.totalram = said.totalram;
        outcome_.state.region_bytes = static_cast<uint32_t>(said.region_bytes);
        outcome_.state.bottom_up = said.bottom_up;
    }

    /// Regions, which are sent when they have changed.
    struct Kept {
        uint64_t version = 0;
        std::vector<Region> regions;
    };

    std::string path_;
    std::unique_ptr<Host> host_;
    std::vector<std::unique_ptr<Host>> parents_; // of the processes that this one is a copy of
    pid_t owner_ = 0;
    mblab_wire_hello hello_{};
    Variant variant_;
    std::array<Kept, 3> kept_;
    std::vector<char> answer_;
    Outcome outcome_;
};

} // namespace

std::unique_ptr<Engine> open_engine_file(const std::string &path)
{
    if (is_program(path))
        return std::make_unique<RemoteEngine>(path);
    return load_engine(path);
}

} // namespace mblab
