// SPDX-License-Identifier: GPL-2.0-or-later
// The traces that are kept as files or in documents, each a test of its own, and random traces, a test per variant.
#include "core/base/files.hpp"
#include "core/run/catalog.hpp"
#include "core/run/executor.hpp"
#include "core/run/process.hpp"
#include "core/search/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>

namespace mblab {
namespace {

struct Case {
    std::string subject; // what it shows: the file's name, a known issue, an op
    std::string text;
};

/// What GoogleTest shows of it.
void PrintTo(const Case &trace, std::ostream *out)
{
    *out << trace.subject;
}

std::vector<Case> traces_in(const std::string &folder)
{
    std::vector<Case> cases;
    for (const auto &entry : std::filesystem::directory_iterator(source_folder() + "/corpus/" + folder))
        if (entry.path().extension() == ".trace")
            cases.push_back({entry.path().stem().string(), read_file(entry.path().string())});
    std::sort(cases.begin(), cases.end(), [](const Case &a, const Case &b) { return a.subject < b.subject; });
    return cases;
}

/// Engines that stay open as long as the list of them.
struct Engines {
    Engines(const std::vector<std::string> &names, const std::string &variant)
    {
        for (const std::string &name : names)
            list.push_back(owned.emplace_back(open_engine(name, variant)).get());
    }

    std::vector<std::unique_ptr<Engine>> owned;
    std::vector<Engine *> list;
};

/// Every engine of a variant: those that mean the same together, each time with a model that means it too. They stay
/// open for the tests to come.
const std::vector<Engines> &engines_of(const std::string &variant)
{
    static std::map<std::string, std::vector<Engines>> opened;
    std::vector<Engines> &all = opened[variant];
    if (all.empty())
        for (EngineGroup names : engines_by_dialect(variant)) {
            names.push_back("model");
            all.emplace_back(names, variant);
        }
    return all;
}

class Traces : public testing::TestWithParam<Case> {
  protected:
    std::string variant(const char *otherwise = "numa-128") const
    {
        return variant_name(trace.variant.empty() ? otherwise : trace.variant);
    }

    const Trace trace = parse_trace(GetParam().text, GetParam().subject);
};

class Kept : public Traces {};
class KnownBug : public Traces {};
class RandomTraces : public testing::TestWithParam<std::string> {};

TEST_P(Kept, HasNoFindingOnAnyEngine)
{
    for (const Engines &engines : engines_of(variant())) {
        Executor executor(engines.list);
        if (const std::optional<Finding> finding = executor.run(trace))
            ADD_FAILURE() << reproducer(trace, *finding);
        EXPECT_GT(executor.statistics().ops, 0u);
    }
}

/// The file says what must be seen: "# shows on ENGINE: PATTERN".
TEST_P(KnownBug, Shows)
{
    std::smatch shows;
    ASSERT_TRUE(std::regex_search(GetParam().text, shows, std::regex("# shows on ([^:]*): ([^\n]*)")));
    if (!has_engine(shows.str(1), variant()))
        GTEST_SKIP() << "no engine " << shows.str(1);
    const std::unique_ptr<Engine> engine = open_engine(shows.str(1), variant());
    engine->reset();
    std::string seen;
    for (const Step &step : trace.steps)
        seen += describe(step.op.kind, engine->run(step.op));
    EXPECT_TRUE(std::regex_search(seen, std::regex(shows.str(2)))) << "no longer shows " << shows.str(2);
}

TEST_P(RandomTraces, AgreeAndKeepTheLaws)
{
    // A call into another process costs a hundred of those in this one.
    const uint64_t inputs = GetParam().starts_with("m32-") ? 500 : 3000;
    for (const Engines &engines : engines_of(GetParam())) {
        Executor executor(engines.list, {.budget = search_budget});
        const std::vector<uint16_t> kinds = executor.kinds_that_run();
        Random random(5);
        for (uint64_t input = 0; input < inputs; input++) {
            const Trace trace = random_trace(random, 80, kinds);
            if (const std::optional<Finding> finding = executor.run(trace)) {
                ADD_FAILURE() << "variant " << GetParam() << "\n" << reproducer(trace, *finding);
                break;
            }
        }
        EXPECT_TRUE(HasFailure() || executor.statistics().ops > inputs * 33);
    }
}

/// A folder that is empty, or a document that reads differently, must not pass for one without findings.
TEST(Traces, AreFound)
{
    EXPECT_GE(traces_in("regressions").size(), 7u);
    EXPECT_GE(traces_in("seeds").size(), 15u);
    EXPECT_EQ(traces_in("tour").size(), 10u);
}

std::vector<std::string> variants()
{
    std::vector<std::string> names;
    for (const EngineFile &engine : list_engines())
        if (engine.name == "port")
            names.push_back(engine.variant);
    return names;
}

std::string only_letters(std::string text)
{
    std::replace_if(text.begin(), text.end(), [](unsigned char letter) { return !std::isalnum(letter); }, '_');
    return text;
}

std::string name_of(const testing::TestParamInfo<Case> &info)
{
    return only_letters(info.param.subject);
}

std::string name_of_variant(const testing::TestParamInfo<std::string> &info)
{
    return only_letters(info.param);
}

INSTANTIATE_TEST_SUITE_P(Regression, Kept, testing::ValuesIn(traces_in("regressions")), name_of);
INSTANTIATE_TEST_SUITE_P(Seed, Kept, testing::ValuesIn(traces_in("seeds")), name_of);
INSTANTIATE_TEST_SUITE_P(Tour, Kept, testing::ValuesIn(traces_in("tour")), name_of);
INSTANTIATE_TEST_SUITE_P(Corpus, KnownBug, testing::ValuesIn(traces_in("known-bugs")), name_of);
INSTANTIATE_TEST_SUITE_P(Variant, RandomTraces, testing::ValuesIn(variants()), name_of_variant);

} // namespace
} // namespace mblab
