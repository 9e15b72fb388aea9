// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/record/packet.hpp"

#include "core/base/error.hpp"

#include <gtest/gtest.h>

namespace mblab::recording::rsp {
namespace {

TEST(Packet, IsFramedWithTheSumOfItsBytes)
{
    EXPECT_EQ(checksum(""), 0);
    EXPECT_EQ(checksum("OK"), 0x9a);
    EXPECT_EQ(encode("OK"), "$OK#9a");
    EXPECT_EQ(encode(""), "$#00");
}

TEST(Packet, EscapesWhatFramesIt)
{
    EXPECT_EQ(encode("a#b"), "$a}\x03"
                             "b#43");
    for (const std::string_view text : {"$", "#", "}", "*", "a$b#c}d*e"}) {
        Decoder decoder;
        decoder.feed(encode(text));
        EXPECT_EQ(decoder.next(), text);
    }
}

TEST(Packet, SpellsOutRuns)
{
    EXPECT_EQ(unescape("0* "), "0000"); // a space is 32, three more than the bias
    EXPECT_EQ(unescape("*"), "*");      // nothing to repeat
}

TEST(Decoder, TakesAStreamCutAnywhere)
{
    const std::string stream = "+" + encode("T05thread:01;") + "+" + encode("OK");
    for (size_t cut = 0; cut <= stream.size(); cut++) {
        Decoder decoder;
        std::vector<std::string> packets;
        for (const std::string_view part :
             {std::string_view(stream).substr(0, cut), std::string_view(stream).substr(cut)}) {
            decoder.feed(part);
            while (auto packet = decoder.next())
                packets.push_back(*std::move(packet));
        }
        EXPECT_EQ(packets, (std::vector<std::string>{"T05thread:01;", "OK"})) << "cut at " << cut;
    }
}

TEST(Decoder, RefusesAWrongSum)
{
    Decoder decoder;
    decoder.feed("$OK#9b");
    EXPECT_THROW(decoder.next(), Error);
}

TEST(Hex, GoesThereAndBack)
{
    const std::vector<uint8_t> bytes = {0x00, 0x7f, 0x80, 0xff};
    EXPECT_EQ(to_hex(bytes), "007f80ff");
    EXPECT_EQ(from_hex("007F80ff"), bytes);
    EXPECT_THROW(from_hex("0"), Error);
    EXPECT_THROW(from_hex("xx"), Error);
}

} // namespace
} // namespace mblab::recording::rsp
