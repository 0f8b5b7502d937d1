#include "app/commands/command_line.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <sstream>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <unistd.h>

#include "api/api.hpp"
#include "app/commands/print.hpp"
#include "app/wiring/setting_checks.hpp"
#include "config/settings.hpp"
#include "telemetry/log.hpp"

namespace tidemark::app {
namespace {

telemetry::Level level_named(const std::string& name) {
  if (name == "debug") return telemetry::Level::Debug;
  if (name == "warning") return telemetry::Level::Warning;
  if (name == "error") return telemetry::Level::Error;
  return telemetry::Level::Info;
}

std::optional<std::string> environment(const std::string& variable) {
  const char* value = std::getenv(variable.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

/// The names of those that are set.
std::vector<std::string> all_variables() {
  std::vector<std::string> names;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view variable(*at);
    names.emplace_back(variable.substr(0, variable.find('=')));
  }
  return names;
}

/// What is wrong if a command is missing or unknown; empty if that is not the fault.
std::string misspelt_command(const CLI::App& app) {
  const CLI::App* asked = &app;
  std::string path = "tidemark";
  while (!asked->get_subcommands().empty()) {
    asked = asked->get_subcommands().front();
    path += " " + asked->get_name();
  }
  const auto possible = asked->get_subcommands([](const CLI::App*) { return true; });
  if (possible.empty()) return {};
  const auto unknown = app.remaining(true);
  const auto option =
      std::ranges::find_if(unknown, [](const auto& word) { return word.starts_with("-"); });
  if (option != unknown.end()) {
    return "there is no option \"" + *option + "\"; see " + path + " --help";
  }
  std::string names;
  for (const auto* command : possible) names += (names.empty() ? "" : ", ") + command->get_name();
  return (unknown.empty() ? path + " needs a command"
                          : path + " has no command \"" + unknown.front() + "\"") +
         ": " + names + "; see " + path + " --help";
}

/// A result that standard output did not take whole is a failure, however it came about.
int told(int code) {
  if (flushed() || code == kExitCannotWork) return code;
  const std::string why = errno == 0 ? "" : std::string(": ") + std::strerror(errno);
  return fail(kExitCannotWork, "cannot write all of the output to standard output" + why);
}

}  // namespace

CommandLine::CommandLine()
    : app_(std::make_unique<CLI::App>(
          "Takes events from applications, keeps each exactly once, and answers how many people "
          "do what.\nSettings may also come from tidemark.toml (data_dir = \"…\") or from the "
          "environment (TIDEMARK_DATA_DIR);\na flag wins over the environment, and the environment "
          "over the file.",
          "tidemark")) {
  app_->require_subcommand(1);
  app_->fallthrough();
  app_->set_version_flag("--version", "tidemark " + std::string(api::version()),
                         "Print the version and exit");
  app_->add_option("--config", config_file_,
                   "Read settings from this file instead of tidemark.toml")
      ->type_name("FILE");
  for (const auto& row : config::setting_rows()) {
    const std::string name(row.name);
    const std::string fallback = row.value_of(config::Settings{});
    app_->add_option_function<std::string>(
            row.flag(), [this, name](const std::string& value) { flags_[name] = value; },
            std::string(row.meaning) + (fallback.empty() ? "" : " [" + fallback + "]"))
        ->group("Settings")
        ->type_name("");
  }
}

Command CommandLine::add(const std::string& name, const std::string& description, Run run) {
  return add_under(root(), name, description, std::move(run));
}

Command CommandLine::add_under(const Command& parent, const std::string& name,
                               const std::string& description, Run run) {
  auto* command = parent.app().add_subcommand(name, description);
  command->fallthrough();
  if (run) command->callback([this, run = std::move(run)] { chosen_ = run; });
  return Command(*command);
}

CommandLine::~CommandLine() = default;

Command CommandLine::root() const { return Command(*app_); }

int CommandLine::run(int argc, char** argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const auto fault = error.get_exit_code() == 0 ? std::string() : misspelt_command(*app_);
    if (!fault.empty()) return fail(kExitUsage, fault);
    std::ostringstream help;
    std::ostringstream complaint;  // may quote what was typed
    app_->exit(error, help, complaint);
    print_lines(help.str());
    tell_lines(complaint.str());
    return told(error.get_exit_code() == 0 ? kExitOk : kExitUsage);
  }
  try {
    return told(run_chosen());
  } catch (const std::exception& fault) {
    // The last resort: what an answer of another program, or a lack of memory, makes a library
    // throw. No command may end in an abort.
    return fail(kExitCannotWork, std::string("cannot continue: ") + fault.what());
  }
}

int CommandLine::run_chosen() {
  config::Sources sources{.flags = flags_, .environment = environment, .file = {}};
  if (!config_file_.empty()) sources.file = config_file_;
  sources.expectation = setting_expectation;
  sources.variables = all_variables();
  std::string command;
  if (!app_->get_subcommands().empty()) command = app_->get_subcommands().front()->get_name();
  sources.uses = [&command](std::string_view setting) { return uses_setting(command, setting); };
  const auto loaded = config::load(sources);
  if (!loaded) return fail(kExitUsage, loaded.error().message());
  telemetry::configure_log(
      level_named(loaded->settings.log_level),
      loaded->settings.log_format == "json" ? telemetry::Format::Json : telemetry::Format::Text);
  // A command that uses no setting says nothing of them either: its output may be read at each
  // login.
  if (uses_setting(command, "data_dir") || uses_setting(command, "ledger")) {
    for (const auto& warning : loaded->warnings) telemetry::warning(warning);
  }
  if (!chosen_) return fail(kExitUsage, "no command; see tidemark --help");
  return chosen_(*loaded);
}

int fail(int code, const std::string& message) {
  tell("tidemark: {}\n", message);
  return code;
}

int fail(const base::Error& error) {
  const bool usage = error.code() == base::ErrorCode::InvalidInput;
  return fail(usage ? kExitUsage : kExitCannotWork, error.message());
}

}  // namespace tidemark::app
