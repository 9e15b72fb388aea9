// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel log, read as what it says about memblock: calls, answers, dumps, and the lines that are evidence for silent
// calls.
#pragma once

#include "core/op/op.hpp"
#include "core/state/outcome.hpp"

#include <cstdint>
#include <functional>
#include <memory>
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
    firmware_range, // the firmware's map has [start, start + size); flags is 1 when it is usable; text is its name;
                    // count is the map's: 0 the BIOS's, 1 extended, 2 the user's, 3 modified
    firmware_edit,  // [start, start + size) is no longer usable; flags is 1 when it was
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
    high_zone,      // [start, start + size) is memory that the kernel does not map
    memory_line,    // start K of end K available, size K reserved, align K in CMA, count K of high memory
    freeing,        // "Freeing ... memory": count K
    panic,          // for want of memory: the allocation before failed
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

enum class Arch : uint8_t {
    unknown,
    x86_64,
    arm64,
    x86_32,
    arm,
    riscv,
    mips,
    powerpc,
    sparc,
    m68k,
    parisc,
    alpha,
    s390,
    loongarch,
    other
};

/// Everything that was read of one boot.
struct Log {
    std::string name;         // of the file, for messages, and of the boot where there are several
    std::string kernel;       // 6.12.117+deb12-cloud-amd64; empty when the log does not say
    std::string command_line; // empty when the log does not say
    Arch arch = Arch::unknown;
    uint64_t lines = 0;
    uint64_t last_line = 0;      // of the file
    uint64_t memblock_lines = 0; // that memblock=debug, a dump or debugfs printed
    uint64_t unreadable = 0;     // of memblock, and yet not understood
    uint64_t first_unreadable = 0;
    std::string unreadable_text; // of the first
    std::string foreign_call;    // the first call that has a name of no kernel that the lab knows
    bool narrow_addresses = false, wide_addresses = false; // of 32 bits, of 64 bits
    std::vector<Event> events;

    /// The value of a parameter on the command line, empty when it has none; nothing when the parameter is not there.
    std::optional<std::string_view> parameter(std::string_view wanted) const;
};

/// Every log that a stream of text holds, a boot each. Memory grows with what is kept, not with what is read: text that
/// does not speak of memblock costs none. Throws Error when there is more about memblock than any boot can print.
class LogReader {
  public:
    /// What a stage made of a line: the line, the stage, the text.
    using Explain = std::function<void(uint64_t line, std::string_view stage, std::string_view text)>;

    explicit LogReader(std::string name, Explain explain = {});
    ~LogReader();

    /// The next piece, of any size.
    void feed(std::string_view piece);
    /// The end of the text: the last line may lack its newline. At least one log.
    std::vector<Log> finish();

  private:
    class Pipeline;
    std::unique_ptr<Pipeline> pipeline_;
};

/// All boots in a text or in a file, which may be packed (xz, gzip, zstd, bzip2, lz4, lzma, compress; tar, zip; "-" is
/// standard input). Throws Error.
std::vector<Log> read_logs(std::string_view text, const std::string &name = "log");
std::vector<Log> read_log_file(const std::string &path, LogReader::Explain explain = {});

/// The boot in a text that has most to say about memblock.
Log read_log(std::string_view text, const std::string &name = "log");

/// Feed a file, unpacked when it is packed, to sink piece by piece. Throws Error.
void stream_file(const std::string &path, const std::function<void(std::string_view)> &sink);
/// The same of what is in memory.
void stream_bytes(std::string_view bytes, const std::string &name, const std::function<void(std::string_view)> &sink);

} // namespace mblab
