// SPDX-License-Identifier: GPL-2.0-or-later
// Traits: every engine at hand gives answers that are described, and the port speaks the dialect of the kernel that it
// is a port of.
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/oracle/traits.hpp"
#include "core/run/catalog.hpp"
#include "core/run/process.hpp"
#include "core/run/remote.hpp"
#include "core/trace/trace.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace mblab {
namespace {

TEST(Traits, EachHasAnIdOfItsOwnAndAnswersThatDiffer)
{
    std::set<std::string_view> ids;
    for (const Trait &trait : traits()) {
        EXPECT_TRUE(ids.insert(trait.id).second) << trait.id;
        std::set<std::string_view> values;
        for (const Answer &answer : trait.answers)
            EXPECT_TRUE(values.insert(answer.value).second) << trait.id << " " << answer.value;
        EXPECT_GE(values.size(), 2u) << trait.id;
        EXPECT_FALSE(witness_of(trait, {}).steps.empty()) << trait.id;
    }
}

TEST(Traits, EveryEngineAtHandGivesDescribedAnswers)
{
    for (const EngineFile &file : list_engines()) {
        const std::unique_ptr<Engine> engine = open_engine_file(file.path);
        const Answers answers = ask(*engine);
        for (const size_t i : answers.undescribed())
            ADD_FAILURE() << file.name << "@" << file.variant << ": trait " << traits()[i].id
                          << " gives an answer that no description covers: " << *answers[i];
    }
}

/// The port means what its kernel means, which is what a dialect says where nobody has asked.
TEST(Traits, ThePortSpeaksTheNewestDialect)
{
    for (const std::string_view variant : {"numa-4", "uma-4", "numa-kho-8"}) {
        Dialect spoken = open_engine("port", variant)->dialect();
        spoken.functions.set();
        EXPECT_EQ(spoken, Dialect()) << variant;
        if (has_engine("linux-6.1", variant)) {
            EXPECT_FALSE(open_engine("linux-6.1", variant)->dialect() == open_engine("port", variant)->dialect());
        }
    }
}

/// An engine that flips one flag of every reserved region: what no row knows.
class Invented final : public Engine {
  public:
    explicit Invented(Engine &as) : as_(as) {}
    std::string_view name() const override { return "invented"; }
    const Variant &variant() const override { return as_.variant(); }
    bool has(uint16_t kind) const override { return as_.has(kind); }
    void reset() override { as_.reset(); }
    const mblab_state &state() override { return as_.state(); }
    const Outcome &run(const Op &op) override
    {
        outcome_ = as_.run(op);
        mblab_type_state &reserved = outcome_.state.type[MBLAB_TYPE_reserved];
        regions_.assign(reserved.regions, reserved.regions + reserved.cnt);
        for (Region &region : regions_)
            region.flags ^= 0x400;
        reserved.regions = regions_.data();
        return outcome_;
    }

  private:
    Engine &as_;
    Outcome outcome_;
    std::vector<Region> regions_;
};

TEST(Traits, AnAnswerThatNobodyHasDescribedIsSaid)
{
    const std::unique_ptr<Engine> port = open_engine("port", "numa-4");
    Invented invented(*port);
    const Answers answers = ask(invented);
    std::set<std::string_view> ids;
    for (const size_t i : answers.undescribed())
        ids.insert(traits()[i].id);
    EXPECT_EQ(ids, (std::set<std::string_view>{"A10", "S02", "S07"}));
}

TEST(Traits, ADialectHoldsWhatWasAnswered)
{
    const std::unique_ptr<Engine> port = open_engine("port", "numa-4");
    Invented invented(*port);
    const auto unlike = [&](bool Dialect::*member) {
        return port->dialect().*member != ask(invented).dialect().*member;
    };
    EXPECT_EQ(ask(*port).dialect(), port->dialect());
    EXPECT_FALSE(unlike(&Dialect::reserve_has_no_node));
    for (const Trait &trait : traits())
        EXPECT_EQ(trait.member != nullptr, std::ranges::any_of(trait.answers, &Answer::says)) << trait.id;
}

/// Ids of traits that the two kernels answer differently, and names of functions that one of them has.
std::set<std::string> what_differs(std::string_view old, std::string_view now)
{
    std::set<std::string> found;
    for (const std::string_view variant :
         {"numa-4", "uma-4", "numa-keep-8", "numa-kho-8", "numa-handover-8", "uma-highmem-8"}) {
        if (!has_engine(old, variant) || !has_engine(now, variant))
            continue;
        const Answers before = ask(*open_engine(old, variant)), after = ask(*open_engine(now, variant));
        for (size_t i = 0; i < traits().size(); i++)
            if (before[i] != after[i])
                found.insert(std::string(traits()[i].id));
        for (uint16_t kind = 0; kind < MBLAB_OP_COUNT; kind++)
            if (before.functions()[kind] != after.functions()[kind])
                found.insert(fmt::format("`{}`", op_info(kind).name));
    }
    return found;
}

/// Each change that the document lists is seen on the two kernels by what it names, or it says why none can be.
TEST(Traits, SeeEachChangeFrom612To73OrTheDocumentSaysWhyNot)
{
    const std::set<std::string> differing = what_differs("linux-6.12", "linux-7.3");
    std::set<std::string> named;
    size_t rows = 0;
    each_line(read_file(source_folder() + "/docs/changes-to-7.3.md"), [&](std::string_view line) {
        if (!line.starts_with("| ") || line.starts_with("| id"))
            return;
        rows++;
        const size_t last = line.rfind(" | ");
        const std::string_view seen_by = line.substr(last + 3, line.size() - last - 5);
        if (seen_by.starts_with("not: ")) {
            EXPECT_GT(seen_by.size(), 8u) << line;
            return;
        }
        for (size_t at = 0; at < seen_by.size();) {
            const size_t end = std::min(seen_by.find(", ", at), seen_by.size());
            const std::string each(seen_by.substr(at, end - at));
            at = end + 2;
            named.insert(each);
            if (!differing.empty()) {
                EXPECT_TRUE(differing.contains(each)) << line << ": no difference between the kernels in " << each;
            }
        }
    });
    EXPECT_EQ(rows, 58u);
    for (const std::string &each : differing)
        EXPECT_TRUE(named.contains(each)) << each << " differs, and no row names it";
}

} // namespace
} // namespace mblab
