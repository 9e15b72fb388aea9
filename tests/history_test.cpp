// SPDX-License-Identifier: GPL-2.0-or-later
// memblock's predecessors: kept traces, the traces of docs/history.md, and random ones, against their model and the
// laws.
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/op/typed.hpp"
#include "core/run/catalog.hpp"
#include "core/run/executor.hpp"
#include "core/run/process.hpp"
#include "core/search/random.hpp"
#include "properties/mutant.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace mblab {
namespace {

/// An engine and, where it has one, its model.
struct Pair {
    Pair(const std::string &name, const std::string &variant)
    {
        for (const char *each : {name.c_str(), "history-model"})
            if (owned.empty() || name == "bump" || name == "bootmem")
                list.push_back(owned.emplace_back(open_engine(each, variant)).get());
    }

    bool has_all(const Trace &trace) const
    {
        return std::ranges::all_of(trace.steps, [&](const Step &step) { return list[0]->has(step.op.kind); });
    }

    std::vector<std::unique_ptr<Engine>> owned;
    std::vector<Engine *> list;
};

/// Runs to its end on the predecessor that has its calls, and gives what it expects.
void expect_good(const Trace &trace, const std::string &title)
{
    size_t ran = 0;
    for (const std::string &name : predecessors()) {
        const Pair pair(name, trace.variant.empty() ? "numa-4" : variant_name(trace.variant));
        if (!pair.has_all(trace))
            continue;
        Executor executor(pair.list);
        if (const std::optional<Finding> finding = executor.run(trace))
            ADD_FAILURE() << title << " on " << name << "\n" << reproducer(trace, *finding);
        EXPECT_EQ(executor.statistics().ops, trace.steps.size()) << title << " on " << name;
        ran++;
    }
    EXPECT_EQ(ran, 1u) << title;
}

TEST(History, SeedsAgreeWithTheModelAndTheLaws)
{
    size_t count = 0;
    for (const auto &entry : std::filesystem::directory_iterator(source_folder() + "/corpus/history")) {
        const std::string path = entry.path().string();
        expect_good(parse_trace(read_file(path), path), path);
        count++;
    }
    EXPECT_GE(count, 3u);
}

/// The paragraphs that are indented by four and hold calls.
std::vector<std::string> traces_of(std::string_view document)
{
    std::vector<std::string> traces(1);
    each_line(document, [&](std::string_view line) {
        if (line.starts_with("    ") && (line.find('(') != line.npos || !traces.back().empty()))
            traces.back().append(line.substr(4)) += '\n';
        else if (!traces.back().empty())
            traces.emplace_back();
    });
    std::erase_if(traces, [](const std::string &text) {
        return text.find("bootmem") == text.npos && text.find("bump") == text.npos &&
               text.find("memblock_") == text.npos;
    });
    return traces;
}

TEST(History, TracesOfTheDocumentGiveWhatItSays)
{
    size_t count = 0;
    for (const std::string &text : traces_of(read_file(source_folder() + "/docs/history.md")))
        if (text.find("mblab ") == text.npos && text.find("allocator ") == text.npos) {
            const Trace trace = parse_trace(text, "docs/history.md");
            count++;
            EXPECT_TRUE(std::ranges::any_of(trace.steps, [](const Step &step) { return step.expected.has_value(); }))
                << text;
            expect_good(trace, text);
        }
    EXPECT_GE(count, 6u);
}

void expect_agreement(const std::string &name, size_t inputs)
{
    const Pair pair(name, "numa-4");
    Executor executor(pair.list, {.budget = search_budget});
    const std::vector<uint16_t> kinds = executor.kinds_that_run();
    Random random(5);
    for (size_t input = 0; input < inputs; input++) {
        const Trace trace = random_trace(random, 40, kinds);
        if (const std::optional<Finding> finding = executor.run(trace)) {
            ADD_FAILURE() << reproducer(trace, *finding);
            return;
        }
    }
    for (const uint16_t kind : history_ops())
        EXPECT_TRUE(!pair.list[0]->has(kind) || executor.statistics().calls[kind] > inputs / 100) << op_info(kind).name;
}

TEST(History, BootmemAgreesWithItsModel)
{
    expect_agreement("bootmem", 1000);
}

TEST(History, BumpAgreesWithItsModel)
{
    expect_agreement("bump", 1000);
}

TEST(History, NobootmemKeepsTheLaws)
{
    expect_agreement("nobootmem", 1000);
}

/// bootmem that does not go on where the last block ended.
TEST(History, TheModelNoticesAnotherPlace)
{
    const property::Bug never_shares = property::sets(&ops::__alloc_bootmem::align, 4096);
    property::Mutant engine(open_engine("bootmem", "numa-4"), never_shares);
    const auto model = open_engine("history-model", "numa-4");
    Trace trace = parse_trace(read_file(source_folder() + "/corpus/history/bootmem.trace"), "seed");
    Executor executor({&engine, model.get()}, {.laws = false, .expectations = false});
    const std::optional<Finding> finding = executor.run(trace);
    ASSERT_TRUE(finding);
    EXPECT_EQ(finding->id, "difference");
}

} // namespace
} // namespace mblab
