// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/export/c_text.hpp"
#include "apps/export/export.hpp"
#include "apps/export/suite_rules.hpp"
#include "core/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace mblab::exporting {
namespace {

constexpr PointerStyle suite_style{"(void *)"};

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
    std::vector<SuiteVerdict> verdicts; // by step
    Placement placement;
    uint64_t backing = 0; // bytes to allocate; 0 where nothing is written to

    bool moves_arrays() const
    {
        return std::any_of(play.steps.begin(), play.steps.end(), [](const PlayedStep &s) { return s.moved_array; });
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
        resize_allowed = resize_allowed || step.op.kind == MBLAB_OP_memblock_allow_resize;
    }
}

/// Where the calls write to memory, the check allocates that, and all addresses are counted from there.
void place(Plan &plan)
{
    const Interval touched = plan.play.touched();
    if (touched.empty())
        return;
    plan.placement = {true, touched.start & ~(backing_align - 1)};
    plan.backing = (touched.end - plan.placement.low + backing_align - 1) & ~(backing_align - 1);
    if (plan.backing > backing_max)
        throw Error(
            fmt::format("the calls write to memory from {:#x} to {:#x}: a check for the kernel's suite can have {} "
                        "MiB of it",
                        touched.start, touched.end, backing_max >> 20));
}

bool is_static(const Array &array)
{
    return array.storage == MBLAB_STATIC_ADDR;
}

bool same_place(const Array &a, const Array &b, uint64_t distance)
{
    return a.max == b.max && (is_static(a) ? is_static(b) : a.storage + distance == b.storage);
}

bool same_but_moved(const Array &a, const Array &b, uint64_t distance)
{
    if (a.cnt != b.cnt || a.total_size != b.total_size || a.regions.size() != b.regions.size())
        return false;
    for (size_t i = 0; i < a.regions.size(); i++) {
        Region region = a.regions[i];
        region.base += region.size ? distance : 0;
        if (!(region == b.regions[i]))
            return false;
    }
    return true;
}

/// Where two arrays lie on one another, only where they lie can be told.
bool same_but_moved(const Play &a, const Play &b, uint64_t distance)
{
    if (a.steps.size() != b.steps.size() || a.corrupted != b.corrupted)
        return false;
    for (const mblab_type type : {MBLAB_TYPE_memory, MBLAB_TYPE_reserved})
        if (!same_place(a.after.arrays[type], b.after.arrays[type], distance) ||
            (!a.corrupted && !same_but_moved(a.after.arrays[type], b.after.arrays[type], distance)))
            return false;
    return true;
}

bool same_but_moved(const PlayedStep &a, const PlayedStep &b, uint64_t distance)
{
    const OpInfo &info = op_info(a.op.kind);
    if (a.result.exit != b.result.exit || a.result.count != b.result.count)
        return false;
    for (size_t i = 0; i < a.result.count && i < info.result_count; i++) {
        const uint64_t value = a.result.value[i];
        // No address, and no limit, stay what they are.
        const bool stays = value == 0 || value == UINT64_MAX;
        if ((stays ? value : Placement::moved(info.results[i].kind, value, info.family, distance)) != b.result.value[i])
            return false;
    }
    return true;
}

/// Whether the engine does the same with everything so many bytes further up: what the check relies on.
void check_moved(const Plan &plan, const Source &source, Engine &engine, uint64_t distance)
{
    Trace elsewhere;
    for (const Step &step : source.trace.steps)
        elsewhere.add(Placement::moved(step.op, distance));
    const Play there = play(elsewhere, engine, plan.play.variant_name);
    bool same = same_but_moved(plan.play, there, distance);
    for (size_t i = 0; same && i < there.steps.size(); i++) {
        same = same_but_moved(plan.play.steps[i], there.steps[i], distance);
        if (!same)
            cannot(plan.play.steps[i], i,
                   "the calls write to memory, which the suite has at an address of its own, and there it does "
                   "something else");
    }
    if (!same)
        throw Error(
            "the calls write to memory, which the kernel's suite has at an address of its own, and there the regions "
            "become others");
}

/// Addresses such as malloc gives.
constexpr uint64_t likely_addresses[] = {0x7f1234600000, 0x602000200000};

Plan plan_of(const Source &source, const Subject &subject)
{
    Plan plan{.play = play(source.trace, subject.engine, subject.variant_name), .verdicts = {}, .placement = {}};
    judge_steps(plan);
    place(plan);
    if (plan.placement.relative)
        for (const uint64_t address : likely_addresses)
            check_moved(plan, source, subject.engine, address - plan.placement.low);
    return plan;
}

std::string write_result(const PlayedStep &step, const Plan &plan)
{
    const OpInfo &info = op_info(step.op.kind);
    std::string text;
    for (size_t i = 0; i < step.result.count && i < info.result_count; i++) {
        const std::string name(i ? info.results[i].name : result_variable(step.op.kind).name);
        text +=
            fmt::format("\tASSERT_EQ({}, {});\n", name,
                        c_result(info.results[i].kind, step.result.value[i], info.family, plan.placement, suite_style));
    }
    return text;
}

/// A change that succeeded says so by the regions; whatever else came back is asserted.
bool result_matters(const PlayedStep &step, bool is_last)
{
    const OpInfo &info = op_info(step.op.kind);
    return info.result_count && (is_last || info.results[0].kind != ParameterKind::error || step.result.value[0] != 0);
}

