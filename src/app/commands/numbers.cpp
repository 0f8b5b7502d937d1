#include "app/commands/numbers.hpp"

#include <charconv>
#include <concepts>
#include <sstream>
#include <string>

namespace tidemark::app {
namespace {

/// What is wrong with `text`; empty where nothing is.
template <class Number>
std::string fault_of(const std::string& text, const char* kind, Number least, Number most) {
  Number number{};
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  // CLI11 reads the text once more, and takes 010 for 8.
  const bool octal = std::integral<Number> && text.size() > 1 && text.front() == '0';
  const bool whole = read.ec == std::errc{} && read.ptr == end && !octal;
  if (whole && number >= least && number <= most) return {};  // "nan" is neither
  std::ostringstream told;
  told.precision(15);
  told << "expected " << kind << " from " << least << " to " << most << ", received \"" << text
       << "\"";
  return told.str();
}

}  // namespace

CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
  return {[least, most](std::string& text) {
            return fault_of<std::uint64_t>(text, "a whole number", least, most);
          },
          ""};
}

CLI::Validator plain_number(double least, double most) {
  return {
      [least, most](std::string& text) { return fault_of<double>(text, "a number", least, most); },
      ""};
}

}  // namespace tidemark::app
