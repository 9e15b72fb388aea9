// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/export/c_text.hpp"
#include "apps/export/export.hpp"
#include "apps/export/mail.hpp"
#include "apps/export/suite_rules.hpp"
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

int memblock_lab_checks(void);

)";

constexpr std::string_view region_assertion =
    R"(/* Region i of an array is this one, on this node where there are any. */
static void __maybe_unused assert_region(struct memblock_type *type,
					 unsigned long i, phys_addr_t base,
					 phys_addr_t size, unsigned int flags,
					 int nid)
{
	struct memblock_region *rgn = &type->regions[i];
	unsigned int now = (unsigned int)rgn->flags;

	if (rgn->base != base || rgn->size != size || now != flags)
		test_print("%s[%lu] is [0x%llx, +0x%llx) flags 0x%x\n",
			   type->name, i, (unsigned long long)rgn->base,
			   (unsigned long long)rgn->size, now);
	ASSERT_EQ(rgn->base, base);
	ASSERT_EQ(rgn->size, size);
	ASSERT_EQ(now, flags);
#ifdef CONFIG_NUMA
	ASSERT_EQ(rgn->nid, nid);
#endif
}

)";

/// The laws of the array's structure, and of its sum.
constexpr std::string_view law_assertion = R"(/*
 * The regions of an array are in order, none is empty, none overlaps the
 * next, what can be one region is one, and total_size is their sum.
 */
