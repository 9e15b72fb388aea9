// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/diff/search.hpp"

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/engine/black_box.hpp"
#include "core/run/process.hpp"
#include "core/run/watch.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <set>
#include <thread>

namespace mblab {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr unsigned input_timeout = 5; // seconds for one input: a thousand times what the slowest takes
constexpr unsigned restarts_max = 12; // of one variant, after inputs that an engine did not survive

// What the fuzzer itself does not end in its time, it cannot: its signals are the engine's now.
constexpr std::chrono::seconds call_limit{input_timeout + 2};

constexpr int status_of_setup = 2;                  // of fuzz/harness.cpp
constexpr uint64_t largest_log = uint64_t{1} << 28; // an engine may print without end

/// Beside this program, where it is installed or built, or in the fuzz build next to this one.
std::string find_fuzzer()
{
    if (const char *named = std::getenv("MBLAB_DIFF_FUZZER"))
        return named;
    const fs::path here = fs::path(own_program()).parent_path();
    const fs::path places[] = {here / "diff-engines", here / "../lib/memblock-lab/diff-engines",
                               fs::path(source_folder()) / "build/fuzz/bin/diff-engines"};
    for (const fs::path &place : places)
        if (fs::exists(place))
            return place.lexically_normal().string();
    throw Error("no diff-engines beside this program: build it with ci/build fuzz, before cmake --install");
}

/// What diff-engines is told.
std::vector<std::string> settings_for(const EnginePair &pair, const std::string &statistics,
                                      std::vector<std::string> more)
{
    std::string watched = "MBLAB_DIFF_WATCHED=";
    for (const WatchedBlock &block : pair.watched)
        watched += fmt::format("{} {} {}\n", block.engine, block.offset, block.name);
    more.push_back(std::move(watched));
    more.insert(more.end(), {"MBLAB_DIFF_BASE=" + pair.base, "MBLAB_DIFF_HEAD=" + pair.head,
                             "MBLAB_DIFF_VARIANT=" + pair.variant, "MBLAB_DIFF_TRAITS=" + pair.traits,
                             "MBLAB_KEEP_GOING=1", "MBLAB_STATS=" + statistics, "ASAN_OPTIONS=detect_leaks=0"});
    return more;
}

Error did_not_run(const std::string &log)
{
    const std::string said = last_line(read_file(log));
    return Error("the fuzzer did not run: " + (said.empty() ? "it wrote nothing" : said));
}

Json read_statistics(const std::string &path)
{
    return fs::exists(path) ? Json::parse(read_file(path), nullptr, false) : Json(Json::value_t::discarded);
}

/// What lies in a folder, in one order; nothing where there is none.
std::vector<fs::directory_entry> sorted(const std::string &folder)
{
    std::error_code none;
    std::vector<fs::directory_entry> entries;
    for (const fs::directory_entry &entry : fs::directory_iterator(folder, none))
        entries.push_back(entry);
    std::sort(entries.begin(), entries.end());
    return entries;
}

std::string signature_line(const std::string &text)
{
    constexpr std::string_view mark = "# signature: ";
    const size_t start = text.find(mark);
    return start == text.npos ? "" : text.substr(start + mark.size(), text.find('\n', start) - start - mark.size());
}

/// What the fuzzer wrote down, each signature once.
std::vector<FoundDifference> read_findings(const std::string &folder, const std::string &variant)
{
    std::vector<FoundDifference> findings;
    std::set<std::string> have;
    for (const fs::directory_entry &entry : sorted(folder)) {
        if (entry.path().extension() != ".trace")
            continue; // half written
        const std::string text = read_file(entry.path().string());
        if (const std::string signature = signature_line(text); have.insert(signature).second)
            findings.push_back({signature, variant, parse_trace(text, entry.path().string()), 1});
    }
    return findings;
}

/// One variant's fuzzer, started again after an input that kills it.
class Worker {
  public:
    Worker(const EnginePair &pair, const SearchOptions &options, std::string fuzzer, const std::string &seeds)
        : pair_(pair), options_(options), fuzzer_(std::move(fuzzer)), folder_(options.work + '/' + pair.variant)
    {
        fs::create_directories(folder_ + "/corpus");
        if (fs::exists(seeds))
            fs::copy(seeds, folder_ + "/corpus", fs::copy_options::skip_existing);
    }

    void start(unsigned seconds)
    {
        until_ = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
        spawn(seconds);
    }

