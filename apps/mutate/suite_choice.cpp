// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/mutate/suite_choice.hpp"

#include "apps/mutate/share_out.hpp"
#include "apps/mutate/switch.hpp"
#include "apps/suite/suite.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <sstream>

namespace mblab::mutate {
namespace {

constexpr unsigned seconds = 2;      // of processor time for a run of all checks, which takes a hundredth of that
constexpr unsigned attempts_max = 8; // to build a suite of which nothing crashes

/// "memblock_add_extends_memory_check" of "memblock_add: memblock_add_extends_memory_check".
std::string short_name(const std::string &name)
{
    const size_t colon = name.rfind(": ");
    return colon == name.npos ? name : name.substr(colon + 2);
}

/// The suite of these checks alone, with all mutants in it.
class Trial {
  public:
    Trial(const MutatedTree &tree, const std::vector<NamedCheck> &checks)
    {
        for (size_t i = 0; i < checks.size(); i++)
            index_[checks[i].name] = i;
        write_suite_folder(tree.tree(), checks, folder_.file("suite"), true);
        link_tree_with_suite(tree.changed(), folder_.file("suite"), folder_.file("tree"));
        for (const char *variant : {"numa", "uma"})
            build_suite(folder_.file("tree"), "tree", variant, folder_.file(variant), true);
        // Where in the source a sanitizer found something is not asked, and takes a second to say.
        for (const char *options : {"ASAN_OPTIONS", "UBSAN_OPTIONS"})
            setenv(options, "symbolize=0", 1);
    }

    /// Checks that the chosen mutant fails; behind one that ends the program nothing is known.
    std::set<size_t> failing() const
    {
        std::set<size_t> out;
        for (const char *variant : {"numa", "uma"}) {
            const Checks checks = run_suite(folder_.file(variant), {variant, false}, seconds);
            for (const std::string &name : checks.failed)
                if (const auto at = index_.find(short_name(name)); at != index_.end())
                    out.insert(at->second);
            if (!checks.finished)
                out.insert(ended_by(checks));
        }
        return out;
    }

  private:
    /// The check in which the program ended: that of the last line where it failed, else the one behind it.
    size_t ended_by(const Checks &checks) const
    {
        size_t next = 0;
        each_line(checks.lines, [&](std::string_view line) {
            const size_t begin = line.rfind(": ", line.rfind(": ") - 1);
            if (line.starts_with('#') || begin == line.npos)
                return;
            const std::string name(line.substr(begin + 2, line.rfind(": ") - begin - 2));
            if (const auto at = index_.find(name); at != index_.end())
                next = at->second + line.starts_with("ok ");
        });
        return std::min(next, index_.size() - 1);
    }

    TemporaryFolder folder_;
    std::map<std::string, size_t> index_;
};

/// Only checks that pass on the tree itself; the names of the others.
std::unique_ptr<Trial> passing(const MutatedTree &tree, std::vector<NamedCheck> &checks,
                               std::vector<std::string> &failing, std::set<size_t> &reached)
{
    const Switch none(tree.mutants().size());
    for (unsigned attempt = 0; attempt < attempts_max && !checks.empty(); attempt++) {
        auto trial = std::make_unique<Trial>(tree, checks);
        none.choose(0);
        const std::set<size_t> bad = trial->failing();
        reached = none.reached();
        if (bad.empty())
            return trial;
        for (auto i = bad.rbegin(); i != bad.rend(); ++i) {
            failing.push_back(checks[*i].name);
            checks.erase(checks.begin() + static_cast<ptrdiff_t>(*i));
        }
    }
    throw Error("no check passes on the tree itself");
}

/// A check for each function that has none, and of those with mirrored memory, where there is one.
void add_uncalled(const Kills &kills, size_t most, std::vector<size_t> &chosen)
{
    const auto of = [&](size_t check) {
        return std::pair(kills.checks[check].check.function, kills.checks[check].check.leaves);
    };
    std::set<std::pair<std::string, exporting::Leaves>> called;
    for (const size_t check : chosen)
        called.insert(of(check));
    for (size_t i = 0; i < kills.checks.size() && chosen.size() < most; i++)
        if (called.insert(of(i)).second)
            chosen.push_back(i);
}

} // namespace

std::set<size_t> Kills::all() const
{
    std::set<size_t> out;
    for (const std::set<size_t> &of_one : killed)
        out.insert(of_one.begin(), of_one.end());
    return out;
}

Kills kills_of(const MutatedTree &tree, std::vector<exporting::SuiteCheck> checks, const std::vector<size_t> &numbers,
               unsigned jobs, const std::function<void(size_t)> &progress)
{
    Kills out{named(std::move(checks)), {}, {}, {}};
    const std::unique_ptr<Trial> trial = passing(tree, out.checks, out.failing, out.reached);
    out.killed.resize(out.checks.size());
    const NamelessFile found; // "MUTANT CHECK..." a line
    share_out(
        numbers.size(), jobs,
        [&](size_t i) {
            if (!out.reached.contains(numbers[i]))
                return;
            const Switch chosen(tree.mutants().size());
            chosen.choose(numbers[i]);
            found.append(fmt::format("{} {}\n", numbers[i], fmt::join(trial->failing(), " ")));
        },
        progress);
    each_line(read_file(found.path()), [&](std::string_view line) {
        std::istringstream in{std::string(line)};
        size_t number = 0, check = 0;
        for (in >> number; in >> check;)
            out.killed[check].insert(number);
    });
    return out;
}

std::vector<size_t> choose(const Kills &kills, size_t most)
{
    std::vector<size_t> chosen;
    std::map<size_t, unsigned> times; // a mutant is killed
    const auto gain = [&](size_t check) {
        return std::ranges::count_if(kills.killed[check], [&](size_t mutant) { return !times.contains(mutant); });
    };
    while (chosen.size() < most) {
        size_t best = 0;
        for (size_t i = 1; i < kills.checks.size(); i++)
            if (gain(i) > gain(best))
                best = i;
        if (kills.checks.empty() || gain(best) == 0)
            break;
        chosen.push_back(best);
        for (const size_t mutant : kills.killed[best])
            times[mutant]++;
    }
    std::erase_if(chosen, [&](size_t check) {
        const auto &killed = kills.killed[check];
        if (!std::ranges::all_of(killed, [&](size_t mutant) { return times[mutant] > 1; }))
            return false;
        for (const size_t mutant : killed)
            times[mutant]--;
        return true;
    });
    add_uncalled(kills, most, chosen);
    std::ranges::sort(chosen);
    return chosen;
}

} // namespace mblab::mutate
