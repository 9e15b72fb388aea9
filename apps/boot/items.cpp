// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/items.hpp"

namespace mblab::boot {
namespace {

bool is_evidence(const Event &event)
{
    return event.kind >= EventKind::firmware_range;
}

bool is_reserve_by(const Event &event, std::string_view caller)
{
    return event.kind == EventKind::change && event.text.starts_with(caller) &&
           (event.op == MBLAB_OP_memblock_reserve || event.op == MBLAB_OP___memblock_reserve);
}

/// The reserve that an allocator makes of what it found. Callers may be inlined into one another, but they stay
/// memblock's.
bool is_answer(const Event &event)
{
    return is_reserve_by(event, "memblock_alloc") || is_reserve_by(event, "memblock_phys_alloc") ||
           is_reserve_by(event, "memblock_virt_alloc");
}

/// Whether the kernel that printed the reserve has no names, so that any caller may be an allocator.
bool is_nameless_reserve(const Event &event)
{
    return is_reserve_by(event, "0x");
}

bool is_discard(const Event &event)
{
    return event.kind == EventKind::change && event.text.starts_with("memblock_discard");
}

/// The array that a doubling leaves behind is given back.
bool is_free_of_array(const Event &event)
{
    return event.kind == EventKind::change && event.text.starts_with("memblock_double_array") &&
           (event.op == MBLAB_OP_memblock_phys_free || event.op == MBLAB_OP_memblock_free);
}

/// What the reserve of an allocation's place was called with, where its line says so.
std::optional<Attributes> attributes_of(const Event &reserve)
{
    if (reserve.op != MBLAB_OP___memblock_reserve)
        return std::nullopt;
    return Attributes{reserve.flags, reserve.nid};
}

class Grouper {
  public:
    explicit Grouper(const Log &log) : events_(log.events), lines_(log.lines) {}

    std::vector<Item> run()
    {
        while (at_ < events_.size())
            items_.push_back(next_item());
        give_alignments();
        return std::move(items_);
    }

  private:
    /// Kernels before 5.0 print no alignment where a cache line is meant. How long one is the places tell.
    void give_alignments()
    {
        constexpr uint64_t longest_line = 256, usual_line = 64;
        uint64_t places = 0;
        const auto asks = [](const Item &item) { return item.kind == ItemKind::allocation && !item.event.align; };
        for (const Item &item : items_)
            if (asks(item) && item.answer)
                places |= item.answer->start;
        const uint64_t line = places ? std::min(places & -places, longest_line) : usual_line;
        for (Item &item : items_)
            if (asks(item))
                item.event.align = line;
    }

    /// The next event that memblock printed, evidence aside: an index, or the count.
    size_t next_printed(size_t from) const
    {
        while (from < events_.size() && is_evidence(events_[from]))
            from++;
        return from;
    }

    Item next_item()
    {
        Item item;
        item.event = events_[at_++];
        switch (item.event.kind) {
        case EventKind::allocation:
            item.kind = ItemKind::allocation;
            take_answer(item);
            break;
        case EventKind::change:
            read_change(item);
            break;
        case EventKind::dump_begin:
            item.kind = ItemKind::snapshot;
            read_dump(item);
            break;
        case EventKind::dump_totals:
        case EventKind::dump_count:
        case EventKind::dump_region:
            // The start of this dump is missing.
            item.kind = ItemKind::lost;
            break;
        case EventKind::debugfs_begin:
            notice_silence();
            item.kind = ItemKind::snapshot;
            read_debugfs(item);
            break;
        case EventKind::lost:
        case EventKind::doubled:
            item.kind = ItemKind::lost;
            break;
        case EventKind::node_data:
            if (!items_.empty() && items_.back().kind == ItemKind::lost)
                restore_node_data(item.event);
            break;
        default:
            item.kind = ItemKind::evidence;
        }
        return item;
    }

    /// The line of the allocation is lost, but this one says what it was given.
    void restore_node_data(const Event &node)
    {
        Item item;
        item.kind = ItemKind::direct;
        item.event = node;
        item.event.kind = EventKind::change;
        item.event.op = MBLAB_OP_memblock_reserve;
        item.answer = item.range();
        items_.push_back(std::move(item));
    }

    /// Take the event at the index out of turn: the evidence in between is dealt with first.
    void take(size_t index)
    {
        for (; at_ < index; at_++) {
            Item item;
            item.event = events_[at_];
            items_.push_back(std::move(item));
        }
        at_ = index + 1;
    }

