#pragma once

/// Numbers of the command line that must be what they say. CLI11 alone takes -1 for the largest
/// number there is, and 5x for 5.

#include <cstdint>

#include <CLI/Error.hpp>
#include <CLI/Validators.hpp>

namespace tidemark::app {

/// A whole number in digits, from `least` to `most`.
CLI::Validator whole_number(std::uint64_t least, std::uint64_t most);

/// Seconds or a rate: a plain decimal number, from `least` to `most`.
CLI::Validator plain_number(double least, double most);

}  // namespace tidemark::app
