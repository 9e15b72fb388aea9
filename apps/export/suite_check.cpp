// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/export/c_lines.hpp"
#include "apps/export/c_text.hpp"
#include "apps/export/deed.hpp"
#include "apps/export/export.hpp"
#include "apps/export/suite_rules.hpp"
#include "apps/export/walks.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/op/typed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace mblab::exporting {
namespace {

// Memory that the calls write to is allocated by the check, at a multiple of this. Little of it is ever touched, so
// that it may be large, but not so large that an ordinary machine refuses.
constexpr uint64_t backing_align = uint64_t{2} << 20;
constexpr uint64_t backing_max = uint64_t{1} << 30;

constexpr std::string_view opening = R"(/*
 * A check for tools/testing/memblock, written by mblab export
 * (memblock-lab).
 *
 * To run it there: put this file into tests/ as lab_check.c, add
 * tests/lab_check.o to TEST_OFILES in the Makefile, and call it in main.c:
 *
 *	int memblock_lab_checks(void);
 *	...
 *	memblock_lab_checks();
 */
#include "common.h"
#include <linux/memory_hotplug.h>
#include <linux/pfn.h>

int memblock_lab_checks(void);
)";

/// The laws of the array's structure, and of its sum.
constexpr std::string_view law_assertion = R"(/*
 * The regions of an array are in order, none is empty, none overlaps the
 * next, what can be one region is one, and total_size is their sum.
 */
static void assert_lawful(struct memblock_type *type)
{
	struct memblock_region *first = type->regions, *rgn;
	phys_addr_t sum = 0;

	for (rgn = first; rgn < first + type->cnt; rgn++) {
		/* Some kernels have an empty array of one such entry. */
		if (type->cnt == 1 && !rgn->size)
			break;
		ASSERT_NE(rgn->size, 0);
		ASSERT_LE(rgn->base, rgn->base + rgn->size);
		sum += rgn->size;
		if (rgn == first)
			continue;
		ASSERT_LE(rgn[-1].base + rgn[-1].size, rgn->base);
		if (rgn[-1].base + rgn[-1].size != rgn->base)
			continue;
#ifdef CONFIG_NUMA
		if (rgn[-1].nid != rgn->nid)
			continue;
#endif
		ASSERT_NE((unsigned int)rgn[-1].flags, (unsigned int)rgn->flags);
	}
	ASSERT_EQ(type->total_size, sum);
}

/* Neither array lies in the storage of the other. */
static void assert_apart(void)
{
	struct memblock_type *memory = &memblock.memory;
	struct memblock_type *reserved = &memblock.reserved;
	bool below = memory->regions + memory->max <= reserved->regions;
	bool above = reserved->regions + reserved->max <= memory->regions;

	ASSERT_NE(below, above);
}

/* The storage of an array is reserved. */
static void __maybe_unused assert_kept(struct memblock_type *type)
{
	phys_addr_t start = (phys_addr_t)type->regions;
	phys_addr_t size = type->max * sizeof(*type->regions);

	ASSERT_EQ(memblock_is_region_reserved(start, size), true);
}

)";

/// Those that they assert.
constexpr std::string_view laws_of_arrays[] = {
    "structure.sorted",  "structure.disjoint",      "structure.filled", "structure.bounded",
    "structure.minimal", "structure.storage-clear", "accounting.total", "structure.storage-reserved"};

constexpr std::string_view closing = R"(
int memblock_lab_checks(void)
{
	prefix_reset();
	prefix_push("lab");
	test_print("Running checks written by memblock-lab...\n");

	memblock_lab_check();

	prefix_pop();

	return 0;
}
)";

/// A trace that the suite can do: which of its steps, and where its memory lies.
struct Plan {
    Play play;
    std::vector<SuiteVerdict> verdicts{}; // by step
    CForm form{"(void *)"};
    uint64_t backing = 0;            // bytes to allocate; 0 where nothing is written to
    bool asserts_laws = false;       // of the arrays, instead of what they are
    std::optional<uint64_t> right{}; // the first result of the last call, instead of what it is

