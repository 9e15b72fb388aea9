// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/diff/dialects.hpp"

#include "core/oracle/explanation.hpp"
#include "core/run/isolated.hpp"
#include "core/run/remote.hpp"

#include <algorithm>

namespace mblab {

std::vector<TraitChange> compare_dialects(std::vector<EnginePair> &pairs)
{
    std::vector<TraitChange> changes;
    for (EnginePair &pair : pairs) {
        const std::unique_ptr<Engine> base = open_engine_file(pair.base), head = open_engine_file(pair.head);
        const Answers answers[] = {ask_isolated(*base), ask_isolated(*head)};
        pair.traits = differing_traits(answers);
        pair.told.resize(traits().size());
        for (size_t i = 0; i < traits().size(); i++) {
            const Trait &trait = traits()[i];
            const auto is_this = [&](const TraitChange &change) { return change.id == trait.id; };
            pair.told[i] = answers[0][i].has_value() && answers[1][i].has_value();
            if (!pair.told[i] || answers[0][i] == answers[1][i] || std::ranges::any_of(changes, is_this))
                continue;
            const std::string words[] = {answers[0].meaning(i), answers[1].meaning(i)};
            const bool described = !words[0].starts_with('"') && !words[1].starts_with('"');
            changes.push_back({trait.id, trait.statement, words[0], words[1], described, pair.variant,
                               witness_of(trait, base->variant())});
        }
    }
    std::ranges::stable_sort(changes, {}, [](const TraitChange &change) {
        const auto is_this = [&](const Trait &trait) { return trait.id == change.id; };
        return std::ranges::find_if(traits(), is_this) - traits().begin();
    });
    return changes;
}

} // namespace mblab