    void take_answer(Item &item)
    {
        const size_t next = next_printed(at_);
        for (size_t i = at_; i < next && !item.panicked; i++)
            item.panicked = events_[i].kind == EventKind::panic;
        item.followed_by_loss = !item.panicked && (next == events_.size() || events_[next].kind == EventKind::lost);
        if (item.panicked || next == events_.size() || events_[next].size != item.event.size ||
            (!is_answer(events_[next]) && !is_nameless_reserve(events_[next])))
            return;
        item.answer = range_at(events_[next].start, events_[next].size);
        item.reserved_as = attributes_of(events_[next]);
        take(next);
        take_doublings(item);
    }

    void read_change(Item &item)
    {
        if (is_discard(item.event)) {
            item.kind = ItemKind::discard;
            for (size_t next = next_printed(at_); next < events_.size() && is_discard(events_[next]);
                 next = next_printed(at_))
                take(next);
            return;
        }
        item.kind = is_answer(item.event) ? ItemKind::direct : ItemKind::change;
        if (item.kind == ItemKind::direct) {
            item.answer = item.range();
            item.reserved_as = attributes_of(item.event);
        }
        take_doublings(item);
    }

    /// "is doubled", the end of the old array unless it was the first, and the reserve of the new one, which may double
    /// an array in its turn.
    void take_doublings(Item &item)
    {
        for (;;) {
            const size_t next = next_printed(at_);
            if (next == events_.size())
                return;
            const Event &event = events_[next];
            if (event.kind == EventKind::doubled)
                take(next);
            else if (is_reserve_by(event, "memblock_double_array")) {
                item.doublings.push_back(range_at(event.start, event.size));
                take(next);
            } else if (is_free_of_array(event)) {
                item.left_arrays.push_back(range_at(event.start, event.size));
                take(next);
            } else
                return;
        }
    }

    static void add_region(const Event &event, Snapshot &snapshot)
    {
        const uint64_t size = range_at(event.start, event.size).size(); // no region reaches the highest address
        snapshot.has_empty_region |= size == 0;
        if (size)
            snapshot.regions[event.type].push_back({event.start, size, event.flags, event.nid});
    }

    void read_dump(Item &item)
    {
        Snapshot &dump = item.snapshot;
        uint64_t counted = 0, types = 0, regions = 0;
        bool totals = false;
        dump.line = item.event.line;
        dump.has_nodes = true;
        for (size_t next = next_printed(at_); next < events_.size(); next = next_printed(at_)) {
            const Event &event = events_[next];
            if (event.kind == EventKind::dump_totals) {
                dump.memory_size = event.start;
                dump.reserved_size = event.end;
                totals = true;
            } else if (event.kind == EventKind::dump_count) {
                counted += event.count;
                types++;
            } else if (event.kind == EventKind::dump_region) {
                add_region(event, dump);
                regions++;
            } else
                break;
            take(next);
        }
        dump.whole = totals && types >= 2 && regions == counted;
    }

    /// A kernel that has come as far as its init process has said "Memory:"; a console that has not said so was silent.
    void notice_silence()
    {
        const auto says_so = [](const Item &item) {
            return item.event.kind == EventKind::slab_up || item.event.kind == EventKind::memory_line;
        };
        if (std::any_of(items_.begin(), items_.end(), says_so))
            return;
        Item silence;
        silence.kind = ItemKind::lost;
        silence.event = events_[at_ - 1];
        items_.push_back(std::move(silence));
    }

    void read_debugfs(Item &item)
    {
        Snapshot &file = item.snapshot;
        file.line = item.event.line;
        file.file = item.event.type;
        uint64_t lines = 0;
        for (size_t next = next_printed(at_); next < events_.size(); next = next_printed(at_)) {
            const Event &event = events_[next];
            if (event.kind != EventKind::debugfs_region || event.type != file.file)
                break;
            file.whole = event.count == lines++;
            file.has_nodes |= event.has_node;
            add_region(event, file);
            take(next);
        }
        // A file has no count: that it goes on to its end is shown by the line after.
        const size_t next = next_printed(at_);
        file.whole &=
            events_[at_ - 1].line < lines_ && (next == events_.size() || events_[next].kind != EventKind::lost);
    }

    const std::vector<Event> &events_;
    const uint64_t lines_; // of the whole log
    std::vector<Item> items_;
    size_t at_ = 0;
};

} // namespace

std::vector<Item> group(const Log &log)
{
    return Grouper(log).run();
}

bool tells_of_nodes(const Item &item)
{
    switch (item.event.kind) {
    case EventKind::srat:
    case EventKind::faked_node:
    case EventKind::joined_node:
    case EventKind::node_data:
    case EventKind::numa_absent:
        return item.kind == ItemKind::evidence;
    default:
        return false;
    }
}

} // namespace mblab::boot
