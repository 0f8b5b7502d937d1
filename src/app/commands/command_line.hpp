#pragma once

/// The commands of the program, and the settings that each of them takes.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "app/commands/command.hpp"
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
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// The body of a command. It prints its result to standard output and everything else to standard
  /// error.
  using Run = std::function<int(const config::Loaded&)>;

  /// Adds a command. Options are added to the returned Command, bound to variables that `run`
  /// shares.
  Command add(const std::string& name, const std::string& description, Run run);
  /// Adds a command under another one: `quarantine list`.
  Command add_under(const Command& parent, const std::string& name, const std::string& description,
                    Run run);

  int run(int argc, char** argv);

  /// The program itself, as the command above all others.
  [[nodiscard]] Command root() const;

 private:
  int run_chosen();

  std::unique_ptr<CLI::App> app_;
  std::map<std::string, std::string, std::less<>> flags_;  // settings as typed, by name
  std::string config_file_;
  Run chosen_;
};

/// Prints `tidemark: MESSAGE` to standard error and returns `code`.
int fail(int code, const std::string& message);
/// The same for an error: usage for InvalidInput, otherwise "cannot work".
int fail(const base::Error& error);

// One file each in commands/.
void add_serve(CommandLine& commands);
void add_access(CommandLine& commands);
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
