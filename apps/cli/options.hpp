// SPDX-License-Identifier: GPL-2.0-or-later
// Options that several subcommands have, and what becomes of them.
#pragma once

#include "core/engine/engine.hpp"
#include "core/search/explore.hpp"
#include "core/trace/trace.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mblab {

/// How a command's help says what names an engine.
inline const std::string engine_names =
    "port, linux-RELEASE, model, a kernel tree, git:REPO@REV, git:REPO@REV+PATCH, FILE.so, bump, bootmem, nobootmem, "
    "history-model, bootmem:FOLDER for an old tree's own, or guest:linux-RELEASE@x86_64, the kernel itself under QEMU "
    "(mblab kernel)";

/// --engine, -e: one name or several with commas between them, and as often as one likes. The option's default is what
/// engines holds. engines lives as long as the command.
void add_engines(CLI::App &command, std::vector<std::string> &engines, const std::string &help);

/// Names with commas between them, one by one. A path may hold commas: what has a slash stays whole.
std::vector<std::string> split_names(const std::vector<std::string> &names);

/// The variants that --variant names: with commas between them, or "all" that have engines. Empty where asked is.
std::vector<std::string> split_variants(const std::string &asked);

/// What a command that works on one trace is told.
struct TraceOptions {
    std::string trace, variant;
    std::vector<std::string> engines;

    void add_trace(CLI::App &command);
    void add_variant(CLI::App &command);
};

/// Note in a trace what it was run on, where that is a tree or a file: who runs it again runs it on the same.
void note_engines(Trace &trace, const std::vector<std::string> &engines);

/// The trace of a file in the text form; "-" is standard input. Throws Error.
Trace read_trace(const std::string &path);

/// The variant to run a trace in: the one that was asked for, else that of a guest among the engines
/// (guest:linux-7.3@x86_64), else the trace's own, else numa-128. Throws Error where there is none of that name.
std::string variant_for(const std::string &asked, const Trace &trace, const std::vector<std::string> &engines = {});

/// "K/N", K from 1 to N, of an option --shard. Throws Error.
Shard parse_shard(std::string_view text);

/// Engines that stay open as long as the list of them.
class OpenEngines {
  public:
    OpenEngines() = default;
    OpenEngines(const std::vector<std::string> &names, const std::string &variant)
    {
        for (const std::string &name : names)
            open(name, variant);
    }
    Engine &open(const std::string &name, const std::string &variant);
    const std::vector<Engine *> &list() const { return list_; }

  private:
    std::vector<std::unique_ptr<Engine>> owned_;
    std::vector<Engine *> list_;
};

} // namespace mblab
