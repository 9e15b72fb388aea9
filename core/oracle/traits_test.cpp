// SPDX-License-Identifier: GPL-2.0-or-later
// Traits: every engine at hand gives answers that are described, and the port speaks the dialect of the kernel that it
// is a port of.
#include "core/oracle/traits.hpp"
#include "core/run/catalog.hpp"
#include "core/run/remote.hpp"
#include "core/trace/trace.hpp"

#include <gtest/gtest.h>

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
                          << " gives an answer that nobody has described: " << *answers[i];
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

} // namespace
} // namespace mblab
