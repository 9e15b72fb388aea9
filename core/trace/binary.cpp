// SPDX-License-Identifier: GPL-2.0-or-later
// The binary form of a trace.
//
//     edition byte | op | op | ...          op = opcode, then its arguments
//
// The edition says which operations the trace may hold (ops.def); an opcode beyond them counts from the first again. A
// trace keeps its meaning when operations are added, since it keeps its edition. A byte that names no edition reads
// as 1.
//
// An argument is a tag byte and what the tag asks for. Tags 0..255 all mean something, and so does a text that is cut
// short: what is missing reads as 0. Many tags name edges (round numbers, ends of ranges that the trace used before),
// so that a random byte is often an interesting number.
#include "core/trace/trace.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace mblab {
namespace {

/// Tag ranges. Each is 32 tags wide; the low five bits choose within it.
enum class Form : uint8_t {
    small,     // the number itself, 0..31
    page,      // low bits and one byte: a page number, times the page size
    power,     // 2^(2n), give or take what the next byte says
    boundary,  // the n-th latest boundary of the trace so far, give or take
    edge,      // a table of names' values
    wide_page, // two bytes of page number and a shift
    raw16,     // two bytes
    raw64,     // eight bytes
};

constexpr uint64_t page = 4096;
constexpr uint64_t edges[32] = {
    0,
    ~uint64_t{0},
    ~uint64_t{0} - 1,
    1,
    page,
    page - 1,
    page + 1,
    uint64_t{1} << 20,
    uint64_t{1} << 21,
    uint64_t{1} << 30,
    uint64_t{1} << 32,
    (uint64_t{1} << 32) - 1,
    (uint64_t{1} << 32) - page,
    ~uint64_t{0} - (page - 1),
    uint64_t{1} << 63,
    (uint64_t{1} << 63) - 1,
    (uint64_t{1} << 31),
    (uint64_t{1} << 31) - 1,
    16,
    15,
    17,
    64,
    8,
    uint64_t{4} << 20,
    uint64_t{1} << 27,
    ~uint64_t{0} - 15,
    ~uint64_t{0} << 12,
    ~uint64_t{0} << 13,
    uint64_t{16} << 20,
    uint64_t{1} << 46,
    uint64_t{1} << 52,
    24,
};

/// A nudge around a boundary, by the top bits of a byte.
constexpr int64_t nudges[8] = {0, 0, 0, 1, -1, static_cast<int64_t>(page), -static_cast<int64_t>(page), 64};

/// The last few ends of ranges that calls have named: where regions begin and end.
class Boundaries {
  public:
    void note(uint64_t value) { latest_[next_++ % size] = value; }
    uint64_t nth_latest(uint64_t n) const { return latest_[(next_ + size - 1 - n % size) % size]; }

  private:
    static constexpr size_t size = 32;
    uint64_t latest_[size] = {};
    size_t next_ = 0;
};

void note_boundaries(const Op &op, Boundaries &boundaries)
{
    const OpInfo &info = op_info(op.kind);
    for (size_t i = 0; i < info.parameter_count; i++) {
        if (info.parameters[i].kind != ParameterKind::addr && info.parameters[i].kind != ParameterKind::end)
            continue;
        boundaries.note(op.arg[i]);
        if (i + 1 < info.parameter_count && info.parameters[i + 1].kind == ParameterKind::size)
            boundaries.note(op.arg[i] + op.arg[i + 1]);
    }
}

class Decoder {
  public:
    explicit Decoder(std::span<const uint8_t> bytes) : bytes_(bytes) {}

    Trace decode()
    {
        Trace trace;
        const uint8_t edition = byte();
        const uint16_t op_count = ops_of_edition(edition <= last_edition ? std::max<uint8_t>(edition, 1) : 1);
        while (!bytes_.empty() && trace.steps.size() < fuzz_steps_max) {
            Op op{};
            op.kind = byte() % op_count;
            normalize(op);
            read_arguments(op);
            normalize(op);
            note_boundaries(op, boundaries_);
            trace.add(op);
        }
        return trace;
    }

  private:
    uint8_t byte()
    {
        if (bytes_.empty())
            return 0;
        const uint8_t value = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return value;
    }

    uint64_t bytes(unsigned count)
    {
        uint64_t value = 0;
        for (unsigned i = 0; i < count; i++)
            value |= static_cast<uint64_t>(byte()) << (8 * i);
        return value;
    }

    void read_arguments(Op &op)
    {
        const OpInfo &info = op_info(op.kind);
        for (size_t i = 0; i < info.parameter_count; i++) {
            if (info.parameters[i].kind == ParameterKind::text)
                read_text(op);
            else
                op.arg[i] = read_number(info.parameters[i].kind);
        }
    }

    void read_text(Op &op)
    {
        const size_t length = byte() % sizeof op.text;
        for (size_t i = 0; i < length; i++)
            op.text[i] = static_cast<char>(byte());
    }

    /// Numbers that mean little beyond a few values are read from one byte; -1 and beyond-the-last are among them.
    uint64_t read_number(ParameterKind kind)
    {
        switch (kind) {
        case ParameterKind::boolean:
        case ParameterKind::type:
            return byte();
        case ParameterKind::nid:
            return read_nid();
        case ParameterKind::flags:
            return read_small_or_raw(0x1f);
        case ParameterKind::count:
        case ParameterKind::index:
            return read_small_or_raw(0x7f);
        default:
            return read_wide();
        }
    }

