#pragma once

/// A command of the program and its options, as the files of commands declare them. Only
/// command.cpp and command_line.cpp know the library behind them: whatever includes its headers
/// takes 7 s longer to compile.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/load.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's name
class App;
class Option;
}  // namespace CLI

namespace tidemark::app {

/// An option that was declared; what else is true of it.
class Option {
 public:
  explicit Option(CLI::Option& option) : option_(&option) {}

  Option& required();
  Option& one_of(std::vector<std::string> words);
  /// In digits, from `least` to `most`. The library alone takes -1 for the largest number there is,
  /// and 5x for 5.
  Option& whole_number(std::uint64_t least, std::uint64_t most);
  /// Seconds or a rate: a plain decimal number, from `least` to `most`.
  Option& plain_number(double least, double most);
  /// Each use takes one value, and all of them count.
  Option& repeated();
  /// It may stand without a value; help shows `type`.
  Option& optional_value(const std::string& type);
  /// Help shows `type` for the value.
  Option& type(const std::string& type);
  Option& group(const std::string& name);

 private:
  CLI::Option* option_;
};

/// Where the value of an option goes; it must outlive the parsing.
using Target = std::variant<std::string*, double*, int*, std::int64_t*, std::uint64_t*,
                            std::vector<std::string>*, std::vector<std::uint64_t>*,
                            std::function<void(const std::string&)>,
                            std::function<void(const std::vector<std::string>&)>>;

/// Threads:  one.
/// Lifetime: copies are of the same command; it lives as long as the command line.
class Command {
 public:
  explicit Command(CLI::App& app) : app_(&app) {}

  /// `name` is "--flag", "-f,--flag" or the name of what stands without a flag.
  Option option(const std::string& name, Target target, const std::string& meaning) const;
  void flag(const std::string& name, bool& target, const std::string& meaning) const;
  /// One of the commands below it must be named.
  void needs_one_below() const;

  /// What a shell completes: its name, its flags ("--url"), the commands below it.
  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::vector<std::string> flags() const;
  [[nodiscard]] std::vector<Command> below() const;

  [[nodiscard]] CLI::App& app() const { return *app_; }

 private:
  CLI::App* app_;
};

/// What is wrong with a number that was typed; empty where nothing is.
std::string fault_of_whole_number(const std::string& text, std::uint64_t least, std::uint64_t most);
std::string fault_of_plain_number(const std::string& text, double least, double most);

}  // namespace tidemark::app
