// SPDX-License-Identifier: GPL-2.0-or-later
// The traces that are kept as files or in documents, each a test of its own, and random traces, a test per variant.
#include "core/base/files.hpp"
#include "core/run/catalog.hpp"
#include "core/run/executor.hpp"
#include "core/run/process.hpp"
#include "core/search/random.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <sstream>

namespace mblab {
namespace {

/// A trace that stands somewhere, with the words that say what it is for.
struct Case {
    std::string name;
    std::string text;
    std::string subject{}; // the known issue or the op that it shows
};

/// What GoogleTest shows of it.
void PrintTo(const Case &trace, std::ostream *out)
{
    *out << trace.name;
}

std::string test_name(std::string text)
{
    std::replace_if(text.begin(), text.end(), [](unsigned char letter) { return !std::isalnum(letter); }, '_');
    return text;
}

std::vector<Case> traces_in(const std::string &folder)
{
    std::vector<Case> cases;
    for (const auto &entry : std::filesystem::directory_iterator(source_folder() + "/corpus/" + folder))
        if (entry.path().extension() == ".trace")
            cases.push_back({entry.path().stem().string(), read_file(entry.path().string())});
    std::sort(cases.begin(), cases.end(), [](const Case &a, const Case &b) { return a.name < b.name; });
    return cases;
}

std::vector<std::string> lines_of(const std::string &document)
{
    std::istringstream text(read_file(source_folder() + "/docs/" + document));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);)
        lines.push_back(line);
    return lines;
}

/// docs/findings.md: the first indented block of each section "## id: title".
std::vector<Case> findings()
{
    std::vector<Case> cases;
    bool within = false;
    for (const std::string &line : lines_of("findings.md")) {
        if (line.starts_with("## ") && line.find(':') != line.npos) {
            const std::string id = line.substr(3, line.find_first_of(" :", 3) - 3);
            cases.push_back({id, "", id});
            within = true;
        } else if (within && line.starts_with("    ")) {
            cases.back().text += line.substr(4) + "\n";
        } else if (line.starts_with("#") || (within && !cases.back().text.empty())) {
            within = false;
        }
    }
    std::erase_if(cases, [](const Case &section) { return section.text.empty(); });
    return cases;
}

/// docs/semantics-6.1-to-6.12.md: the fenced block below each heading "### `op`: what differs".
std::vector<Case> semantics()
{
    std::vector<Case> cases;
    bool within = false;
    for (const std::string &line : lines_of("semantics-6.1-to-6.12.md")) {
        if (line.starts_with("### `")) {
            const std::string op = line.substr(5, line.find('`', 5) - 5);
            cases.push_back({fmt::format("{:03}_{}", cases.size() + 1, op), "", op});
        } else if (line.starts_with("```")) {
            within = !within;
        } else if (within && !cases.empty()) {
            cases.back().text += line + "\n";
        }
    }
    return cases;
}

/// What mblab run compares by default.
std::vector<std::string> usual_engines(const std::string &variant)
{
    std::vector<std::string> names = {"port", "model"};
    for (const EngineFile &engine : list_engines())
        if (engine.variant == variant && engine.name != "port" && engine.name != "linux-6.1")
            names.push_back(engine.name);
    return names;
}

/// Open engines of one variant, and the executor on them.
class TraceRun {
  public:
    TraceRun(const std::vector<std::string> &names, const std::string &variant, ExecutorOptions options = {})
        : executor(open(names, variant), options)
    {
    }

    /// Ids of the known issues that let a violation pass, and of the rules by which a call was not made.
    std::vector<std::string> let_pass() const
    {
        std::vector<std::string> ids;
        for (const auto &[rule, times] : executor.statistics().rules)
            ids.emplace_back(rule);
        for (const Checker &checker : executor.checkers())
            for (size_t i = 0; i < excuses().size(); i++)
                if (checker.excused()[i])
                    ids.emplace_back(excuses()[i].id);
        return ids;
    }

  private:
    std::vector<Engine *> open(const std::vector<std::string> &names, const std::string &variant)
    {
        std::vector<Engine *> list;
        for (const std::string &name : names)
            list.push_back(engines_.emplace_back(open_engine(name, variant)).get());
        return list;
    }

    std::vector<std::unique_ptr<Engine>> engines_;

  public:
    Executor executor; // after the engines that it uses
};

std::string variant_of(const Trace &trace, const char *otherwise)
{
    return variant_name(trace.variant.empty() ? otherwise : trace.variant);
}