    bool makes(size_t step) const { return verdicts[step].verdict == InSuite::call; }
    bool asserts(size_t step) const { return makes(step) && asserts_result(step); }
    /// A change that succeeded says so by the regions; whatever else came back is asserted.
    bool asserts_result(size_t index) const
    {
        const PlayedStep &step = play.steps[index];
        const OpInfo &info = op_info(step.op.kind);
        return info.result_count && (index + 1 == play.steps.size() || info.results[0].kind != ParameterKind::error ||
                                     step.result.value[0] != 0);
    }
};

[[noreturn]] void cannot(const PlayedStep &step, size_t index, std::string_view why)
{
    throw Error(fmt::format("the kernel's suite cannot do step {}, {}: {}", index + 1, print_op(step.op), why));
}

void judge_steps(Plan &plan)
{
    bool resize_allowed = false;
    for (size_t i = 0; i < plan.play.steps.size(); i++) {
        const PlayedStep &step = plan.play.steps[i];
        const SuiteVerdict verdict = in_suite(step, resize_allowed);
        if (verdict.verdict == InSuite::refuse)
            cannot(step, i, verdict.why);
        // What the trace is about must not be what is left out.
        if (verdict.verdict == InSuite::leave_out && i + 1 == plan.play.steps.size())
            cannot(step, i, fmt::format("{}; end the trace with another call", verdict.why));
        plan.verdicts.push_back(verdict);
        resize_allowed = resize_allowed || is<ops::memblock_allow_resize>(step.op);
    }
}

/// Where the calls write to memory, the check allocates that, and all addresses are counted from there.
void place(Plan &plan)
{
    const Interval touched = plan.play.touched();
    if (touched.empty())
        return;
    plan.form.is_relative = true;
    plan.form.low = touched.start & ~(backing_align - 1);
    plan.backing = (touched.end - plan.form.low + backing_align - 1) & ~(backing_align - 1);
    if (plan.backing > backing_max)
        throw Error(
            fmt::format("the calls write to memory from {:#x} to {:#x}: a check for the kernel's suite can have {} "
                        "MiB of it",
                        touched.start, touched.end, backing_max >> 20));
}

/// A block that is to be zeroed holds something else before, and zeros after.
Interval zeroed_by(const PlayedStep &step)
{
    constexpr uint64_t most = 64 << 10; // to go through
    const bool is_one = op_info(step.op.kind).family == Family::alloc && !step.moved_array;
    return is_one && step.touched.size() <= most ? step.touched : Interval{};
}

/// Nodes are those of another play, where that has this step.
std::string write_results(const Plan &plan, size_t index, const Plan &nodes)
{
    const PlayedStep &step = plan.play.steps[index];
    std::vector<CResult> results = results_of(step);
    if (plan.right && index + 1 == plan.play.steps.size()) {
        results.resize(1);
        results[0].value = *plan.right;
    }
    const std::vector<CResult> of_nodes =
        index < nodes.play.steps.size() ? results_of(nodes.play.steps[index]) : results;
    std::string text;
    for (size_t i = 0; i < results.size(); i++)
        if (results[i].kind == ParameterKind::nid && results.size() > 1 && i < of_nodes.size())
            text += fmt::format("\tassert_node({}, {});\n", results[i].variable,
                                c_node(static_cast<int32_t>(of_nodes[i].value), nodes.play.after));
        else
            text += fmt::format("\tASSERT_EQ({}, {});\n", results[i].variable,
                                plan.form.result(results[i].kind, results[i].value, op_info(step.op.kind).family));
    return text;
}