static void assert_lawful(struct memblock_type *type)
{
	phys_addr_t sum = 0;
	unsigned long i;

	for (i = 0; i < type->cnt; i++) {
		struct memblock_region *rgn = &type->regions[i];

		/* Some kernels have an empty array of one such entry. */
		if (type->cnt == 1 && !rgn->size)
			break;
		ASSERT_NE(rgn->size, 0);
		ASSERT_LE(rgn->base, rgn->base + rgn->size);
		sum += rgn->size;
		if (i == 0)
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
    bool moves_arrays() const
    {
        return std::any_of(play.steps.begin(), play.steps.end(), [](const PlayedStep &s) { return s.moved_array; });
    }
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

std::string write_step(const Plan &plan, size_t index)
{
    const PlayedStep &step = plan.play.steps[index];
    if (!plan.makes(index))
        return {};
    if (is<ops::world_movable_node>(step.op))
        return fmt::format("\tmovable_node_enabled = {};\n", ops::world_movable_node::of(step.op).enabled);
    if (!plan.asserts_result(index))
        return fmt::format("\t{};\n", plan.form.call(step.op));
    std::string text = fmt::format("\t{};\n", assignment(step.op, plan.form));
    std::vector<CResult> results = results_of(step);
    if (plan.right && index + 1 == plan.play.steps.size()) {
        results.resize(1);
        results[0].value = *plan.right;
    }
    for (const CResult &result : results)
        text += fmt::format("\tASSERT_EQ({}, {});\n", result.variable,
                            plan.form.result(result.kind, result.value, op_info(step.op.kind).family));
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
    std::string text;
    for (size_t i = 0; i < plan.play.steps.size(); i++)
        text += write_step(plan, i);
    return text + write_end(plan, nodes);
}

/// Whether the engine does the same with everything so many bytes further up, which the check relies on: then what the
/// check would say of it is the same text.
void check_moved(const Plan &plan, const Source &source, Engine &engine, uint64_t distance)
{
    Trace elsewhere;
    for (const Step &step : source.trace.steps)
        elsewhere.add(moved(step.op, distance));
    Plan there = plan;
    there.play = play(elsewhere, engine, plan.play.variant_name);
    there.form.low += distance;
    for (size_t i = 0; i < std::min(plan.play.steps.size(), there.play.steps.size()); i++)
        if (plan.play.steps[i].result.exit != there.play.steps[i].result.exit ||
            write_step(plan, i) != write_step(there, i))
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
    Plan plan{play(source.trace, subject.engine, subject.variant_name)};
    if (!subject.issue.empty())
        assert_right(plan, subject.issue);
    judge_steps(plan);
    place(plan);
    if (plan.form.is_relative)
        for (const uint64_t address : likely_addresses)
            check_moved(plan, source, subject.engine, address - plan.form.low);
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
    const std::string numa = write_body(first, first);
    if (write_body(plans[1], first) == numa)
        return numa;
    return fmt::format("#ifdef CONFIG_NUMA\n{}#else\n{}#endif\n", numa, write_body(plans[1], plans[1]));
}

std::string declarations(const std::vector<Plan> &plans)
{
    Variables variables;
    for (const Plan &plan : plans)
        for (size_t i = 0; i < plan.play.steps.size(); i++)
            if (plan.makes(i) && plan.asserts_result(i))
                variables.add(plan.play.steps[i].op);
    return variables.text();
}

std::string write_function(const std::vector<Plan> &plans)
{
    uint64_t backing = 0;
    for (const Plan &plan : plans)
        backing = std::max(backing, plan.backing);
    const bool moves_arrays = std::any_of(plans.begin(), plans.end(), [](const Plan &p) { return p.moves_arrays(); });
    std::string text = "static int memblock_lab_check(void)\n{\n\tconst bool movable_node = movable_node_enabled;\n";
    if (backing)
        text += fmt::format("\t/*\n\t * Not dummy_physical_memory_init(): that memory is only as aligned\n"
                            "\t * as malloc makes it.\n\t */\n"
                            "\tvoid *backing = aligned_alloc({:#x}, {:#x});\n"
                            "\tconst phys_addr_t at __maybe_unused = (phys_addr_t)backing;\n",
                            backing_align, backing);
    if (moves_arrays)
        text += "\tstruct memblock_region *memory_regions, *reserved_regions;\n";
    text += declarations(plans) + "\n\tPREFIX_PUSH();\n\n";
    text += backing ? "\tassert(backing);\n" : "";
    text += "\treset_memblock_regions();\n\treset_memblock_attributes();\n\tmovable_node_enabled = false;\n";
    if (moves_arrays)
        text += "\tmemory_regions = memblock.memory.regions;\n\treserved_regions = memblock.reserved.regions;\n";
    text += '\n' + write_bodies(plans) + '\n';
    if (moves_arrays)
        text += "\t/*\n\t * The arrays go back to where they were; what they hold there goes\n"
                "\t * with the reset.\n\t */\n"
                "\tmemblock.memory.regions = memory_regions;\n\tmemblock.memory.cnt = 128;\n"
                "\tmemblock.reserved.regions = reserved_regions;\n\tmemblock.reserved.cnt = 128;\n";
    text += "\treset_memblock_regions();\n\treset_memblock_attributes();\n\tmovable_node_enabled = movable_node;\n";
    text += backing ? "\tfree(backing);\n" : "";
    return text + "\n\ttest_pass_pop();\n\n\treturn 0;\n}\n";
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

/// Lines that are too long, in several.
std::string all_folded(std::string_view code)
{
    std::string text;
    each_line(code, [&](std::string_view line) {
        const size_t indent = std::min(line.find_first_not_of('\t'), line.size());
        text += folded(line.substr(indent), line.substr(0, indent), "\t\t");
    });
    return text;
}

std::string write_comment(const Source &source, const Plan &plan, const Subject &subject)
{
    const Play &played = plan.play;
    constexpr size_t width = mail_width - 3; // what begins the line of a comment
    const auto wrapped = [](std::string_view text) { return paragraph("", text, width); };
    const std::string last = print_op(played.last().op);
    std::string text =
        !subject.issue.empty()
            ? wrapped(fmt::format("What is right in {}, and fails as long as {} shows the finding {}. "
                                  "The last call is {}.",
                                  source.name, played.engine, subject.issue, last))
        : subject.wrong.empty()
            ? wrapped(fmt::format("What {} does in {}. The last call is {}.", played.engine, source.name, last))
            : wrapped(fmt::format("What is right in {}, and fails as long as this is so: {}. The last call is {}.",
                                  source.name, subject.wrong, last));
    text += '\n' + narrowed(played.picture(), width);
    if (plan.form.is_relative)
        text +=
            '\n' + wrapped(fmt::format("The calls write to memory: the check allocates it, and `at` is {:#x} of the "
                                       "picture.",
                                       plan.form.low));
    if (played.corrupted && subject.issue.empty())
        text += '\n' + wrapped("The last call puts one array on top of the other. The check says where they lie, and "
                               "nothing of the regions, which are no longer any: after a fix it must fail.");
    text += '\n' + wrapped(subject.issue.empty() ? "Expect each call to return, and the regions to be, as asserted."
                                                 : "Expect what the documentation says, as asserted.");
    return c_comment(text + wrapped(left_out(plan)));
}

} // namespace

std::string to_kernel_test(const Source &source, std::span<const Subject> subjects)
{
    std::vector<Plan> plans;
    for (const Subject &subject : subjects)
        plans.push_back(plan_of(source, subject));
    const Plan &plan = plans.front();
    std::string text = std::string(c_license) + std::string(opening);
    text += plan.asserts_laws ? law_assertion : plan.right ? "" : region_assertion;
    return text + write_comment(source, plan, subjects.front()) + all_folded(write_function(plans)) +
           std::string(closing);
}

} // namespace mblab::exporting
