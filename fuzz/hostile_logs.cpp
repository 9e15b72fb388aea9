// SPDX-License-Identifier: GPL-2.0-or-later
// Lines of real logs, changed at random, as logs: nothing crashes, and no 100 KB take longer than a second.
//   usage: hostile-logs LINES FILE...
#include "apps/boot/layout.hpp"
#include "apps/boot/replay.hpp"
#include "apps/boot/report.hpp"
#include "core/base/error.hpp"
#include "core/search/random.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

namespace {

using mblab::Random;

std::vector<std::string> lines_of(const std::string &path)
{
    std::string text;
    mblab::stream_file(path, [&](std::string_view piece) { text += piece; });
    std::vector<std::string> lines;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

/// One change: of a character, a number, a length, or of what stands where.
void mutate(std::string &line, const std::vector<std::string> &others, Random &random)
{
    const size_t at = random.below(line.size() + 1);
    switch (random.below(9)) {
    case 0:
        return line.resize(at); // cut
    case 1:
        line.insert(at, 1, "\n\r\0\033[]:-0xf{}\"=>"[random.below(17)]);
        return;
    case 2:
        line.insert(at, 1, static_cast<char>(random.next()));
        return;
    case 3:
        line.erase(at, random.below(8));
        return;
    case 4:
        line.insert(at, line.substr(0, random.below(line.size() + 1))); // twice
        return;
    case 5:
        line.insert(at, others[random.below(others.size())]);
        return;
    case 6:
        line = others[random.below(others.size())]; // out of order
        return;
    case 7:
        if (const size_t digit = line.find_first_of("0123456789abcdef", at); digit != std::string::npos)
            line[digit] = "0123456789abcdef"[random.below(16)];
        return;
    default:
        line.insert(at, random.below(300), "[ 0_m"[random.below(5)]);
    }
}

/// A log as all commands read it.
void read_everything(const std::string &text)
{
    for (const mblab::Log &log : mblab::read_logs(text))
        try {
            mblab::describe(mblab::build_replay(log));
        } catch (const mblab::Error &) {
        }
    try {
        mblab::print_layout(mblab::read_layout(text, "log", mblab::LayoutKind::automatic));
    } catch (const mblab::Error &) {
    }
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 3) {
        std::fputs("usage: hostile-logs LINES FILE...\n", stderr);
        return 2;
    }
    Random random(1);
    std::vector<std::vector<std::string>> logs;
    for (int i = 2; i < argc; i++)
        logs.push_back(lines_of(argv[i]));
    const uint64_t wanted = std::strtoull(argv[1], nullptr, 10);
    uint64_t lines = 0, bytes = 0;
    double worst = 0;
    while (lines < wanted) {
        const std::vector<std::string> &log = logs[random.below(logs.size())];
        const uint64_t percent = 1 + random.below(40);
        std::string text;
        for (std::string line : log) {
            if (random.below(100) < percent) {
                for (uint64_t changes = 1 + random.below(3); changes--;)
                    mutate(line, log, random);
                lines++;
            }
            text += line + '\n';
        }
        const std::clock_t began = std::clock(); // of the processor: the machine may be busy
        read_everything(text);
        const double seconds = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
        bytes += text.size();
        // A short log is as long as any: what is fixed is paid once.
        worst = std::max(worst, seconds / (1 + std::floor(static_cast<double>(text.size()) / 100'000)));
    }
    std::printf("%llu mutated lines in %llu KiB; the slowest 100 KB took %.2f s\n",
                static_cast<unsigned long long>(lines), static_cast<unsigned long long>(bytes >> 10), worst);
    return worst > 1 ? 1 : 0;
}