std::string write_step(const Plan &plan, size_t index, const Plan &nodes)
{
    const PlayedStep &step = plan.play.steps[index];
    if (!plan.makes(index))
        return {};
    if (is<ops::world_movable_node>(step.op))
        return fmt::format("\tmovable_node_enabled = {};\n", ops::world_movable_node::of(step.op).enabled);
    if (is<ops::world_max_low_pfn>(step.op))
        return fmt::format("\tmax_low_pfn = {};\n", c_number(ops::world_max_low_pfn::of(step.op).pfn));
    if (is<ops::world_mirrored_kernelcore>(step.op))
        return fmt::format("\tmirrored_kernelcore = {};\n", ops::world_mirrored_kernelcore::of(step.op).enabled);
    if (!plan.asserts_result(index))
        return fmt::format("\t{};\n", plan.form.call(step.op));
    std::string text = fmt::format("\t{};\n", assignment(step.op, plan.form)) + write_results(plan, index, nodes);
    if (const Interval zeroed = zeroed_by(step); !zeroed.empty()) {
        const std::string start = fmt::format("(void *)({})", plan.form.address(zeroed.start));
        const std::string size = c_number(zeroed.size());
        return fmt::format("\tmemset({}, 1, {});\n", start, size) + text +
               fmt::format("\tASSERT_MEM_EQ({}, 0, {});\n", start, size);
    }
    return text;
}

/// How far each address of the second call is from that of the first, where the calls are alike but for that; else 0.
uint64_t stride_of(const Op &one, const Op &other)
{
    const OpInfo &info = op_info(one.kind);
    for (size_t i = 0; i < info.parameter_count; i++)
        if (is_address(info.parameters[i].kind, one.arg[i], info.family)) {
            const uint64_t distance = other.arg[i] - one.arg[i];
            return info.parameters[i].kind != ParameterKind::pfn && same_op(moved(one, distance), other) ? distance : 0;
        }
    return 0;
}

/// How many calls from here on are a loop: alike, by addresses that grow evenly, with nothing asserted between them.
size_t loop_length(const Plan &plan, size_t index)
{
    const auto &steps = plan.play.steps;
    const auto is_plain = [&](size_t i) {
        return plan.makes(i) && !plan.asserts_result(i) && op_info(steps[i].op.kind).family != Family::world;
    };
    if (!is_plain(index) || index + 1 == steps.size())
        return 1;
    const uint64_t stride = stride_of(steps[index].op, steps[index + 1].op);
    size_t end = index + 1;
    while (stride && end < steps.size() && is_plain(end) && stride_of(steps[end - 1].op, steps[end].op) == stride)
        end++;
    return end - index;
}

std::string write_steps(const Plan &plan, const Plan &nodes)
{
    constexpr size_t loop_min = 4;
    std::string text;
    for (size_t i = 0, length; i < plan.play.steps.size(); i += length) {
        length = loop_length(plan, i);
        if (length < loop_min) {
            text += write_step(plan, i, nodes);
            length = 1;
            continue;
        }
        CForm form = plan.form;
        form.stride = stride_of(plan.play.steps[i].op, plan.play.steps[i + 1].op);
        text += fmt::format("\tfor (i = 0; i < {}; i++)\n\t\t{};\n", length, form.call(plan.play.steps[i].op));
    }
    return text;
}

std::string write_array(mblab_type type, const Plan &plan, const State &nodes)
{
    const ArrayState &array = plan.play.after.arrays[type];
    const std::string name = print_value(ParameterKind::type, type);
    std::string text = fmt::format("\n\tASSERT_EQ(memblock.{}.max, {});\n", name, array.max);
    if (array.storage != MBLAB_STATIC_ADDR)
        text +=
            fmt::format("\tASSERT_EQ((phys_addr_t)memblock.{}.regions, {});\n", name, plan.form.address(array.storage));
    if (plan.play.corrupted)
        return text;
    return text +
           fmt::format("\tASSERT_EQ(memblock.{0}.cnt, {1});\n\tASSERT_EQ(memblock.{0}.total_size, {2});\n", name,
                       array.set.count(), c_number(array.set.total)) +
           plan.form.region_checks("assert_region", type, plan.play.after, nodes);
}

/// What every array is to be after the calls.
std::string write_laws(const Plan &plan)
{
    std::string text =
        "\n\tassert_apart();\n\tassert_lawful(&memblock.memory);\n\tassert_lawful(&memblock.reserved);\n";
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved})
        if (plan.play.after.arrays[type].storage != MBLAB_STATIC_ADDR)
            text += fmt::format("\tassert_kept(&memblock.{});\n", print_value(ParameterKind::type, type));
    return text;
}

