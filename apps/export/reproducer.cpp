// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/export/c_text.hpp"
#include "apps/export/export.hpp"

#include "core/op/typed.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mblab::exporting {
namespace {

constexpr CForm form{"__va"};

constexpr std::string_view helpers = R"(
static int mblab_wrong;

static void __init mblab_check(const char *what, unsigned long long seen, unsigned long long expected)
{
	if (seen == expected)
		return;
	mblab_wrong++;
	pr_err("mblab: %s is 0x%llx, expected 0x%llx\n", what, seen, expected);
}

static void __init mblab_check_type(const struct memblock_type *type, unsigned long cnt, phys_addr_t total_size)
{
	pr_info("mblab: %s\n", type->name);
	mblab_check("cnt", type->cnt, cnt);
	mblab_check("total_size", type->total_size, total_size);
}

static void __init __maybe_unused mblab_check_region(const struct memblock_type *type, unsigned long i, phys_addr_t base,
						     phys_addr_t size, unsigned int flags, int nid)
{
	if (i >= type->cnt)
		return;
	mblab_check("base", type->regions[i].base, base);
	mblab_check("size", type->regions[i].size, size);
	mblab_check("flags", type->regions[i].flags, flags);
#ifdef CONFIG_NUMA
	mblab_check("nid", type->regions[i].nid, nid);
#endif
}
)";

/// What stands for a call that C cannot make: a line that says what has to be so at this place.
std::string as_remark(const PlayedStep &step, std::string_view why)
{
    return fmt::format("\t/* {}: {} */\n", print_op(step.op), why);
}

bool has_c_form(const Op &op)
{
    switch (op_info(op.kind).family) {
    case Family::iterate:
    case Family::report:
    case Family::params:
    case Family::world:
        return false;
    default:
        // It would leave the array as nothing else in memblock ever leaves it.
        return !is<ops::memblock_set_region_node>(op);
    }
}

std::string write_step(const PlayedStep &step)
{
    const OpInfo &info = op_info(step.op.kind);
    if (!has_c_form(step.op))
        return as_remark(step, info.family == Family::world ? "done to the machine here" : "left out");
    if (!step.refused_by.empty() || step.result.exit == MBLAB_REFUSED || step.result.exit == MBLAB_ABSENT)
        return as_remark(step, "not called");
    if (!step.returned())
        return fmt::format("\t/* Does not return: {}. */\n\t{};\n", exit_name(step.result.exit), form.call(step.op));
    std::string text = fmt::format("\t{};\n", assignment(step.op, form));
    for (const CResult &result : results_of(step)) {
        const bool is_pointer = result.kind == ParameterKind::virt;
        text += fmt::format("\tmblab_check(\"{}: {}\", {}, {});\n", info.name, result.name,
                            is_pointer ? fmt::format("{0} ? __pa({0}) : 0", result.variable) : result.variable,
                            is_pointer ? c_number(result.value) : form.result(result.kind, result.value, info.family));
    }
    return text;
}

std::string declarations(const Play &play)
{
    Variables variables;
    variables.add("unsigned long ", "i");
    for (const PlayedStep &step : play.steps)
        if (has_c_form(step.op))
            variables.add(step.op);
    const std::string text = variables.text();
    return text + (text.empty() ? "" : "\n");
}

std::string check_array(mblab_type type, const State &state)
{
    const RegionSet &set = state.arrays[type].set;
    return fmt::format("\tmblab_check_type({}, {}, {});\n", form.value(ParameterKind::type, type, Family::basic),
                       set.count(), c_number(set.total)) +
           form.region_checks("mblab_check_region", type, state, state);
}

std::string opening(const Source &source, const Play &play)
{
    std::string text = fmt::format("Reproducer of {}, made by mblab export: what {} ({}) does.\n\n", source.name,
                                   play.engine, play.variant_name);
    text += "It needs an empty memblock. In tools/testing/memblock, call reset_memblock_regions() and then "
            "mblab_reproduce();\nin a kernel, call it before anything is added (early in setup_arch()). It prints each "
            "difference from that\nengine, and returns their number.\n";
    if (const Interval touched = play.touched(); !touched.empty())
        text += fmt::format("\nThe calls write to physical memory in [{:#x}, {:#x}): that must be there.\n",
                            touched.start, touched.end);
    if (const uint64_t regions = play.variant.memory_regions; regions != 128)
        text += fmt::format("\nThe arrays begin with {} and {} entries: build with INIT_MEMBLOCK_MEMORY_REGIONS and\n"
                            "INIT_MEMBLOCK_RESERVED_REGIONS so.\n",
                            regions, play.variant.reserved_regions);
    text += "\nThe last call, " + print_op(play.last().op) + ":\n\n" + play.picture();
    return c_comment(text);
}

} // namespace

std::string to_c(const Source &source, const Subject &subject)
{
    const Play played = play(source.trace, subject.engine, subject.variant_name);
    std::string text = std::string(c_license) + opening(source, played);
    text += "#include <linux/kernel.h>\n#include <linux/errno.h>\n#include <linux/memblock.h>\n#include <linux/mm.h>\n"
            "#include <linux/printk.h>\n";
    if (std::any_of(played.steps.begin(), played.steps.end(),
                    [](const PlayedStep &step) { return form.call(step.op).find("&physmem") != std::string::npos; }))
        text += "\nextern struct memblock_type physmem; /* CONFIG_HAVE_MEMBLOCK_PHYS_MAP */\n";
    text += std::string(helpers) + "\nint mblab_reproduce(void);\n\nint __init mblab_reproduce(void)\n{\n" +
            declarations(played) + "\tmblab_wrong = 0;\n";
    for (const PlayedStep &step : played.steps)
        text += write_step(step);
    if (played.last().returned())
        text += '\n' + check_array(MBLAB_TYPE_memory, played.after) + check_array(MBLAB_TYPE_reserved, played.after);
    return text + "\treturn mblab_wrong;\n}\n";
}

} // namespace mblab::exporting
