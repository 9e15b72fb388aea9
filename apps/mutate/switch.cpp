// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/mutate/switch.hpp"

#include "core/base/error.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

namespace mblab::mutate {
namespace {

void set(const char *name, const std::string &value)
{
    if (setenv(name, value.c_str(), 1) != 0)
        throw Error(fmt::format("cannot set {}", name));
}

} // namespace

Switch::Switch(size_t mutants) : mutants_(mutants), file_(folder_.file("reached")) {}

void Switch::choose(size_t number) const
{
    std::filesystem::remove(file_); // what is left of an earlier child may still write into that one
    std::ofstream out(file_, std::ios::binary);
    if (!(out << std::string(mutants_ + 1, '\0')).flush())
        throw Error(fmt::format("{}: cannot write", file_));
    set("MBLAB_REACHED", file_);
    set("MBLAB_MUTANT", std::to_string(number));
}

std::set<size_t> Switch::reached() const
{
    std::set<size_t> numbers;
    const std::string bytes = read_file(file_);
    for (size_t number = 1; number < bytes.size(); number++)
        if (bytes[number])
            numbers.insert(number);
    return numbers;
}

} // namespace mblab::mutate