/// What is asserted after the calls. Nodes are those of another play where that is the same but for them.
std::string write_end(const Plan &plan, const Plan &nodes)
{
    if (plan.asserts_laws)
        return write_laws(plan);
    if (plan.right)
        return {};
    std::string text;
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved})
        text += write_array(type, plan, nodes.play.after);
    return text + fmt::format("\n\tASSERT_EQ(memblock.bottom_up, {});\n\tASSERT_EQ(memblock.current_limit, {});\n",
                              plan.play.after.bottom_up,
                              plan.form.value(ParameterKind::end, plan.play.after.current_limit, Family::limits));
}

std::string write_body(const Plan &plan, const Plan &nodes)
{
    return write_steps(plan, nodes) + write_end(plan, nodes);
}

/// Whether the engine does the same with everything so many bytes further up, which the check relies on: then what the
/// check would say of it is the same text.
void check_moved(const Plan &plan, const Trace &trace, Engine &engine, uint64_t distance)
{
    Trace elsewhere;
    for (const Step &step : trace.steps)
        elsewhere.add(moved(step.op, distance));
    Plan there = plan;
    there.play = play(elsewhere, engine, plan.play.variant_name);
    there.form.low += distance;
    for (size_t i = 0; i < std::min(plan.play.steps.size(), there.play.steps.size()); i++)
        if (plan.play.steps[i].result.exit != there.play.steps[i].result.exit ||
            write_step(plan, i, plan) != write_step(there, i, there))
            cannot(plan.play.steps[i], i,
                   "the calls write to memory, which the suite has at an address of its own, and there it does "
                   "something else");
    if (plan.play.steps.size() != there.play.steps.size() || plan.play.corrupted != there.play.corrupted ||
        write_end(plan, plan) != write_end(there, there))
        throw Error(
            "the calls write to memory, which the kernel's suite has at an address of its own, and there the regions "
            "become others");
}

/// Addresses such as malloc gives.
constexpr uint64_t likely_addresses[] = {0x7f1234600000, 0x602000200000};

/// What is right where the last call violates laws by a known issue: what they ask for, in as far as the suite sees it.
void assert_right(Plan &plan, std::string_view issue)
{
    std::string seen;
    for (const Violation &violation : plan.play.last().violations) {
        if (violation.issue != issue)
            continue;
        plan.right = plan.right ? plan.right : violation.right;
        plan.asserts_laws |= std::ranges::find(laws_of_arrays, violation.law) != std::end(laws_of_arrays);
        seen += (seen.empty() ? "" : ", ") + std::string(violation.law);
    }
    if (seen.empty())
        throw Error(fmt::format("with arrays of {} entries, as the kernel's suite has them, the calls do not show it",
                                plan.play.after.arrays[MBLAB_TYPE_memory].max));
    if (!plan.right && !plan.asserts_laws)
        throw Error(fmt::format("the kernel's suite sees nothing of the law that is violated ({})", seen));
}

Plan plan_of(const Source &source, const Subject &subject)
{
    const Trace trace = with_single_steps(source.trace, subject.engine);
    Plan plan{play(trace, subject.engine, subject.variant_name)};
    if (!subject.issue.empty())
        assert_right(plan, subject.issue);
    judge_steps(plan);
    place(plan);
    if (plan.form.is_relative)
        for (const uint64_t address : likely_addresses)
            check_moved(plan, trace, subject.engine, address - plan.form.low);
    return plan;
}

std::string write_bodies(const std::vector<Plan> &plans)
{
    const Plan &first = plans.front();
    if (plans.size() == 1) {
        const bool numa = first.play.variant.has(MBLAB_CONFIG_numa);
        return fmt::format("#if{} CONFIG_NUMA /* nothing is said of the other build */\n{}#endif\n",
                           numa ? "def" : "ndef", write_body(first, first));
    }
    std::string numa = write_body(first, first);
    if (write_body(plans[1], first) == numa)
        return numa;
    return fmt::format("#ifdef CONFIG_NUMA\n{}#else\n{}#endif\n", numa, write_body(plans[1], plans[1]));
}

