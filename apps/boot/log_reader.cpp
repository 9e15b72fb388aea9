// SPDX-License-Identifier: GPL-2.0-or-later
// The reader: lines, split into boots, whatever stands before a known message left aside, what was wrapped joined
// again, and each message read as an event.
#include "apps/boot/lines.hpp"
#include "apps/boot/messages.hpp"
#include "apps/boot/snapshot.hpp"
#include "core/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mblab {

using namespace boot;

namespace {

// A boot with both arrays at their 128 Ki regions and a dump of them prints less.
constexpr size_t events_max = 1u << 20;
// Evidence is worth keeping only in the amounts that one boot prints.
constexpr uint64_t evidence_max = 1u << 16;
// A message that is wrapped goes on in a few lines, and is not long.
constexpr unsigned joins_max = 8;
constexpr size_t joined_max = 512;
// A clock that has come this far and is at 0 again is another boot's.
constexpr uint64_t clock_started = 1000;

bool is_of_memblock(EventKind kind)
{
    return kind < EventKind::lost;
}

/// A message that lacks its end: it goes on in the next line, or is broken.
struct Pending {
    Beginning beginning;
    std::string text;
    std::string dressing; // what stood before it
    bool stamped = false; // a time among that
    uint64_t line = 0;
    unsigned joins = 0;
};

} // namespace

class LogReader::Pipeline {
  public:
    Pipeline(std::string name, Explain explain) : explain_(std::move(explain)), name_(std::move(name))
    {
        log_.name = name_;
        for (const mblab_type type : {MBLAB_TYPE_reserved, MBLAB_TYPE_physmem})
            if (name_.substr(name_.rfind('/') + 1).find(type_name(type)) != std::string::npos)
                file_ = type;
    }

    void feed(std::string_view piece)
    {
        cutter_.feed(piece, [this](std::string_view line) { read_line(line); });
    }

    std::vector<Log> finish()
    {
        cutter_.finish([this](std::string_view line) { read_line(line); });
        read_text(cleaner_.rest());
        flush();
        end_boot(line_);
        if (boots_.empty()) {
            log_.last_line = line_;
            boots_.push_back(std::move(log_));
        }
        if (boots_.size() == 1)
            boots_[0].lines = line_;
        else
            for (size_t i = 0; i < boots_.size(); i++)
                boots_[i].name += fmt::format(" (boot {}, lines {} to {})", i + 1,
                                              boots_[i].last_line - boots_[i].lines + 1, boots_[i].last_line);
        return std::move(boots_);
    }

  private:
    void tell(uint64_t line, std::string_view stage, std::string_view text) const
    {
        if (explain_)
            explain_(line, stage, text);
    }

    void read_line(std::string_view line)
    {
        line_++;
        tell(line_, "line", line);
        const std::string_view text = cleaner_.clean(line);
        if (text.empty() && !cleaner_.rest().empty())
            tell(line_, "joined with the next line", cleaner_.rest());
        read_text(text);
    }

    /// A message starts behind a carriage return and at a timestamp, wherever on the line another writer left it.
    void read_text(std::string_view line)
    {
        while (!line.empty()) {
            const std::string_view written = line.substr(0, line.find('\r'));
            line.remove_prefix(std::min(line.size(), written.size() + 1));
            for (size_t start = 0; start < written.size();) {
                const Stamp here = find_stamp(written, start);
                const Stamp next = here.length ? find_stamp(written, here.at + here.length) : here;
                // Stamps of two clocks, or of a caller, stand next to one another.
                const bool apart = next.length && next.at > here.at + here.length + 1;
                const size_t end = apart ? next.at : written.size();
                read_segment(written.substr(start, end - start), here.length ? &here : nullptr);
                start = end;
            }
        }
    }

    /// The messages of one writer.
    void read_segment(std::string_view text, const Stamp *stamp)
    {
        std::optional<Beginning> beginning = find_beginning(text, 0);
        if (pending_ && !beginning && join(text, stamp))
            return;
        flush();
        if (!beginning)
            read_other(text);
        const std::string_view dressing = text.substr(0, beginning ? beginning->at : 0);
        while (beginning) {
            const auto next = find_beginning(text, beginning->at + beginning->length);
            const size_t length = next ? next->at - beginning->at : std::string_view::npos;
            read_message_of(*beginning, text.substr(beginning->at, length), dressing, stamp, !next);
            beginning = next;
        }
        if (stamp)
            clock_ = std::max(clock_, stamp->microseconds);
    }