class Traces : public testing::TestWithParam<Case> {
  protected:
    const Trace trace = parse_trace(GetParam().text, GetParam().name);
};

class Kept : public Traces {};
class KnownBug : public Traces {};
class KernelFinding : public Traces {};
class SemanticChange : public Traces {};
class RandomTraces : public testing::TestWithParam<std::string> {};

TEST_P(Kept, HasNoFindingOnAnyEngine)
{
    const std::string variant = variant_of(trace, "numa-128");
    TraceRun run(usual_engines(variant), variant);
    if (const std::optional<Finding> finding = run.executor.run(trace))
        FAIL() << reproducer(trace, *finding);
    EXPECT_GT(run.executor.statistics().ops, 0u);
}

/// The file says what must be seen: "# shows on ENGINE: PATTERN".
TEST_P(KnownBug, Shows)
{
    std::smatch shows;
    ASSERT_TRUE(std::regex_search(GetParam().text, shows, std::regex("# shows on ([^:]*): ([^\n]*)")));
    const std::string variant = variant_of(trace, "numa-128");
    if (!has_engine(shows.str(1), variant))
        GTEST_SKIP() << "no engine " << shows.str(1);
    const std::unique_ptr<Engine> engine = open_engine(shows.str(1), variant);
    engine->reset();
    std::string seen;
    for (const Step &step : trace.steps)
        seen += describe(step.op.kind, engine->run(step.op));
    EXPECT_TRUE(std::regex_search(seen, std::regex(shows.str(2)))) << "no longer shows " << shows.str(2);
}

TEST_P(KernelFinding, ShowsOnTheKernelAndThePort)
{
    const std::string variant = variant_of(trace, "numa-4");
    for (const std::string name : {"linux-6.12", "port"}) {
        if (!has_engine(name, variant))
            continue;
        TraceRun run({name}, variant);
        if (const std::optional<Finding> finding = run.executor.run(trace))
            ADD_FAILURE() << name << ":\n" << reproducer(trace, *finding);
        const std::vector<std::string> ids = run.let_pass();
        EXPECT_EQ(std::count(ids.begin(), ids.end(), GetParam().subject), 1) << "does not show on " << name;
    }
}

TEST_P(SemanticChange, Shows)
{
    const std::string variant = variant_of(trace, "numa-128");
    if (!has_engine("linux-6.1", variant) || !has_engine("linux-6.12", variant))
        GTEST_SKIP() << "needs both kernels";
    TraceRun run({"linux-6.1", "linux-6.12"}, variant, {.contracts = false, .dummy_is_empty = true});
    const std::string wanted = "difference: " + GetParam().subject + "(";
    std::string seen;
    for (const Finding &finding : run.executor.run_on(trace))
        seen += finding.id + ": " + finding.title + "\n";
    EXPECT_NE(seen.find(wanted), seen.npos) << "wanted " << wanted << ", found:\n" << seen;
}

TEST_P(RandomTraces, AgreeAndKeepTheLaws)
{
    TraceRun run(usual_engines(GetParam()), GetParam());
    Random random(5);
    for (unsigned input = 0; input < 3000; input++) {
        const Trace trace = random_trace(random, 80);
        if (const std::optional<Finding> finding = run.executor.run(trace))
            FAIL() << "variant " << GetParam() << "\n" << reproducer(trace, *finding);
    }
    EXPECT_GT(run.executor.statistics().ops, 100000u);
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

std::string name_of(const testing::TestParamInfo<Case> &info)
{
    return test_name(info.param.name);
}

std::string name_of_variant(const testing::TestParamInfo<std::string> &info)
{
    return test_name(info.param);
}

INSTANTIATE_TEST_SUITE_P(Regression, Kept, testing::ValuesIn(traces_in("regressions")), name_of);
INSTANTIATE_TEST_SUITE_P(Seed, Kept, testing::ValuesIn(traces_in("seeds")), name_of);
INSTANTIATE_TEST_SUITE_P(Corpus, KnownBug, testing::ValuesIn(traces_in("known-bugs")), name_of);
INSTANTIATE_TEST_SUITE_P(Docs, KernelFinding, testing::ValuesIn(findings()), name_of);
INSTANTIATE_TEST_SUITE_P(Docs, SemanticChange, testing::ValuesIn(semantics()), name_of);
INSTANTIATE_TEST_SUITE_P(Variant, RandomTraces, testing::ValuesIn(variants()), name_of_variant);

} // namespace
} // namespace mblab
