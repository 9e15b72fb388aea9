// SPDX-License-Identifier: GPL-2.0-or-later
// Follows a booting kernel from one memblock call to the next and notes each as a step of a trace.
#pragma once

#include "apps/record/arrays.hpp"
#include "apps/record/call_stack.hpp"
#include "apps/record/entry_points.hpp"
#include "apps/record/guest.hpp"
#include "apps/record/machine.hpp"
#include "apps/record/recording.hpp"
#include "apps/record/symbols.hpp"
#include "core/op/typed.hpp"
#include "core/state/state.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mblab::recording {

struct RecorderOptions {
    /// Both arrays are written down after every so many calls; 0 is only at the end.
    uint64_t arrays_every = 256;
    std::vector<std::string> skip;
};

class Recorder {
  public:
    Recorder(Guest &guest, const Machine &machine, const SymbolTable &symbols, RecorderOptions options);

    /// Let the guest boot until its init process runs, or it ends, or is not understood any more: what was seen.
    const Recording &run();

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
    bool follow();
    bool wait_for_kernel();
    void plant();
    uint64_t plant_named(std::string_view function);
    bool at_stop();
    void at_return(Stack::Frame &frame, const Registers &registers);
    void at_entry(const EntryPoint &entry, const Registers &registers);
    void at_slab_entry(const Registers &registers);
    void forget_lost(uint64_t stack);
    void release(uint64_t return_address);
    void add_step(const Step &step, std::string note);
    void remark(std::string text);

    // recorder_call.cpp: between registers and ops
    Call read_call(const EntryPoint &entry, const Registers &registers);
    std::optional<uint64_t> read_argument(Call &call, size_t position, const Registers &registers);
    bool read_zone(ops::__next_mem_pfn_range_in_zone &call, uint64_t zone);
    bool read_text(Call &call, uint64_t address);
    std::optional<uint64_t> type_of(uint64_t address) const;
    uint64_t value_of(ParameterKind kind, uint64_t raw) const;
    std::optional<uint64_t> value_at(uint64_t address, ParameterKind kind);
    std::optional<uint64_t> read_result(const Call &call, const Registers &registers);
    std::string show_outputs(const Call &call);

    // recorder_state.cpp: what is seen in memory and not in calls
    void begin_state();
    std::optional<MemblockHeader> read_header();
    void notice_state(uint16_t next_op);
    void notice_world(uint16_t next_op);
    std::optional<uint64_t> read_variable(std::string_view symbol, uint64_t size);
    template <typename Call, typename Value> void notice_variable(Value &known, std::string_view symbol, uint64_t size);
    void notice_array(mblab_type type, const TypeHeader &header);
    void remember_state(uint16_t op);
    void remember_header(const MemblockHeader &header);
    void remember_array(mblab_type type, const TypeHeader &header);
    void write_arrays(std::string_view why);
    void correct(const Op &op, std::string_view why);

    Guest &guest_;
    const Machine &machine_;
    const SymbolTable &symbols_;
    RecorderOptions options_;
    EntryPoints entries_;
    KernelConfiguration configuration_;
    MemblockLayout layout_{};
    Stack stack_;
    Recording recording_;

    // Where it stops besides: 0 for what is not there, or not yet.
    uint64_t init_ = 0, end_of_init_memory_ = 0, slab_ = 0, slab_return_ = 0;
    bool started_ = false;
    bool arrays_gone_ = false;
    /// What a replay of the steps so far comes to, of what a recording follows; and what the guest's array headers
    /// were.
    State known_;
    std::array<TypeHeader, 2> known_headers_{};
    uint64_t next_arrays_ = 0;
};

} // namespace mblab::recording
