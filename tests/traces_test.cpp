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
#include <regex>
#include <sstream>

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

/// The traces of a document: sections whose heading begins so and goes on with the subject, each with a trace, indented
/// by four or fenced. A section without one is about something else.
std::vector<Case> traces_of(const std::string &document, const std::string &heading)
{
    std::istringstream lines(read_file(source_folder() + "/docs/" + document));
    std::vector<Case> cases;
    bool fenced = false, within = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("#")) {
            within = line.starts_with(heading);
            if (within)
                cases.push_back(
                    {line.substr(heading.size(), line.find_first_of(" :`", heading.size()) - heading.size()), ""});
        } else if (line.starts_with("```")) {
            fenced = !fenced;
        } else if (within && (fenced || line.starts_with("    "))) {
            cases.back().text += line.substr(fenced ? 0 : 4) + "\n";
        }
    }
    std::erase_if(cases, [](const Case &section) { return section.text.empty(); });
    return cases;
}

std::vector<Case> findings()
{
    return traces_of("findings.md", "## ");
}

std::vector<Case> semantics()
{
    return traces_of("semantics-6.1-to-6.12.md", "### `");
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

/// What mblab run compares by default.
std::vector<std::string> usual_engines(const std::string &variant)
{
    std::vector<std::string> names = {"port", "model"};
    for (const EngineFile &engine : list_engines())
        if (engine.variant == variant && engine.name != "port" && engine.name != "linux-6.1")
            names.push_back(engine.name);
    return names;
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
class KernelFinding : public Traces {};
class SemanticChange : public Traces {};
class RandomTraces : public testing::TestWithParam<std::string> {};

TEST_P(Kept, HasNoFindingOnAnyEngine)
{
    const Engines engines(usual_engines(variant()), variant());
    Executor executor(engines.list);
    if (const std::optional<Finding> finding = executor.run(trace))
        FAIL() << reproducer(trace, *finding);
    EXPECT_GT(executor.statistics().ops, 0u);
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

TEST_P(KernelFinding, ShowsOnTheKernelAndThePort)
{
    for (const std::string name : {"linux-6.12", "port"}) {
        if (!has_engine(name, variant("numa-4")))
            continue;
        const Engines engines({name}, variant("numa-4"));
        Executor executor(engines.list);
        if (const std::optional<Finding> finding = executor.run(trace))
            ADD_FAILURE() << name << ":\n" << reproducer(trace, *finding);
        // A known issue that let a violation pass, or a rule by which a call was not made.
        uint64_t times = executor.statistics().rules.contains(GetParam().subject);
        for (size_t i = 0; i < known_issues().size(); i++)
            if (known_issues()[i].id == GetParam().subject)
                times += executor.checkers().front().known()[i];
        EXPECT_GT(times, 0u) << "does not show on " << name;
    }
}

TEST_P(SemanticChange, Shows)
{
    if (!has_engine("linux-6.1", variant()) || !has_engine("linux-6.12", variant()))
        GTEST_SKIP() << "needs both kernels";
    const Engines engines({"linux-6.1", "linux-6.12"}, variant());
    Executor executor(engines.list, {.laws = false, .explanation = explanation_for(engines.list)});
    std::string seen;
    for (const Finding &finding : executor.run_on(trace))
        seen += finding.id + ": " + finding.title + "\n";
    EXPECT_NE(seen.find(": " + GetParam().subject + "("), seen.npos) << "found:\n" << seen;
}

TEST_P(RandomTraces, AgreeAndKeepTheLaws)
{
    const Engines engines(usual_engines(GetParam()), GetParam());
    Executor executor(engines.list);
    Random random(5);
    for (unsigned input = 0; input < 3000; input++) {
        const Trace trace = random_trace(random, 80);
        if (const std::optional<Finding> finding = executor.run(trace))
            FAIL() << "variant " << GetParam() << "\n" << reproducer(trace, *finding);
    }
    EXPECT_GT(executor.statistics().ops, 100000u);
}

/// A folder that is empty, or a document that reads differently, must not pass for one without findings.
TEST(Traces, AreFound)
{
    EXPECT_GE(traces_in("regressions").size(), 7u);
    EXPECT_GE(traces_in("seeds").size(), 15u);
    EXPECT_GE(findings().size(), 23u);
    EXPECT_GE(semantics().size(), 10u);
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

/// Several changes are of one op.
std::string numbered(const testing::TestParamInfo<Case> &info)
{
    return std::to_string(info.index) + "_" + name_of(info);
}

std::string name_of_variant(const testing::TestParamInfo<std::string> &info)
{
    return only_letters(info.param);
}

INSTANTIATE_TEST_SUITE_P(Regression, Kept, testing::ValuesIn(traces_in("regressions")), name_of);
INSTANTIATE_TEST_SUITE_P(Seed, Kept, testing::ValuesIn(traces_in("seeds")), name_of);
INSTANTIATE_TEST_SUITE_P(Corpus, KnownBug, testing::ValuesIn(traces_in("known-bugs")), name_of);
INSTANTIATE_TEST_SUITE_P(Docs, KernelFinding, testing::ValuesIn(findings()), name_of);
INSTANTIATE_TEST_SUITE_P(Docs, SemanticChange, testing::ValuesIn(semantics()), numbered);
INSTANTIATE_TEST_SUITE_P(Variant, RandomTraces, testing::ValuesIn(variants()), name_of_variant);

} // namespace
} // namespace mblab