std::string write_step(const Plan &plan, size_t index)
{
    const PlayedStep &step = plan.play.steps[index];
    if (plan.verdicts[index].verdict == InSuite::leave_out)
        return {};
    if (step.op.kind == MBLAB_OP_world_movable_node)
        return fmt::format("\tmovable_node_enabled = {};\n", step.op.arg[0] ? "true" : "false");
    const std::string call = c_call(step.op, plan.placement, suite_style);
    if (!result_matters(step, index + 1 == plan.play.steps.size()))
        return fmt::format("\t{};\n", call);
    return fmt::format("\t{} = {};\n", result_variable(step.op.kind).name, call) + write_result(step, plan);
}

std::string write_array(std::string_view name, const Array &array, const Array &nodes, const Plan &plan,
                        const Variant &node_variant)
{
    std::string text = fmt::format("\n\tASSERT_EQ(memblock.{}.max, {});\n", name, array.max);
    if (!is_static(array))
        text += fmt::format("\tASSERT_EQ((phys_addr_t)memblock.{}.regions, {});\n", name,
                            plan.placement.address(array.storage));
    if (plan.play.corrupted)
        return text;
    text += fmt::format("\tASSERT_EQ(memblock.{0}.cnt, {1});\n\tASSERT_EQ(memblock.{0}.total_size, {2});\n", name,
                        array.cnt, c_number(array.total_size));
    for (size_t i = 0; i < array.regions.size(); i++) {
        const Region &region = array.regions[i];
        const int32_t nid = i < nodes.regions.size() ? nodes.regions[i].nid : 0;
        text += fmt::format("\tassert_region(&memblock.{}, {}, {}, {}, {}, {});\n", name, i,
                            region.size ? plan.placement.address(region.base) : c_number(region.base),
                            c_number(region.size), c_flags(region.flags), c_node(nid, node_variant));
    }
    return text;
}

/// The calls and what is asserted. Nodes are those of another play where that is the same but for them.
std::string write_body(const Plan &plan, const Plan &nodes)
{
    std::string text;
    for (size_t i = 0; i < plan.play.steps.size(); i++)
        text += write_step(plan, i);
    const Snapshot &after = plan.play.after;
    text += write_array("memory", after.memory(), nodes.play.after.memory(), plan, nodes.play.variant);
    text += write_array("reserved", after.reserved(), nodes.play.after.reserved(), plan, nodes.play.variant);
    text += fmt::format("\n\tASSERT_EQ(memblock.bottom_up, {});\n", after.bottom_up ? "true" : "false");
    const std::string limit = after.current_limit == UINT64_MAX ? "MEMBLOCK_ALLOC_ANYWHERE"
                              : Placement::moves(ParameterKind::end, after.current_limit, Family::limits)
                                  ? plan.placement.address(after.current_limit)
                                  : c_number(after.current_limit);
    return text + fmt::format("\tASSERT_EQ(memblock.current_limit, {});\n", limit);
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
    std::map<std::string_view, std::string_view> variables;
    bool moves_arrays = false;
    for (const Plan &plan : plans) {
        moves_arrays = moves_arrays || plan.moves_arrays();
        for (size_t i = 0; i < plan.play.steps.size(); i++) {
            const PlayedStep &step = plan.play.steps[i];
            if (plan.verdicts[i].verdict != InSuite::call)
                continue;
            if (result_matters(step, i + 1 == plan.play.steps.size()))
                variables[result_variable(step.op.kind).name] = result_variable(step.op.kind).type;
            if (step.op.kind == MBLAB_OP_memblock_search_pfn_nid)
                variables["start_pfn"] = variables["end_pfn"] = "unsigned long ";
        }
    }
    std::string text;
    if (moves_arrays)
        text += "\tstruct memblock_region *memory_regions, *reserved_regions;\n";
    for (const auto &[name, type] : variables)
        text += fmt::format("\t{}{} __maybe_unused;\n", type, name);
    return text;
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

std::string write_comment(const Source &source, const Plan &plan)
{
    const Play &played = plan.play;
    std::string text = fmt::format("What {} does in {}. The last call,\n{}:\n\n", played.engine, source.name,
                                   print_op(played.last().op));
    text += played.picture();
    if (plan.placement.relative)
        text += fmt::format("\nThe calls write to memory: the check allocates it, and `at` is {:#x} of the picture.\n",
                            plan.placement.low);
    if (played.corrupted)
        text +=
            "\nThe last call puts one array on top of the other. The check says where they lie, and nothing of the\n"
            "regions, which are no longer any: after a fix it must fail.\n";
    text += "\nExpect each call to return, and the regions to be, as asserted.\n" + left_out(plan);
    return "/*\n" + c_comment(text) + " */\n";
}

} // namespace

std::string to_kernel_test(const Source &source, std::span<const Subject> subjects)
{
    std::vector<Plan> plans;
    for (const Subject &subject : subjects)
        plans.push_back(plan_of(source, subject));
    return "// SPDX-License-Identifier: GPL-2.0-or-later\n" + std::string(opening) +
           write_comment(source, plans.front()) + write_function(plans) + std::string(closing);
}

} // namespace mblab::exporting