/// Those that the text uses.
std::string declarations(const std::vector<Plan> &plans, const std::string &text)
{
    Variables variables;
    if (text.find("for (i = 0;") != text.npos)
        variables.add("unsigned long ", "i");
    for (const Plan &plan : plans)
        for (size_t i = 0; i < plan.play.steps.size(); i++)
            if (plan.asserts(i))
                variables.add(plan.play.steps[i].op);
    return variables.text();
}

std::string write_function(const std::vector<Plan> &plans)
{
    uint64_t backing = 0;
    for (const Plan &plan : plans)
        backing = std::max(backing, plan.backing);
    const std::string calls = write_bodies(plans);
    std::string text = "{\n\tstruct check_saved saved;\n";
    if (backing)
        text += fmt::format("\t/* As aligned as the expected addresses are. */\n"
                            "\tvoid *backing = aligned_alloc({:#x}, {:#x});\n"
                            "\tconst phys_addr_t at __maybe_unused = (phys_addr_t)backing;\n",
                            backing_align, backing);
    text += declarations(plans, calls) + "\n\tPREFIX_PUSH();\n\n";
    text += backing ? "\tassert(backing);\n" : "";
    text += "\tbegin_check(&saved);\n\n" + calls + "\n\tend_check(&saved);\n";
    text += backing ? "\tfree(backing);\n" : "";
    return broken_lines(text + "\n\ttest_pass_pop();\n\n\treturn 0;\n}\n");
}

/// What is left out is said once for each kind of call.
std::string left_out(const Plan &plan)
{
    std::map<std::string_view, std::string_view> names;
    for (size_t i = 0; i < plan.play.steps.size(); i++)
        if (plan.verdicts[i].verdict == InSuite::leave_out)
            names[op_info(plan.play.steps[i].op.kind).name] = plan.verdicts[i].why;
    std::string text;
    for (const auto &[name, why] : names)
        text += fmt::format("Left out: {} ({}).\n", name, why);
    return text;
}

/// What a check says above itself: the picture, and what is left out of the trace.
std::string write_remarks(const Plan &plan, bool is_law = false)
{
    const Play &played = plan.play;
    std::string text = "\n";
    each_line(played.picture(c_columns - 26), [&](std::string_view line) {
        for (size_t at; line.size() > c_columns - 3 && (at = line.rfind('|', c_columns - 4)) != line.npos;
             line.remove_prefix(at + 1)) // of a remark that has many flags
            text.append(line.substr(0, at + 1)).append("\n    ");
        text.append(line) += '\n';
    });
    if (plan.form.is_relative)
        text += fmt::format("\nThe calls write to memory: the check allocates it, and `at` is\n"
                            "{:#x} of the picture.\n",
                            plan.form.low);
    if (played.corrupted && !is_law)
        text += "\nThe last call puts one array on top of the other. The check says where they\n"
                "lie, and nothing of the regions, which are no longer any: after a fix it\nmust fail.\n";
    return text;
}

std::string write_comment(const Source &source, const Plan &plan, const Subject &subject)
{
    const auto lines = [](const std::string &words) { return filled(words, "", c_columns - 4); };
    const Play &played = plan.play;
    const std::string last = print_op(played.last().op);
    const bool is_law = !subject.issue.empty();
    std::string text =
        is_law
            ? lines(fmt::format("What is right in {}, and fails as long as {} shows the finding {}. The last call, {}:",
                                source.name, played.engine, subject.issue, last))
        : subject.wrong.empty()
            ? lines(fmt::format("What {} does in {}. The last call, {}:", played.engine, source.name, last))
            : lines(fmt::format("What is right in {}, and fails as long as this is so: {}. The last call, {}:",
                                source.name, subject.wrong, last));
    text += write_remarks(plan, is_law) + '\n' +
            lines(is_law ? "Expect what the documentation says, as asserted."
                         : "Expect each call to return, and the regions to be, as asserted.");
    return c_comment(text + lines(left_out(plan)));
}

} // namespace

const std::string_view check_helpers = R"(
extern bool mirrored_kernelcore;

/* Not every tree declares them where the suite looks. */
void memblock_free_all(void);
bool memblock_has_mirror(void);
unsigned long free_reserved_area(void *start, void *end, int poison,
				 const char *s);
