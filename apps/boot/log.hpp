// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel log, read as what it says about memblock: calls, answers, dumps, and the lines that are evidence for silent
// calls.
#pragma once

#include "core/op/op.hpp"
#include "core/state/outcome.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mblab {

/// What one line of a log says. The numbers of an event mean what the comment of its kind says.
enum class EventKind : uint8_t {
    // memblock=debug
    allocation,     // op asks for size bytes: align, start (from), end (max_addr), nid; text is the caller
    change,         // op on [start, start + size): nid and flags where printed; text is the caller
    doubled,        // the array of type now holds count regions and lies in [start, start + size)
    dump_begin,     // "MEMBLOCK configuration"
    dump_totals,    // size of memory is start, size of reserved is end
    dump_count,     // type has count regions
    dump_region,    // region number count of type is [start, start + size): nid and flags
    debugfs_begin,  // the lines that follow are the debugfs file of type
    debugfs_region, // region number count of type is [start, start + size): nid and flags where has_node
    lost,           // count lines of the log are missing or unreadable here
    // evidence
    firmware_range, // the firmware's map has [start, start + size); flags is 1 when it is usable; text is its name
    last_pfn,       // count page frames end the memory
    srat,           // node nid has [start, start + size); flags is 1 when it can be unplugged
    faked_node,     // one node is made up for [start, start + size)
    joined_node,    // node nid joins blocks to [start, start + size)
    node_data,      // the data of node nid (-1: of some node) went to [start, start + size)
    early_range,    // node nid has memory [start, start + size)
    numa_absent,    // "No NUMA configuration found"
    mirrored,       // "efi: Memory: ... mirrored memory"
    cma,            // an area of count MiB was reserved at start for node nid
    slab_up,        // the slab allocator came up: memblock gave its memory away just before
    memory_line,    // start K of end K available, size K reserved, align K in CMA
    freeing,        // "Freeing ... memory": count K
    iomem,          // [start, start + size) is text in /proc/iomem; nid is the depth of its indent
    fact,           // of the whole log: kept there, not as an event
};

struct Event {
    EventKind kind{};
    mblab_type type = MBLAB_TYPE_none;
    uint16_t op = MBLAB_OP_COUNT;
    int32_t nid = -1;
    uint32_t flags = 0;
    bool has_node = false;
    uint64_t line = 0; // from 1
    uint64_t start = 0, size = 0, end = 0, align = 0, count = 0;
    std::string text;
};

enum class Arch : uint8_t { unknown, x86_64, arm64 };

/// Everything that was read from one log.
struct Log {
    std::string name;         // of the file, for messages
    std::string kernel;       // 6.12.117+deb12-cloud-amd64; empty when the log does not say
    std::string command_line; // empty when the log does not say
    Arch arch = Arch::unknown;
    uint64_t lines = 0;
    uint64_t memblock_lines = 0; // that memblock=debug, a dump or debugfs printed
    uint64_t unreadable = 0;     // of memblock, and yet not understood
    std::vector<Event> events;

    /// The value of a parameter on the command line, empty when it has none; nothing when the parameter is not there.
    std::optional<std::string_view> parameter(std::string_view wanted) const;
};

/// Turns messages of the kernel, without what precedes them on their line, into events of a log.
class Parser {
  public:
    explicit Parser(Log &log) : log_(log) {}

    /// Text that means nothing to the lab adds nothing. Throws Error when a log holds more than any boot can print.
    void parse(std::string_view message);

  private:
    bool parse_dump(std::string_view message);
    bool parse_debugfs(std::string_view message);
    bool parse_calls(std::string_view message);
    void parse_evidence(std::string_view message);
    void keep(Event event);

    Log &log_;
    mblab_type debugfs_ = MBLAB_TYPE_none; // the file that lines may be of
    uint64_t evidence_ = 0;
};

/// Reads a log in pieces of any size. Memory grows with what is kept, not with what is read: text that does not speak
/// of memblock costs none. Throws Error as the parser does.
class LogReader {
  public:
    explicit LogReader(std::string name) { log_.name = std::move(name); }

    void feed(std::string_view piece);
    /// The end of the log: the last line may lack its newline.
    Log finish();

  private:
    void end_line();
    void read_line(std::string_view line);

    Log log_;
    Parser parser_{log_};
    std::string partial_; // of a line that goes on in the next piece
    std::string cleaned_;
};

/// Read a log from memory.
Log read_log(std::string_view text, std::string name = "log");

/// Read a log from a file, which may be packed (xz, gzip, zstd, bzip2, lz4; "-" is standard input). Throws Error.
Log read_log_file(const std::string &path);

/// Feed a file, unpacked when it is packed, to sink piece by piece. Throws Error.
void stream_file(const std::string &path, const std::function<void(std::string_view)> &sink);

} // namespace mblab
