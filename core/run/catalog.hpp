// SPDX-License-Identifier: GPL-2.0-or-later
// The engines that were built, found by name and variant.
#pragma once

#include "core/engine/engine.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mblab {

/// A built engine: NAME@VARIANT.so in the folder of engines.
struct EngineFile {
    std::string name;
    std::string variant;
    std::string path;
};

/// Where engines are: $MBLAB_ENGINES, else "engines" beside the program, else ../lib/memblock-lab/engines from there.
std::string engine_folder();

/// All built engines, sorted by name and variant.
std::vector<EngineFile> list_engines();

/// Options of a variant that a trace may ask for (as build-engine takes them) or a name of variants.txt, as the name
/// under which engines are built. Throws Error when no engine is built for it.
std::string variant_name(std::string_view name_or_options);

/// The names of variants.txt, in its order.
std::vector<std::string> all_variants();

/// The options of a variant, as build-engine takes them; empty when there is none of that name.
std::string variant_options(std::string_view variant);

/// Open an engine. name is port, linux-RELEASE, model, a predecessor, history-model (which predicts bump and bootmem),
/// the path of a shared object, or a tree (the path of its folder, git:REPO@REV, git:REPO@REV+PATCH...), of which one
/// is built; variant a name of variants.txt. Throws Error, which lists what there is.
std::unique_ptr<Engine> open_engine(std::string_view name, std::string_view variant);

/// The names of memblock's predecessors, oldest first.
std::vector<std::string> predecessors();

/// Engines that are no files: those whose names begin with prefix are opened by opener, from now on.
using EngineOpener = std::unique_ptr<Engine> (*)(std::string_view name, std::string_view variant);
void add_engine_kind(std::string_view prefix, EngineOpener opener);

/// The variant that the name of such an engine asks for: guest:linux-7.3@VARIANT. Empty where it asks for none.
std::string variant_of_kind(std::string_view name);

/// Names of engines that mean the same: nothing that they do may differ.
using EngineGroup = std::vector<std::string>;

/// The engines that are built for a variant, by what they mean.
std::vector<EngineGroup> engines_by_dialect(std::string_view variant);

/// What traces are run on where nobody says on what: the port, the kernels that speak its dialect, and the model.
EngineGroup usual_engines(std::string_view variant);

/// The same, for traces with these kinds of ops: a predecessor, with its model where it has one, if calls are of those.
/// Throws Error when none has them all.
EngineGroup engines_that_have(std::span<const uint16_t> kinds, std::string_view variant);

/// Whether open_engine would find it.
bool has_engine(std::string_view name, std::string_view variant);

} // namespace mblab
