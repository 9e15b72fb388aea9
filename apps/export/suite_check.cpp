// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/export/c_text.hpp"
#include "apps/export/export.hpp"
#include "apps/export/suite_rules.hpp"
#include "core/base/error.hpp"
#include "core/op/typed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace mblab::exporting {
namespace {

// Memory that the calls write to is allocated by the check, at a multiple of this. Little of it is ever touched, so
// that it may be large, but not so large that an ordinary machine refuses.
constexpr uint64_t backing_align = uint64_t{2} << 20;
constexpr uint64_t backing_max = uint64_t{1} << 30;

constexpr std::string_view opening = R"(/*
 * A check for tools/testing/memblock, written by mblab export (memblock-lab).
 *
 * To run it there: put this file into tests/ as lab_check.c, add tests/lab_check.o to TEST_OFILES in the Makefile, and
 * call it in main.c:
 *
 *	int memblock_lab_checks(void);
 *	...
 *	memblock_lab_checks();
 */
#include "common.h"
#include <linux/memory_hotplug.h>

int memblock_lab_checks(void);

/* Region i of an array is this one. The node is looked at where there are nodes. */
static void __maybe_unused assert_region(struct memblock_type *type, unsigned long i, phys_addr_t base, phys_addr_t size,
					 unsigned int flags, int nid)
{
	struct memblock_region *rgn = &type->regions[i];

	if (rgn->base != base || rgn->size != size || (unsigned int)rgn->flags != flags)
		test_print("%s[%lu] is [0x%llx, +0x%llx) flags 0x%x\n", type->name, i, (unsigned long long)rgn->base,
			   (unsigned long long)rgn->size, (unsigned int)rgn->flags);
	ASSERT_EQ(rgn->base, base);
	ASSERT_EQ(rgn->size, size);
	ASSERT_EQ((unsigned int)rgn->flags, flags);
#ifdef CONFIG_NUMA
	ASSERT_EQ(rgn->nid, nid);
#endif
}

)";

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
    uint64_t backing = 0; // bytes to allocate; 0 where nothing is written to

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
    for (const CResult &result : results_of(step))
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

/// What is asserted after the calls. Nodes are those of another play where that is the same but for them.
std::string write_end(const Plan &plan, const Plan &nodes)
{
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

Plan plan_of(const Source &source, const Subject &subject)
{
    Plan plan{play(source.trace, subject.engine, subject.variant_name)};
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
    std::string numa = write_body(first, first);
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
        text +=
            fmt::format("\t/* Not dummy_physical_memory_init(): that memory is only as aligned as malloc makes it. */\n"
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
        text += "\t/* The arrays go back to where they were; what they hold there goes with the reset. */\n"
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

std::string write_comment(const Source &source, const Plan &plan, const std::string &wrong)
{
    const Play &played = plan.play;
    std::string text = wrong.empty() ? fmt::format("What {} does in {}. The last call,\n{}:\n\n", played.engine,
                                                   source.name, print_op(played.last().op))
                                     : fmt::format("What is right in {}, and fails as long as this is so:\n{}.\n"
                                                   "The last call, {}:\n\n",
                                                   source.name, wrong, print_op(played.last().op));
    text += played.picture();
    if (plan.form.is_relative)
        text += fmt::format("\nThe calls write to memory: the check allocates it, and `at` is {:#x} of the picture.\n",
                            plan.form.low);
    if (played.corrupted)
        text +=
            "\nThe last call puts one array on top of the other. The check says where they lie, and nothing of the\n"
            "regions, which are no longer any: after a fix it must fail.\n";
    text += "\nExpect each call to return, and the regions to be, as asserted.\n" + left_out(plan);
    return c_comment(text);
}

} // namespace

std::string to_kernel_test(const Source &source, std::span<const Subject> subjects)
{
    std::vector<Plan> plans;
    for (const Subject &subject : subjects)
        plans.push_back(plan_of(source, subject));
    return std::string(c_license) + std::string(opening) +
           write_comment(source, plans.front(), subjects.front().wrong) + write_function(plans) + std::string(closing);
}

} // namespace mblab::exporting
