// SPDX-License-Identifier: GPL-2.0-or-later
// The first stage of the reader, by example: lines, what terminals and mail do to them, times, quotes.
#include "apps/boot/lines.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mblab::boot {
namespace {

using namespace std::string_literals;

TEST(Lines, AreCutWhereverThePiecesEnd)
{
    const std::string text = "one\n\ntwo\r\nlast";
    for (size_t length = 1; length <= text.size(); length++) {
        LineCutter cutter;
        std::vector<std::string> lines;
        const LineCutter::Sink keep = [&](std::string_view line) { lines.emplace_back(line); };
        for (size_t at = 0; at < text.size(); at += length)
            cutter.feed(std::string_view(text).substr(at, length), keep);
        cutter.finish(keep);
        EXPECT_EQ(lines, (std::vector<std::string>{"one", "", "two\r", "last"})) << length;
    }
}

TEST(Lines, OfNoEndAreCut)
{
    LineCutter cutter;
    size_t longest = 0;
    const LineCutter::Sink keep = [&](std::string_view line) { longest = line.size(); };
    for (int i = 0; i < 100; i++)
        cutter.feed(std::string(1 << 16, 'x'), keep);
    cutter.finish(keep);
    EXPECT_EQ(longest, 8192u);
}

TEST(Lines, AreCleaned)
{
    const std::pair<std::string, std::string> cases[] = {
        {"plain", "plain"},
        {"\033[32mgreen\033[0m", "green"},
        {"m\0e\0m\0"s, "mem"},
        {"a\xc2\xa0"
         "b&nbsp;c",
         "a b c"},
        {"x align=3D0x40 nid=3D-1 from", "x align=0x40 nid=-1 from"},
    };
    for (const auto &[given, wanted] : cases)
        EXPECT_EQ(Cleaner().clean(given), wanted);
}

TEST(Lines, OfMailGoOnWhereTheyEndInASign)
{
    Cleaner cleaner;
    EXPECT_EQ(cleaner.clean("x align=3D0x40 ni="), "");
    EXPECT_EQ(cleaner.clean("d=3D-1 from=3D=\r"), "");
    EXPECT_EQ(cleaner.clean("0x0"), "x align=0x40 nid=-1 from=0x0");
    EXPECT_EQ(cleaner.clean("y="), "");
    EXPECT_EQ(cleaner.rest(), "y");
}

TEST(Lines, OfMailAreKnownByTheirWidth)
{
    const std::string cut = std::string(75, 'x') + "=", longer = std::string(77, 'x');
    Cleaner mail, terminal;
    for (const std::string &line : {cut, std::string("x"), cut}) {
        EXPECT_EQ(mail.clean(line), line);
        EXPECT_EQ(terminal.clean(line), line);
    }
    EXPECT_EQ(mail.clean(cut), "");
    EXPECT_EQ(terminal.clean(longer), longer);
    EXPECT_EQ(terminal.clean(cut), cut);
}

TEST(Lines, OfAJournalAreItsMessage)
{
    EXPECT_EQ(Cleaner().clean(R"({"A":"b","MESSAGE":"memory[0x0]\t[0x1\u0041] \"q\"","Z":"y"})"),
              "memory[0x0]\t[0x1A] \"q\"");
    EXPECT_EQ(Cleaner().clean("\t\"MESSAGE\" : \"text\","), "text");
    EXPECT_EQ(Cleaner().clean("{\"MESSAGE\":[109,101, 109]}"), "mem");
    EXPECT_EQ(Cleaner().clean("{\"MESSAGE\":null}"), "{\"MESSAGE\":null}");
}

TEST(Lines, HaveTimes)
{
    const auto time = [](std::string_view line) {
        const Stamp stamp = find_stamp(line, 0);
        return stamp.length ? static_cast<int64_t>(stamp.microseconds) : -1;
    };
    EXPECT_EQ(time("[    0.000000] x"), 0);
    EXPECT_EQ(time("> <6>[   12.345678] x"), 12345678);
    EXPECT_EQ(time("[1.234] x"), 1234000);
    EXPECT_EQ(time("[12:34:56] [    1.500000] x"), 1500000);
    EXPECT_EQ(time("[413fc082] [1.2] [    T0] x"), -1);
}

TEST(Lines, LoseTheirQuotes)
{
    EXPECT_EQ(without_quotes("> >> > | + text"), "text");
    EXPECT_EQ(without_quotes("&gt; text"), "text");
    EXPECT_EQ(without_quotes("-1 from"), "-1 from");
    EXPECT_EQ(without_quotes(" > "), "");
}

} // namespace
} // namespace mblab::boot
