#include "app/command_line.hpp"

#include <cstdlib>
#include <exception>
#include <iostream>

#include "app/setting_checks.hpp"
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

}  // namespace

CommandLine::CommandLine()
    : app_(
          "Takes events from applications, keeps each exactly once, and answers how many people "
          "do what.\nSettings may also stand in tidemark.toml (data_dir = \"…\") or in the "
          "environment (TIDEMARK_DATA_DIR);\nthe flag wins over the environment, and that over "
          "the file.",
          "tidemark") {
  app_.require_subcommand(1);
  app_.fallthrough();
  app_.add_option("--config", config_file_, "Read settings from this file instead of tidemark.toml")
      ->type_name("FILE");
  for (const auto& row : config::setting_rows()) {
    const std::string name(row.name);
    const std::string fallback = row.value_of(config::Settings{});
    app_.add_option_function<std::string>(
            row.flag(), [this, name](const std::string& value) { flags_[name] = value; },
            std::string(row.meaning) + (fallback.empty() ? "" : " [" + fallback + "]"))
        ->group("Settings")
        ->type_name("");
  }
}

CLI::App* CommandLine::add(const std::string& name, const std::string& description, Run run) {
  return add_under(&app_, name, description, std::move(run));
}

CLI::App* CommandLine::add_under(CLI::App* parent, const std::string& name,
                                 const std::string& description, Run run) {
  auto* command = parent->add_subcommand(name, description);
  command->fallthrough();
  if (run) command->callback([this, run = std::move(run)] { chosen_ = run; });
  return command;
}

int CommandLine::run(int argc, char** argv) {
  try {
    app_.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool help = error.get_exit_code() == 0;
    const auto unknown = app_.remaining();
    if (!help && app_.get_subcommands().empty() && !unknown.empty()) {
      return fail(kExitUsage,
                  "there is no command \"" + unknown.front() + "\"; see tidemark --help");
    }
    app_.exit(error);
    return help ? kExitOk : kExitUsage;
  }
  try {
    return run_chosen();
  } catch (const std::exception& fault) {
    // The last resort: what an answer of another program, or a lack of memory, makes a library
    // throw. No command may end in an abort.
    return fail(kExitCannotWork, std::string("cannot go on: ") + fault.what());
  }
}

int CommandLine::run_chosen() {
  config::Sources sources{.flags = flags_, .environment = environment, .file = {}};
  if (!config_file_.empty()) sources.file = config_file_;
  sources.expectation = setting_expectation;
  const auto loaded = config::load(sources);
  if (!loaded) return fail(kExitUsage, loaded.error().message());
  telemetry::configure_log(
      level_named(loaded->settings.log_level),
      loaded->settings.log_format == "json" ? telemetry::Format::Json : telemetry::Format::Text);
  if (!chosen_) return fail(kExitUsage, "no command; see tidemark --help");
  return chosen_(*loaded);
}

int fail(int code, const std::string& message) {
  std::cerr << "tidemark: " << message << "\n";
  return code;
}

int fail(const base::Error& error) {
  const bool usage = error.code() == base::ErrorCode::InvalidInput;
  return fail(usage ? kExitUsage : kExitCannotWork, error.message());
}

}  // namespace tidemark::app