    void read_message_of(const Beginning &beginning, std::string_view text, std::string_view dressing,
                         const Stamp *stamp, bool last)
    {
        text = text.substr(0, text.find_last_not_of(" \t") + 1);
        tell(line_, "before it", dressing);
        tell(line_, "message", text);
        const Reading reading = boot::read_message(beginning, text);
        split_boots(beginning, reading, stamp);
        if (last && (reading.fit == Fit::part || reading.may_go_on || goes_on(reading, text))) {
            pending_ = {
                beginning, std::string(text.substr(0, joined_max)), std::string(dressing), stamp != nullptr, line_, 0};
            pending_->beginning.at = 0;
            return;
        }
        accept(beginning, text, line_);
    }

    /// A command line has no end of its own.
    static bool goes_on(const Reading &reading, std::string_view text)
    {
        constexpr size_t narrowest_wrap = 40;
        return reading.message && reading.message->pattern.find("ommand line: ") != std::string_view::npos &&
               text.size() > narrowest_wrap;
    }

    void split_boots(const Beginning &beginning, const Reading &reading, const Stamp *stamp)
    {
        const std::string_view pattern = reading.message ? reading.message->pattern : std::string_view();
        const bool went_back = stamp && clock_ >= clock_started && stamp->microseconds == 0;
        const bool is_memblock = beginning.is_call() || is_of_memblock(reading.event.kind);
        const bool banner = pattern.starts_with("Linux version ") && (!log_.kernel.empty() || went_back);
        const bool booting = pattern.starts_with("Booting Linux on") && has_content();
        if (banner || booting || (is_memblock && went_back))
            end_boot(line_ - 1);
    }

    bool has_content() const { return !log_.events.empty() || !log_.kernel.empty() || log_.unreadable; }

    /// What was read up to a line is one boot, if anything.
    void end_boot(uint64_t last_line)
    {
        clock_ = 0;
        debugfs_ = MBLAB_TYPE_none;
        if (!has_content())
            return;
        log_.last_line = last_line;
        log_.lines = last_line - first_line_ + 1;
        first_line_ = last_line + 1;
        boots_.push_back(std::move(log_));
        log_ = {};
        log_.name = name_;
    }

    /// Whether the line is the end of what the line before began.
    bool join(std::string_view text, const Stamp *stamp)
    {
        if (text.find_first_not_of(" \t") == std::string_view::npos)
            return true; // an empty line between
        if ((stamp && pending_->stamped) || ++pending_->joins > joins_max)
            return false;
        if (goes_on(read(pending_->text), pending_->text)) {
            if (!pending_->stamped)
                return false;
            tell(line_, "goes on", pending_->text);
            pending_->text += ' ' + std::string(text.substr(0, joined_max));
            return pending_->text.size() <= 8 * joined_max;
        }
        const auto common = static_cast<size_t>(std::ranges::mismatch(text, pending_->dressing).in1 - text.begin());
        std::string best;
        std::pair best_fit{Fit::no, false};
        for (const std::string_view rest : {text, text.substr(common), without_quotes(text)})
            for (const std::string_view glue : {"", " "}) {
                std::string joined = pending_->text + std::string(glue) + std::string(rest.substr(0, joined_max));
                const Reading reading = read(joined);
                const std::pair fit{reading.fit, reading.names_caller};
                if (joined.size() > joined_max || !completes(reading, rest, glue) || fit <= best_fit)
                    continue;
                best_fit = fit;
                best = std::move(joined);
            }
        if (best.empty())
            return false;
        tell(line_, "goes on", pending_->text);
        tell(pending_->line, "joined with the next line", best);
        pending_->text = std::move(best);
        return true;
    }

    Reading read(std::string_view text) const { return boot::read_message(pending_->beginning, text); }

    /// What was whole before is only made longer by what is missing: digits of its last number, the name of a caller.
    bool completes(const Reading &joined, std::string_view rest, std::string_view glue) const
    {
        const Reading before = read(pending_->text);
        if (before.fit != Fit::whole)
            return joined.fit != Fit::no;
        constexpr size_t narrowest_wrap = 60;
        const bool wide = pending_->dressing.size() + pending_->text.size() >= narrowest_wrap;
        if (!before.may_go_on || joined.fit != Fit::whole)
            return false;
        const std::string_view text = pending_->text;
        const bool cut_in_prefix = (text.ends_with(" 0") || text.ends_with("=0")) && rest.starts_with('x');
        if (wide && glue.empty() && Scan::is_hex_digit(text.back()) &&
            begins_with_digits(cut_in_prefix ? rest.substr(1) : rest))
            return true;
        // The name may look like more digits of the number before it; within a name there is no blank.
        const bool in_name = !before.event.text.empty(), blank = !glue.empty() || rest.starts_with(' ');
        return joined.names_caller && (in_name ? wide && !blank : blank);
    }