    /// Whether it is still at it.
    bool is_running()
    {
        if (!child_)
            return false;
        if (child_->is_running() && watch_->is_stuck()) {
            child_->stop(std::chrono::milliseconds(0));
            death_ = "hang";
        }
        if (child_->is_running())
            return true;
        // _exit(0) in an engine is an end like any other.
        const bool killed = child_->status() != 0 || !death_.empty() || box_->is_inside();
        if (killed)
            collect_death();
        processor_ += child_->processor();
        child_.reset();
        const auto left = std::chrono::duration_cast<std::chrono::seconds>(until_ - std::chrono::steady_clock::now());
        if (!killed || left.count() < 1 || round_ > restarts_max || (options_.first && !deaths_.empty()))
            return false;
        spawn(static_cast<unsigned>(left.count()));
        return true;
    }

    /// What it is in by now, and does not come back from, is a difference as well.
    void stop()
    {
        if (child_ && !child_->ends_within(std::chrono::milliseconds(0))) {
            child_->stop(std::chrono::milliseconds(500));
            if (child_->status() == 128 + SIGKILL && box_->is_inside()) {
                death_ = "hang";
                collect_death();
            }
        }
        if (child_)
            processor_ += child_->processor();
        child_.reset();
    }

    /// Inputs, ops and how often each difference was shown, of all rounds so far.
    void read(SearchResult &out) const
    {
        std::map<std::string, uint64_t> shown;
        out.processor += processor_;
        for (unsigned round = 1; round <= round_; round++) {
            const Json statistics = read_statistics(statistics_path(round));
            if (statistics.is_discarded())
                continue;
            out.inputs += statistics.value("executions", uint64_t{0});
            out.ops += statistics.value("ops", uint64_t{0});
            const Json times_shown = statistics.value("shown", Json::object());
            for (const auto &[signature, times] : times_shown.items())
                shown[signature] += times.get<uint64_t>();
        }
        for (const FoundDifference &death : deaths_)
            out.differences.push_back(death);
        for (FoundDifference &difference : read_findings(folder_ + "/findings", pair_.variant)) {
            difference.inputs = std::max<uint64_t>(shown[difference.signature], 1);
            out.differences.push_back(std::move(difference));
        }
    }

