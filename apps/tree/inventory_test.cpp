// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/tree/inventory.hpp"

#include "core/run/process.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mblab::tree {
namespace {

constexpr std::string_view header = R"(
/* memblock_in_a_comment(1) and CONFIG_IN_A_COMMENT */
#include <linux/pfn.h>
#include <asm/dma.h>
enum memblock_flags {
	MEMBLOCK_NONE		= 0x0,	/* nothing, in a comment */
	MEMBLOCK_HOTPLUG	= 0x1,
	MEMBLOCK_NEWER		= 0x100,
	MEMBLOCK_LAST		= BIT(9),
};
#ifdef CONFIG_NUMA
int memblock_add_node(phys_addr_t base, phys_addr_t size, int nid,
		      enum memblock_flags flags);
#endif
int memblock_add(phys_addr_t base, phys_addr_t size);
void memblock_quite_new(int (*callback)(int memblock_not_this));
static inline bool memblock_helper (void)
{
	return memblock_called_inside(1);
}
#define for_each_new_range(i, start)	\
	for (i = 0; memblock_in_a_macro(i); i++)
#define MEMBLOCK_SOMETHING 1
int unrelated_function(void);
)";

constexpr std::string_view source = R"(
#include <linux/poison.h>
#include "internal.h"
# include <linux/pfn.h>
// CONFIG_IN_A_LINE
#if defined(CONFIG_NUMA) && IS_ENABLED(CONFIG_BRAND_NEW)
int memblock_remove(phys_addr_t base, phys_addr_t size) { return 0; }
#endif
static int __init only_here(char *p)
{
	if (p) { called(); }
	return 0;
}
early_param("here", only_here);
static struct thing things[] __attribute__((unused)) = { thing(1), };
unsigned long __init
handed_out(void *start, int (*done)(void)) {
	return 1;
}
void *__init by_pointer(int size)
{ return 0; }
)";

bool has(const std::vector<std::string_view> &names, std::string_view name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

TEST(Inventory, OpsAreThoseThatTheTextNames)
{
    const Inventory inventory = read_inventory(header, source);
    EXPECT_TRUE(has(inventory.ops, "memblock_add"));
    EXPECT_TRUE(has(inventory.ops, "memblock_add_node"));
    EXPECT_TRUE(has(inventory.ops, "memblock_remove"));
    EXPECT_TRUE(has(inventory.missing_ops, "memblock_reserve"));
    EXPECT_FALSE(has(inventory.missing_ops, "world_slab"));
}

TEST(Inventory, DeclarationsWithoutAnOp)
{
    const std::vector<std::string> wanted = {"by_pointer", "for_each_new_range", "handed_out", "memblock_helper",
                                             "memblock_quite_new"};
    EXPECT_EQ(read_inventory(header, source).without_op, wanted);
}

TEST(Inventory, FlagsAreKnownByNameAndValue)
{
    const std::vector<Flag> flags = read_inventory(header, source).flags;
    ASSERT_EQ(flags.size(), 4u);
    EXPECT_EQ(flags[1].name, "MEMBLOCK_HOTPLUG");
    EXPECT_EQ(flags[1].value, "0x1");
    EXPECT_TRUE(flags[0].known && flags[1].known);
    EXPECT_FALSE(flags[2].known || flags[3].known);
    EXPECT_FALSE(read_inventory("enum memblock_flags { MEMBLOCK_MIRROR = 0x1, };", "").flags[0].known);
}

TEST(Inventory, OptionsAndTheVariantsThatSetThem)
{
    const std::vector<Option> options = read_inventory(header, source).options;
    ASSERT_EQ(options.size(), 2u);
    EXPECT_EQ(options[0].name, "CONFIG_BRAND_NEW");
    EXPECT_FALSE(options[0].variant);
    EXPECT_EQ(options[1].variant, "numa");
}

TEST(Inventory, IncludesOnceEach)
{
    const std::vector<Include> includes = read_inventory(header, source).includes;
    ASSERT_EQ(includes.size(), 4u);
    EXPECT_EQ(includes[0].name, "linux/poison.h");
    EXPECT_TRUE(includes[1].in_quotes);
    EXPECT_EQ(includes[1].name, "internal.h");
    EXPECT_EQ(includes[3].name, "asm/dma.h");
}

TEST(Inventory, TheShimHasWhatItHas)
{
    const std::string shim = source_folder() + "/shim";
    EXPECT_EQ(provider_of({"linux/kernel.h"}, shim), "instep");
    EXPECT_EQ(provider_of({"internal.h", true}, shim), "recorded");
    EXPECT_EQ(provider_of({"linux/memblock.h"}, shim), "tree");
    EXPECT_FALSE(provider_of({"linux/nowhere.h"}, shim));
}

TEST(Inventory, OptionsAreThoseOfBuildEngine)
{
    EXPECT_EQ(known_options().at("CONFIG_ARCH_KEEP_MEMBLOCK"), "keep");
    EXPECT_EQ(known_options().at("CONFIG_PHYS_ADDR_T_64BIT"), "not phys32");
    for (const auto &[option, word] : known_options())
        EXPECT_TRUE(option.starts_with("CONFIG_") && !word.empty()) << option;
}

TEST(Inventory, AnyTextGivesAnAnswer)
{
    for (const std::string_view text : {"", "/*", "//", "#define", "#define memblock_x(", "enum memblock_flags {",
                                        "#include", "#include <", "#include \"x", "memblock_(", "}}}}(", "#", "\\\n"})
        EXPECT_TRUE(read_inventory(text, text).ops.empty()) << text;
}

TEST(WithoutComments, LinesStay)
{
    EXPECT_EQ(without_comments("a/* b\n c */d // e\nf"), "a \nd  \nf");
}

} // namespace
} // namespace mblab::tree
