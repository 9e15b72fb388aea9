// SPDX-License-Identifier: GPL-2.0-or-later
// What this process is doing with engines, in memory that it shares with whoever watches it: all that is left when an
// engine ends the process, or never comes back.
#pragma once

#include "core/base/files.hpp"
#include "core/trace/trace.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace mblab {

class BlackBox {
  public:
    /// A new one, empty. Throws Error.
    BlackBox() : BlackBox(NamelessFile()) {}
    /// One that another process made.
    explicit BlackBox(NamelessFile file);
    /// A copy of one, out of a file. Throws Error where the file is none.
    static BlackBox read(const std::string &path);
    ~BlackBox();
    BlackBox(const BlackBox &) = delete;
    BlackBox &operator=(const BlackBox &) = delete;

    /// From now on this process writes into it; into none where it is null.
    static void use(BlackBox *box);
    /// The same, of the descriptor that a parent left us.
    static void use_inherited(int descriptor);
    int fd() const { return file_.fd(); }

    // ---- what engines write ----

    /// An engine is opened, of a file or under a name. Returns the number under which its calls are written down.
    static unsigned enter_open(std::string_view name);
    static void enter_reset(unsigned engine);
    static void enter(unsigned engine, const Op &op);
    static void leave();
    /// The process did what it was to do.
    static void finish(int status);
    /// What an engine did to the process, where it came back from it.
    static void note(std::string_view what);

    // ---- what a watcher reads ----

    bool is_finished() const;
    int status() const;
    /// Whether an engine is being opened, reset or called, and a number that is another one with each such step.
    bool is_inside() const;
    uint64_t beats() const;
    /// "" where no engine was ever opened; else what the process was doing, or did last.
    std::string doing() const;
    std::string noted() const;
    /// The calls since the last reset of the engine that was called last, as far as there is room for them.
    Trace trace() const;

  private:
    struct Page;

    NamelessFile file_;
    Page *page_ = nullptr;
    static Page *current_;
};

} // namespace mblab