  private:
    void spawn(unsigned seconds)
    {
        round_++;
        death_.clear();
        box_ = std::make_unique<BlackBox>();
        const std::string log = folder_ + "/log";
        const UniqueFd out(open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
        child_ = std::make_unique<Child>(Command{
            .words = {fuzzer_, fmt::format("-max_total_time={}", seconds), fmt::format("-timeout={}", input_timeout),
                      fmt::format("-seed={}", options_.seed + round_ - 1), "-max_len=8192", "-rss_limit_mb=4096",
                      "-artifact_prefix=" + folder_ + "/died-", folder_ + "/corpus"},
            .settings = settings_for(
                pair_, statistics_path(round_),
                {"MBLAB_FINDINGS=" + folder_ + "/findings", fmt::format("MBLAB_BLACK_BOX={}", box_->fd())}),
            .inherited = {box_->fd()},
            .output = out.get(),
            .errors = out.get(),
            .largest_file = largest_log,
        });
        watch_ = std::make_unique<Watch>(child_->pid(), *box_, call_limit);
    }

    std::string statistics_path(unsigned round) const { return fmt::format("{}/{}.stats", folder_, round); }

    /// An input that killed the fuzzer is a difference, and is not to kill it again when it is started again. Some
    /// deaths leave the fuzzer no time to write it down.
    void collect_death()
    {
        if (death_.empty())
            death_ = !box_->noted().empty() ? box_->noted() : death_of(child_->status());
        const bool written = collect_artefacts();
        if (written)
            return;
        if (box_->doing().empty() || child_->status() == status_of_setup)
            throw box_->noted().empty() ? did_not_run(folder_ + "/log")
                                        : Error("the fuzzer did not run: " + box_->noted());
        Trace trace = box_->trace();
        const std::vector<uint8_t> bytes = encode_trace(trace);
        forget({reinterpret_cast<const char *>(bytes.data()), bytes.size()});
        add_death(std::move(trace));
    }

    bool collect_artefacts()
    {
        bool any = false;
        for (const fs::directory_entry &entry : sorted(folder_)) {
            const std::string name = entry.path().filename().string();
            if (!name.starts_with("died-") || !seen_.insert(name).second)
                continue;
            const std::string bytes = read_file(entry.path().string());
            forget(bytes);
            add_death(decode_trace({reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()}));
            any = true;
        }
        return any;
    }

    void add_death(Trace trace)
    {
        trace.variant = pair_.variant;
        deaths_.push_back({"", pair_.variant, std::move(trace), 1, death_});
    }

    void forget(const std::string &input) const
    {
        for (const fs::directory_entry &kept : sorted(folder_ + "/corpus"))
            if (kept.file_size() == input.size() && read_file(kept.path().string()) == input)
                fs::remove(kept.path());
    }

    EnginePair pair_;
    const SearchOptions &options_;
    std::string fuzzer_, folder_;
    std::unique_ptr<BlackBox> box_; // of this round
    std::unique_ptr<Child> child_;
    std::unique_ptr<Watch> watch_;
    std::string death_; // how this round ended
    unsigned round_ = 0;
    std::chrono::steady_clock::time_point until_;
    std::chrono::milliseconds processor_{0}; // of the rounds before this one
    std::set<std::string> seen_;
    std::vector<FoundDifference> deaths_;
};

SearchResult collect(const std::vector<std::unique_ptr<Worker>> &workers)
{
    SearchResult result;
    for (const std::unique_ptr<Worker> &worker : workers)
        worker->read(result);
    return result;
}

} // namespace

std::string FoundDifference::cause() const
{
    constexpr std::string_view mark = "trait ";
    return signature.starts_with(mark) ? signature.substr(mark.size(), signature.find(' ', mark.size()) - mark.size())
                                       : "";
}

void make_seeds(const std::string &work)
{
    run_process({source_folder() + "/fuzz/make-seeds", own_program(), work + "/seeds"});
}

SearchResult search_differences(const std::vector<EnginePair> &pairs, const SearchOptions &options,
                                const Progress &progress)
{
    const std::string fuzzer = find_fuzzer();
    const std::string seeds = options.work + "/seeds/binary";
    std::vector<std::unique_ptr<Worker>> workers;
    for (const EnginePair &pair : pairs)
        workers.push_back(std::make_unique<Worker>(pair, options, fuzzer, seeds));
    const unsigned jobs = std::min<unsigned>(std::max(options.jobs, 1u), static_cast<unsigned>(pairs.size()));
    const unsigned share = std::max(1u, options.seconds * jobs / static_cast<unsigned>(pairs.size()));

    const auto began = std::chrono::steady_clock::now();
    std::deque<Worker *> waiting;
    for (const std::unique_ptr<Worker> &worker : workers)
        waiting.push_back(worker.get());
    std::vector<Worker *> running;
    while (!waiting.empty() || !running.empty()) {
        while (running.size() < jobs && !waiting.empty()) {
            waiting.front()->start(share);
            running.push_back(waiting.front());
            waiting.pop_front();
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(options.first ? 100 : 500));
        std::erase_if(running, [](Worker *worker) { return !worker->is_running(); });
        const SearchResult now = collect(workers);
        const auto elapsed = std::chrono::steady_clock::now() - began;
        progress(static_cast<unsigned>(std::chrono::duration_cast<std::chrono::seconds>(elapsed).count()), now.inputs,
                 now.ops, now.differences.size());
        const auto is_wanted = [&](const FoundDifference &difference) {
            return !options.counts || options.counts(difference.cause());
        };
        if (options.first && std::ranges::any_of(now.differences, is_wanted))
            break;
    }
    for (Worker *worker : running)
        worker->stop();
    const SearchResult result = collect(workers);
    if (result.inputs == 0 && result.differences.empty())
        throw did_not_run(fmt::format("{}/{}/log", options.work, pairs.front().variant));
    return result;
}

Covered run_again(const EnginePair &covered, const SearchOptions &options)
{
    const std::string folder = options.work + '/' + covered.variant, log = folder + "/cover-log",
                      statistics = folder + "/cover.stats", findings = folder + "/through";
    const UniqueFd out(open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    Child child(Command{.words = {find_fuzzer(), "-runs=0", fmt::format("-timeout={}", input_timeout),
                                  "-rss_limit_mb=4096", "-artifact_prefix=" + folder + "/cover-", folder + "/corpus"},
                        .settings = settings_for(covered, statistics, {"MBLAB_FINDINGS=" + findings}),
                        .output = out.get(),
                        .errors = out.get()});
    if (!child.ends_within(std::chrono::seconds(std::max(options.seconds, 10u))))
        return {};
    Covered done;
    const Json written = read_statistics(statistics);
    const Json all = written.is_object() ? written.value("blocks", Json::object()) : Json::object();
    for (const auto &[side, name] : {std::pair{0, "base"}, std::pair{1, "head"}})
        for (const Json &block : all.value(name, Json::array()))
            done.blocks[static_cast<size_t>(side)][block.at(0).get<uint64_t>()] |= block.at(1).get<bool>();
    done.differences = read_findings(findings, covered.variant);
    std::erase_if(done.differences, [](const FoundDifference &difference) {
        return difference.signature.find(Finding::through_mark) == difference.signature.npos;
    });
    return done;
}

} // namespace mblab
