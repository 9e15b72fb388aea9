// SPDX-License-Identifier: GPL-2.0-or-later
// Follows a booting kernel from one memblock call to the next and writes each down as a line of a trace.
#pragma once

#include "apps/record/arrays.hpp"
#include "apps/record/call_stack.hpp"
#include "apps/record/entry_points.hpp"
#include "apps/record/guest.hpp"
#include "apps/record/machine.hpp"
#include "apps/record/symbols.hpp"
#include "core/trace/trace.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mblab::record {

struct RecorderOptions {
    /// Both arrays are written down after every so many calls; 0 is only at the end.
    uint64_t arrays_every = 256;
    std::vector<std::string> skip;
};

struct RecorderCounts {
    uint64_t calls = 0;       // outermost calls, each a line
    uint64_t results = 0;     // of them, those with a result that a replay is held against
    uint64_t nested = 0;      // calls that memblock made of itself: no line
    uint64_t unrecorded = 0;  // outermost calls that no op can say; each is a comment
    uint64_t corrections = 0; // calls that were not seen but whose effect was
    uint64_t checks = 0;      // regions and sizes read from memory, as queries
    uint64_t doublings = 0;
    bool reached_init = false;
};

struct Recording {
    std::string variant;   // as the trace's own line says it
    int32_t max_nodes = 0; // MAX_NUMNODES of the kernel; 0 for one without nodes
    std::string body;      // lines of a trace, with comments
    RecorderCounts counts;
    std::vector<Skipped> skipped;
    std::map<std::string, uint64_t> calls_by_function;
};

class Recorder {
  public:
    Recorder(Guest &guest, const Machine &machine, const SymbolTable &symbols, RecorderOptions options);

    /// Let the guest boot until its init process runs, or it ends. What was seen so far stays in recording() if this
    /// throws.
    void run();
    const Recording &recording() const { return recording_; }

  private:
    /// What is known of a call between its entry and its return.
    struct Call {
        EntryPoint entry;
        Op op{};
        bool sayable = true;
        uint64_t cookie = 0;           // address of what idx points to
        std::vector<uint64_t> outputs; // addresses of what the results are written to
        std::string caller;
    };
    using Stack = CallStack<Call>;

    // recorder.cpp: the course of the recording
    bool wait_for_kernel();
    void plant();
    void plant_named(std::string_view function, uint64_t Recorder::*where);
    bool at_stop();
    void at_return(Stack::Frame &frame, const Registers &registers);
    void at_entry(const EntryPoint &entry, const Registers &registers);
    void at_slab_entry(const Registers &registers);
    void forget_lost(uint64_t stack);
    void release(uint64_t return_address);

    // recorder_call.cpp: between registers and ops
    Call read_call(const EntryPoint &entry, const Registers &registers);
    std::optional<uint64_t> read_argument(Call &call, size_t position, ParameterKind kind, uint64_t raw);
    bool read_zone(Call &call, uint64_t zone);
    bool read_text(Call &call, uint64_t address);
    void read_outputs(Call &call, const Registers &registers);
    std::optional<uint64_t> type_of(uint64_t address) const;
    uint64_t engine_node(uint64_t raw) const;
    std::optional<uint64_t> read_result(const Call &call, const Registers &registers);
    std::string show_outputs(const Call &call);

    // recorder_state.cpp: what is seen in memory and not in calls
    void begin_state();
    void notice_state(uint16_t next_op);
    void notice_world(uint16_t next_op);
    void assume_max_low_pfn();
    void notice_world_value(const char *symbol, uint64_t size, mblab_op_kind op);
    void notice_array(mblab_type type, const TypeHeader &header);
    void remember_state(const Op &op);
    void remember_array(mblab_type type, const TypeHeader &header);
    void write_arrays(std::string_view why);
    void correct(const Op &op, std::string_view why);

    void line(const std::string &text) { recording_.body += text + '\n'; }
    void comment(const std::string &text) { line("# " + text); }

    Guest &guest_;
    const Machine &machine_;
    const SymbolTable &symbols_;
    RecorderOptions options_;
    EntryPoints entries_;
    KernelConfiguration configuration_;
    MemblockLayout layout_{};
    Stack stack_;
    Recording recording_;

    uint64_t init_ = 0, end_of_init_memory_ = 0, slab_ = 0, slab_return_ = 0;
    bool started_ = false;
    bool arrays_gone_ = false;
    bool slab_is_up_ = false;

    MemblockHeader known_{};
    std::array<Regions, 2> known_regions_;
    std::map<mblab_op_kind, uint64_t> known_world_;
    uint64_t next_arrays_ = 0;
};

} // namespace mblab::record
