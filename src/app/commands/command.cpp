#include "app/commands/command.hpp"

#include <charconv>
#include <concepts>
#include <sstream>
#include <utility>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>

namespace tidemark::app {
namespace {

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

std::string fault_of_whole_number(const std::string& text, std::uint64_t least,
                                  std::uint64_t most) {
  return fault_of<std::uint64_t>(text, "a whole number", least, most);
}

std::string fault_of_plain_number(const std::string& text, double least, double most) {
  return fault_of<double>(text, "a number", least, most);
}

Option& Option::required() {
  option_->required();
  return *this;
}

Option& Option::one_of(std::vector<std::string> words) {
  option_->check(CLI::IsMember(std::move(words)));
  return *this;
}

Option& Option::whole_number(std::uint64_t least, std::uint64_t most) {
  option_->check(CLI::Validator(
      [least, most](std::string& text) { return fault_of_whole_number(text, least, most); }, ""));
  return *this;
}

Option& Option::plain_number(double least, double most) {
  option_->check(CLI::Validator(
      [least, most](std::string& text) { return fault_of_plain_number(text, least, most); }, ""));
  return *this;
}

Option& Option::repeated() {
  option_->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  return *this;
}

Option& Option::optional_value(const std::string& type) {
  option_->expected(0, 1)->type_name(type);
  return *this;
}

Option& Option::type(const std::string& type) {
  option_->type_name(type);
  return *this;
}

Option& Option::group(const std::string& name) {
  option_->group(name);
  return *this;
}

namespace {

/// Declares an option by the type of what takes its value.
struct Declare {
  CLI::App& app;
  const std::string& name;
  const std::string& meaning;

  template <class T>
  CLI::Option* operator()(T* target) const {
    return app.add_option(name, *target, meaning);
  }
  CLI::Option* operator()(const std::function<void(const std::string&)>& take) const {
    return app.add_option_function<std::string>(name, take, meaning);
  }
  CLI::Option* operator()(const std::function<void(const std::vector<std::string>&)>& take) const {
    return app.add_option_function<std::vector<std::string>>(name, take, meaning);
  }
};

}  // namespace

Option Command::option(const std::string& name, Target target, const std::string& meaning) const {
  return Option(
      *std::visit(Declare{.app = *app_, .name = name, .meaning = meaning}, std::move(target)));
}

void Command::flag(const std::string& name, bool& target, const std::string& meaning) const {
  app_->add_flag(name, target, meaning);
}

void Command::needs_one_below() const { app_->require_subcommand(1); }

std::string Command::name() const { return app_->get_name(); }

std::vector<std::string> Command::flags() const {
  std::vector<std::string> flags;
  for (const auto* option : app_->get_options()) {
    for (const auto& name : option->get_lnames()) flags.push_back("--" + name);
  }
  return flags;
}

std::vector<Command> Command::below() const {
  std::vector<Command> commands;
  for (auto* command : app_->get_subcommands(nullptr)) commands.emplace_back(*command);
  return commands;
}

}  // namespace tidemark::app
