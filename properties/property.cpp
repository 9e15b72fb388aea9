// SPDX-License-Identifier: GPL-2.0-or-later
// The program: property_tests [--list | --mutants] [NAME...].
#include "property.hpp"

#include "core/base/error.hpp"
#include "core/run/catalog.hpp"

#include <fmt/format.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace mblab::property {
namespace {

constexpr int cases_per_engine = 500;
constexpr int status_good = 0, status_failed = 1, status_usage = 2;

std::vector<Property> &properties()
{
    static std::vector<Property> list;
    return list;
}

bool run_cases(const Property &property, Subject &subject, const std::string &title)
{
    return rc::check(title, [&] {
        subject.begin_case();
        try {
            property.check(subject);
        } catch (const Absent &absent) {
            subject.set_absent(absent);
        }
    });
}

bool holds(const Property &property, bool whole_run)
{
    bool good = true;
    for (const std::string_view variant : property.variants)
        for (const std::string_view engine : property.engines) {
            const std::string title = fmt::format("{} on {}@{}", property.name, engine, variant);
            if (engine == MBLAB_KERNEL && !has_engine(engine, variant)) {
                fmt::print("{}: not built\n", title);
                continue;
            }
            Subject subject(std::string(engine), std::string(variant), nullptr);
            fmt::print("{}\n", title);
            good &= run_cases(property, subject, title) && (!whole_run || subject.well_covered());
        }
    return good;
}

/// Whether the property fails on its first engine with its bug.
bool notices_its_bug(const Property &property)
{
    Subject subject(std::string(property.engines[0]), std::string(property.variants[0]), &property.bug);
    const bool held = run_cases(property, subject, fmt::format("{} with its bug", property.name));
    const bool noticed = !held && subject.failed();
    fmt::print("{}: {} its planted bug in {} cases\n", property.name, noticed ? "notices" : "DOES NOT NOTICE",
               subject.cases());
    return noticed;
}

/// RapidCheck reads its parameters from RC_PARAMS: a default seed in there makes every run the same.
/// Returns whether all cases are run, so that their distribution means something.
bool set_parameters(bool mutants)
{
    const std::string given = std::getenv("RC_PARAMS") ? std::getenv("RC_PARAMS") : "";
    const char *const seed = std::getenv("MBLAB_SEED");
    std::string parameters = given;
    if (given.find("seed=") == given.npos)
        parameters += fmt::format(" seed={}", seed ? seed : "1");
    if (given.find("max_success=") == given.npos)
        parameters += fmt::format(" max_success={}", cases_per_engine);
    if (mutants && given.find("noshrink=") == given.npos)
        parameters += " noshrink=1";
    setenv("RC_PARAMS", parameters.c_str(), 1);
    return given.find("max_success=") == given.npos && given.find("reproduce=") == given.npos;
}

int run_named(std::vector<std::string_view> names)
{
    const bool mutants = std::erase(names, "--mutants") != 0;
    const bool list = std::erase(names, "--list") != 0;
    const bool whole_run = set_parameters(mutants);
    size_t found = 0;
    bool good = true;
    for (const Property &property : properties()) {
        if (!names.empty() && std::find(names.begin(), names.end(), property.name) == names.end())
            continue;
        found++;
        if (list)
            fmt::print("{}\n", property.name);
        else
            good &= mutants ? notices_its_bug(property) : holds(property, whole_run);
    }
    if (found == 0 || (!names.empty() && found != names.size())) {
        fmt::print(stderr, "no such property; --list shows all\n");
        return status_usage;
    }
    return good ? status_good : status_failed;
}

} // namespace

Registration::Registration(Property property)
{
    properties().push_back(std::move(property));
}

} // namespace mblab::property

int main(int argc, char **argv)
{
    try {
        return mblab::property::run_named({argv + 1, argv + argc});
    } catch (const mblab::Error &error) {
        fmt::print(stderr, "{}\n", error.what());
        return 2;
    }
}