    uint64_t read_nid()
    {
        const uint8_t tag = byte();
        if (tag < 0x40)
            return tag % 4; // the usual machine
        if (tag < 0x80)
            return ~uint64_t{0}; // NUMA_NO_NODE
        if (tag < 0xf0)
            return tag % 20; // up to and beyond MAX_NUMNODES
        return bytes(4);
    }

    uint64_t read_small_or_raw(uint8_t mask)
    {
        const uint8_t tag = byte();
        return tag < 0xf0 ? tag & mask : bytes(8);
    }

    uint64_t read_wide()
    {
        const uint8_t tag = byte();
        const uint64_t low = tag & 31;
        switch (static_cast<Form>(tag >> 5)) {
        case Form::small:
            return low;
        case Form::page:
            return (low << 8 | byte()) * page;
        case Form::power: {
            const uint8_t extra = byte();
            return (uint64_t{1} << (2 * low + (extra & 1))) + static_cast<uint64_t>(nudges[extra >> 5]);
        }
        case Form::boundary:
            return boundaries_.nth_latest(low) + static_cast<uint64_t>(nudges[byte() >> 5]);
        case Form::edge:
            return edges[low];
        case Form::wide_page:
            return (bytes(2) * page) << low;
        case Form::raw16:
            return bytes(2) + (low << 16);
        case Form::raw64:
            return bytes(8);
        }
        return 0;
    }

    std::span<const uint8_t> bytes_;
    Boundaries boundaries_;
};

class Encoder {
  public:
    std::vector<uint8_t> encode(const Trace &trace)
    {
        uint8_t edition = 1;
        for (const Step &step : trace.steps)
            edition = std::max(edition, op_info(step.op.kind).edition);
        out_.push_back(edition);
        for (const Step &step : trace.steps)
            write_op(step.op);
        return std::move(out_);
    }

  private:
    void write_bytes(uint64_t value, unsigned count)
    {
        for (unsigned i = 0; i < count; i++)
            out_.push_back(static_cast<uint8_t>(value >> (8 * i)));
    }

    void write_op(const Op &op)
    {
        const OpInfo &info = op_info(op.kind);
        out_.push_back(static_cast<uint8_t>(op.kind));
        for (size_t i = 0; i < info.parameter_count; i++) {
            if (info.parameters[i].kind == ParameterKind::text)
                write_text(op);
            else
                write_number(info.parameters[i].kind, op.arg[i]);
        }
    }

    void write_text(const Op &op)
    {
        const size_t length = std::strlen(op.text);
        out_.push_back(static_cast<uint8_t>(length));
        out_.insert(out_.end(), op.text, op.text + length);
    }

    void write_number(ParameterKind kind, uint64_t value)
    {
        switch (kind) {
        case ParameterKind::boolean:
        case ParameterKind::type:
            return out_.push_back(static_cast<uint8_t>(value));
        case ParameterKind::nid:
            return write_nid(value);
        case ParameterKind::flags:
            return write_small_or_raw(value, 0x1f);
        case ParameterKind::count:
        case ParameterKind::index:
            return write_small_or_raw(value, 0x7f);
        default:
            return write_wide(value);
        }
    }

    void write_nid(uint64_t value)
    {
        if (value < 4)
            return out_.push_back(static_cast<uint8_t>(value));
        if (value == ~uint64_t{0})
            return out_.push_back(0x40);
        out_.push_back(0xff);
        write_bytes(value, 4);
    }

    void write_small_or_raw(uint64_t value, uint8_t mask)
    {
        if (value <= mask)
            return out_.push_back(static_cast<uint8_t>(value));
        out_.push_back(0xff);
        write_bytes(value, 8);
    }

    void write_tag(Form form, uint64_t low)
    {
        out_.push_back(static_cast<uint8_t>(static_cast<uint64_t>(form) << 5 | low));
    }

    /// The shortest form that says the number whatever came before it.
    void write_wide(uint64_t value)
    {
        if (value < 32)
            return write_tag(Form::small, value);
        if (value % page == 0 && value / page < 32 << 8) {
            write_tag(Form::page, value / page >> 8);
            return out_.push_back(static_cast<uint8_t>(value / page));
        }
        const unsigned zeroes = static_cast<unsigned>(std::countr_zero(value));
        if (zeroes >= 12) {
            const unsigned shift = zeroes - 12 < 31 ? zeroes - 12 : 31;
            if (value >> 12 >> shift <= 0xffff) {
                write_tag(Form::wide_page, shift);
                return write_bytes(value >> 12 >> shift, 2);
            }
        }
        if (value < 32 << 16) {
            write_tag(Form::raw16, value >> 16);
            return write_bytes(value, 2);
        }
        write_tag(Form::raw64, 0);
        write_bytes(value, 8);
    }

    std::vector<uint8_t> out_;
};

} // namespace

Trace decode_trace(std::span<const uint8_t> bytes)
{
    return Decoder(bytes).decode();
}

std::vector<uint8_t> encode_trace(const Trace &trace)
{
    return Encoder().encode(trace);
}

} // namespace mblab
