// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/boot/speakers.hpp"

#include "core/oracle/model/model.hpp"
#include "core/run/catalog.hpp"

#include <fmt/format.h>

namespace mblab {

std::unique_ptr<Engine> open_for(const std::string &name, const Replay &replay)
{
    std::unique_ptr<Engine> engine = open_engine(name, replay.trace.variant);
    if (name == "model")
        engine = std::make_unique<Model>(engine->variant(), replay.spoken.dialect);
    return engine;
}

std::vector<std::string> speakers_of(const Replay &replay, std::string &remarks)
{
    std::vector<std::string> engines;
    if (open_engine("port", replay.trace.variant)->dialect().means_the_same_as(replay.spoken.dialect))
        engines.emplace_back("port");
    else
        remarks += "  port       is left out: it has another dialect (--engine port compares places)\n";
    if (replay.spoken.engine.starts_with("linux-"))
        engines.push_back(replay.spoken.engine);
    else
        remarks += fmt::format("  no engine linux-*@{} with the log's dialect is built\n", replay.trace.variant);
    engines.emplace_back("model");
    return engines;
}

} // namespace mblab