    static bool begins_with_digits(std::string_view text)
    {
        const auto end = static_cast<size_t>(std::ranges::find_if_not(text, Scan::is_hex_digit) - text.begin());
        return end > 0 && (end == text.size() || text[end] == ' ');
    }

    /// Nothing more belongs to the message that lacks its end.
    void flush()
    {
        if (!pending_)
            return;
        const Pending message = std::move(*pending_);
        pending_.reset();
        accept(message.beginning, message.text, message.line);
    }

    void accept(const Beginning &beginning, std::string_view text, uint64_t line)
    {
        Reading reading = read_ended_message(beginning, text);
        if (beginning.is_call() && beginning.op == MBLAB_OP_COUNT) {
            tell(line, "is", "a call that none of the lab's kernels has");
            if (log_.foreign_call.empty())
                log_.foreign_call = text.substr(0, text.find(':'));
            return;
        }
        const bool of_memblock = beginning.is_call() || is_of_memblock(reading.event.kind);
        const bool reads = reading.fit == Fit::whole && (!reading.message || !reading.message->finish ||
                                                         reading.message->finish(reading.event, log_));
        log_.memblock_lines += of_memblock;
        if (!reads) {
            tell(line, "is", of_memblock ? "a line of memblock that cannot be parsed" : "not known");
            if (of_memblock)
                note_unreadable(text, line, beginning.is_call());
            return;
        }
        tell(line, "is", describe_event(reading));
        if (reading.message && reading.message->arch != Arch::unknown && log_.arch == Arch::unknown)
            log_.arch = reading.message->arch;
        if (beginning.is_call() || reading.event.kind == EventKind::dump_region)
            note_width(text);
        if (beginning.is_call())
            note_caller(reading.event.text);
        keep(std::move(reading.event), line);
    }

    static std::string describe_event(const Reading &reading)
    {
        const Event &event = reading.event;
        if (reading.message)
            return fmt::format("a message '{}'", reading.message->pattern);
        const bool asks = event.kind == EventKind::allocation;
        return asks ? fmt::format("a request for {} bytes, aligned to {:#x}, by {} ({})", event.size, event.align,
                                  event.text, op_info(event.op).name)
                    : fmt::format("{} of {:#x}, {:#x} bytes, by {}", op_info(event.op).name, event.start, event.size,
                                  event.text);
    }

    void note_unreadable(std::string_view text, uint64_t line, bool is_call)
    {
        if (log_.unreadable++ == 0) {
            log_.first_unreadable = line;
            log_.unreadable_text = text.substr(0, 120);
        }
        if (!is_call)
            return;
        Event event;
        event.kind = EventKind::lost;
        event.count = 1;
        keep(std::move(event), line);
    }

    void note_width(std::string_view text)
    {
        log_.narrow_addresses |= address_digits(text) == 8;
        log_.wide_addresses |= address_digits(text) > 8;
    }

    /// Some callers are of one architecture.
    void note_caller(std::string_view caller)
    {
        if (log_.arch != Arch::unknown)
            return;
        for (const auto &[begins, arch] :
             {std::pair{"arm64_memblock_init", Arch::arm64}, std::pair{"arm_memblock_init", Arch::arm},
              std::pair{"e820__", Arch::x86_64}, std::pair{"srmmu_", Arch::sparc}})
            if (caller.starts_with(begins))
                log_.arch = arch;
    }

    /// Maps of memory and debugfs files have no word that they begin with.
    void read_other(std::string_view text)
    {
        if (text.find("0x") != std::string_view::npos && read_debugfs(text))
            return;
        if (const mblab_type named = debugfs_file_named(text); named != MBLAB_TYPE_none) {
            // A word by itself may be anything, until a region follows it.
            if (without_quotes(text).find_first_of(" /") != std::string_view::npos)
                return begin_debugfs(named);
            named_ = named;
            return;
        }
        if (text.starts_with("==="))
            debugfs_closed_ = true;
        for (const std::string_view line : {text, without_quotes(text)})
            if (std::optional<Event> event = read_iomem(line))
                return keep(std::move(*event), line_);
    }