int reserve_mem_find_by_name(const char *name, phys_addr_t *start,
			     phys_addr_t *size);
int reserve_mem_release_by_name(const char *name);

/* What a check puts back at its end. */
struct check_saved {
	struct memblock_region *memory, *reserved;
	bool movable_node;
};

/* Begin as a boot does: with empty arrays that have not grown. */
static inline void begin_check(struct check_saved *saved)
{
	reset_memblock_regions();
	reset_memblock_attributes();
	saved->memory = memblock.memory.regions;
	saved->reserved = memblock.reserved.regions;
	saved->movable_node = movable_node_enabled;
	movable_node_enabled = false;
}

/* Arrays that have grown go back to where they were. */
static inline void end_check(const struct check_saved *saved)
{
	if (memblock.memory.regions != saved->memory) {
		memblock.memory.regions = saved->memory;
		memblock.memory.cnt = 128;
	}
	if (memblock.reserved.regions != saved->reserved) {
		memblock.reserved.regions = saved->reserved;
		memblock.reserved.cnt = 128;
	}
	reset_memblock_regions();
	reset_memblock_attributes();
	movable_node_enabled = saved->movable_node;
	max_low_pfn = 0;
	mirrored_kernelcore = false;
}

/* A node; only where there are nodes. */
static inline void assert_node(int nid, int expected)
{
#ifdef CONFIG_NUMA
	ASSERT_EQ(nid, expected);
#endif
}

/* Region i of an array is this one. */
static inline void assert_region(struct memblock_type *type,
				 unsigned long i, phys_addr_t base,
				 phys_addr_t size, unsigned int flags,
				 int nid)
{
	struct memblock_region *rgn = &type->regions[i];

	ASSERT_EQ(rgn->base, base);
	ASSERT_EQ(rgn->size, size);
	ASSERT_EQ((unsigned int)rgn->flags, flags);
	assert_node(memblock_get_region_node(rgn), nid);
}
)";

namespace {

Leaves left_by(const Play &play)
{
    const auto has = [&](auto is_one) {
        return std::ranges::any_of(play.steps, [&](const PlayedStep &step) { return is_one(step.op); });
    };
    return has([](const Op &op) { return is<ops::memblock_discard>(op); })       ? Leaves::discarded
           : has([](const Op &op) { return is<ops::memblock_mark_mirror>(op); }) ? Leaves::mirror
                                                                                 : Leaves::nothing;
}

} // namespace

std::string to_kernel_test(const Source &source, std::span<const Subject> subjects)
{
    std::vector<Plan> plans;
    for (const Subject &subject : subjects)
        plans.push_back(plan_of(source, subject));
    const Play &played = plans.front().play;
    if (left_by(played) == Leaves::discarded)
        cannot(played.last(), played.steps.size() - 1,
               "memblock has been discarded, and the suite's own checks follow");
    return std::string(c_license) + std::string(opening) + std::string(check_helpers) +
           std::string(plans.front().asserts_laws ? law_assertion : "\n") +
           write_comment(source, plans.front(), subjects.front()) + "static int memblock_lab_check(void)\n" +
           write_function(plans) + std::string(closing);
}

SuiteCheck to_suite_check(const Source &source, std::span<const Subject> subjects)
{
    std::vector<Plan> plans;
    for (const Subject &subject : subjects)
        plans.push_back(plan_of(source, subject));
    const Play &played = plans.front().play;
    const Deed deed = deed_of(played);
    return {.function = std::string(op_info(played.last().op.kind).name),
            .family = op_info(played.last().op.kind).family,
            .deed = deed.name,
            .comment = c_comment(
                filled(fmt::format("A test of {} after {}:", print_op(played.last().op),
                                   played.steps.size() == 1 ? "nothing else"
                                                            : fmt::format("{} other calls", played.steps.size() - 1)),
                       "", c_columns - 4) +
                write_remarks(plans.front()) + '\n' + filled("Expect it " + deed.expected + '.', "", c_columns - 4)),
            .body = write_function(plans),
            .leaves = left_by(played)};
}

} // namespace mblab::exporting
