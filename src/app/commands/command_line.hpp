#pragma once

/// The commands of the program, and the settings that each of them takes.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "config/load.hpp"

namespace tidemark::app {

/// How the program ends (api.md section 5).
enum ExitCode : int {
  kExitOk = 0,
  kExitBadInput = 1,    ///< some of the input was bad
  kExitUsage = 2,       ///< the command line or a setting is wrong
  kExitCannotWork = 3,  ///< the folder is held, a disk fails, a server is away
};

/// Parses the command line, reads the settings, runs one command.
class CommandLine {
 public:
  CommandLine();

  /// A command's body. What it prints to standard output is its result; all else goes to standard
  /// error.
  using Run = std::function<int(const config::Loaded&)>;

  /// Adds a command; options are added to what it returns, bound to variables that `run` shares.
  CLI::App* add(const std::string& name, const std::string& description, Run run);
  /// Adds a command under another one: `quarantine list`.
  CLI::App* add_under(CLI::App* parent, const std::string& name, const std::string& description,
                      Run run);

  int run(int argc, char** argv);

  [[nodiscard]] const CLI::App& app() const { return app_; }

 private:
  int run_chosen();

  CLI::App app_;
  std::map<std::string, std::string, std::less<>> flags_;  // settings as typed, by name
  std::string config_file_;
  Run chosen_;
};

/// Prints `tidemark: MESSAGE` to standard error and answers `code`.
int fail(int code, const std::string& message);
/// The same for an error of ours: usage for InvalidInput, else "cannot work".
int fail(const base::Error& error);

// One file each in commands/.
void add_serve(CommandLine& commands);
void add_config(CommandLine& commands);
void add_version(CommandLine& commands);
void add_import(CommandLine& commands);
void add_export(CommandLine& commands);
void add_stats(CommandLine& commands);
void add_generate(CommandLine& commands);
void add_bench(CommandLine& commands);
void add_verify(CommandLine& commands);
void add_quarantine(CommandLine& commands);
void add_worker(CommandLine& commands);
void add_migrate(CommandLine& commands);
void add_dlq(CommandLine& commands);
void add_completion(CommandLine& commands);

}  // namespace tidemark::app
