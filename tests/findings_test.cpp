// SPDX-License-Identifier: GPL-2.0-or-later
// The findings of docs/findings.md: each kernel at hand shows those that the table there says, and the port shows what
// the kernels of its dialect do.
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/run/catalog.hpp"
#include "core/run/documented.hpp"
#include "core/run/process.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace mblab {

/// What GoogleTest shows of it.
void PrintTo(const Documented &finding, std::ostream *out)
{
    *out << finding.id;
}

namespace {

const std::string &document()
{
    static const std::string text = read_file(source_folder() + "/docs/findings.md");
    return text;
}

std::vector<std::string> cells_of(std::string_view line)
{
    std::vector<std::string> cells;
    for (size_t at = line.find("| "); at != line.npos && at + 2 < line.size(); at = line.find("| ", at + 1)) {
        const std::string_view rest = line.substr(at + 2);
        cells.emplace_back(rest.substr(0, rest.find(" |")));
    }
    return cells;
}

/// The rows of the table, by their first cell.
std::map<std::string, std::vector<std::string>> table()
{
    std::map<std::string, std::vector<std::string>> rows;
    each_line(document(), [&](std::string_view line) {
        if (line.starts_with("| ")) {
            const std::vector<std::string> cells = cells_of(line);
            rows[cells.front()] = {cells.begin() + 1, cells.end()};
        }
    });
    return rows;
}

class KernelFinding : public testing::TestWithParam<Documented> {};

TEST_P(KernelFinding, ShowsOnTheKernelsThatTheDocumentNames)
{
    const auto rows = table();
    const std::vector<std::string> &kernels = rows.at("finding"), &cells = rows.at("`" + GetParam().id + "`");
    ASSERT_EQ(kernels.size(), cells.size());
    EXPECT_NE(std::ranges::count(cells, "yes"), 0) << "no kernel shows it";
    for (size_t i = 0; i < kernels.size(); i++) {
        if (has_engine(kernels[i], "numa-4")) {
            EXPECT_EQ(tried(GetParam(), kernels[i]), cells[i]) << kernels[i];
        }
    }
}

TEST_P(KernelFinding, ShowsOnThePortAsOnItsKernel)
{
    for (const std::string &engine : usual_engines("numa-4")) {
        if (engine.starts_with("linux-")) {
            EXPECT_EQ(tried(GetParam(), "port"), tried(GetParam(), engine)) << engine;
        }
    }
}

/// A document that reads differently must not pass for one without findings.
TEST(KernelFindings, AreFound)
{
    EXPECT_GE(documented_findings(document()).size(), 32u);
}

std::string name_of(const testing::TestParamInfo<Documented> &info)
{
    std::string name = info.param.id;
    std::replace_if(name.begin(), name.end(), [](unsigned char letter) { return !std::isalnum(letter); }, '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Docs, KernelFinding, testing::ValuesIn(documented_findings(document())), name_of);

} // namespace
} // namespace mblab