    void begin_debugfs(mblab_type type)
    {
        debugfs_ = type;
        debugfs_closed_ = false;
        tell(line_, "is", "the name of a debugfs file");
        Event event;
        event.kind = EventKind::debugfs_begin;
        event.type = type;
        keep(std::move(event), line_);
    }

    bool read_debugfs(std::string_view text)
    {
        std::optional<Event> event = read_debugfs_region(text);
        if (!event || (debugfs_closed_ && event->type == MBLAB_TYPE_none))
            return false;
        if (event->type == MBLAB_TYPE_none)
            event->type = file_of(*event);
        const mblab_type type = event->type;
        if (type == MBLAB_TYPE_none)
            return false;
        if (type != debugfs_)
            begin_debugfs(type);
        log_.memblock_lines++;
        tell(line_, "is", "a region in a debugfs file");
        keep(std::move(*event), line_);
        return true;
    }

    /// The file of a region that no path stands before; none where it cannot be one.
    mblab_type file_of(const Event &event)
    {
        if (named_ != MBLAB_TYPE_none)
            return std::exchange(named_, MBLAB_TYPE_none);
        if (debugfs_ != MBLAB_TYPE_none) {
            // Files one after the other, in the order of the folder.
            const bool again = unnamed_ && event.count == 0 && debugfs_ == MBLAB_TYPE_memory;
            return again ? MBLAB_TYPE_reserved : debugfs_;
        }
        if (log_.memblock_lines)
            return MBLAB_TYPE_none;
        // Without a name the first file is memory, unless its flags or the name of the whole text say other.
        constexpr uint32_t of_reserved = 0xb0;
        unnamed_ = true;
        if (file_ != MBLAB_TYPE_none)
            return file_;
        return event.flags & of_reserved ? MBLAB_TYPE_reserved : MBLAB_TYPE_memory;
    }

    void keep(Event event, uint64_t line)
    {
        if (event.kind == EventKind::fact)
            return;
        event.line = line;
        if (event.kind >= EventKind::firmware_range && ++evidence_ > evidence_max)
            return;
        if (events_++ == events_max)
            throw Error(fmt::format("{}:{}: more lines about memblock than any boot prints", name_, line));
        log_.events.push_back(std::move(event));
    }

    Explain explain_;
    std::string name_;
    LineCutter cutter_;
    Cleaner cleaner_;
    std::vector<Log> boots_;
    Log log_;
    std::optional<Pending> pending_;
    mblab_type file_ = MBLAB_TYPE_none;    // that the name of the whole text is of
    mblab_type debugfs_ = MBLAB_TYPE_none; // that lines may be of
    mblab_type named_ = MBLAB_TYPE_none;   // that a word by itself names
    bool debugfs_closed_ = false, unnamed_ = false;
    uint64_t line_ = 0, first_line_ = 1, clock_ = 0; // clock_: the latest time that was printed, in microseconds
    uint64_t evidence_ = 0, events_ = 0;
};

LogReader::LogReader(std::string name, Explain explain)
    : pipeline_(std::make_unique<Pipeline>(std::move(name), std::move(explain)))
{
}

LogReader::~LogReader() = default;

void LogReader::feed(std::string_view piece)
{
    pipeline_->feed(piece);
}

std::vector<Log> LogReader::finish()
{
    return pipeline_->finish();
}

std::optional<std::string_view> Log::parameter(std::string_view wanted) const
{
    for (std::string_view rest = command_line; !rest.empty();) {
        const std::string_view word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        if (word == wanted)
            return "";
        if (word.starts_with(wanted) && word[wanted.size()] == '=')
            return word.substr(wanted.size() + 1);
    }
    return std::nullopt;
}

std::vector<Log> read_logs(std::string_view text, const std::string &name)
{
    LogReader reader(name);
    reader.feed(text);
    return reader.finish();
}

std::vector<Log> read_log_file(const std::string &path, LogReader::Explain explain)
{
    LogReader reader(path, std::move(explain));
    stream_file(path, [&](std::string_view piece) { reader.feed(piece); });
    return reader.finish();
}

Log read_log(std::string_view text, const std::string &name)
{
    std::vector<Log> logs = read_logs(text, name);
    return *std::ranges::max_element(logs, {}, [](const Log &log) { return log.memblock_lines; });
}

} // namespace mblab
