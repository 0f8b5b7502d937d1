// The program: every command registers itself, one runs.

#include "app/commands/command_line.hpp"
#include "app/commands/print.hpp"

int main(int argc, char** argv) {
  using namespace tidemark::app;  // NOLINT(google-build-using-namespace): a list of its functions
  keep_standard_streams();
  CommandLine commands;
  add_serve(commands);
  add_import(commands);
  add_export(commands);
  add_stats(commands);
  add_generate(commands);
  add_bench(commands);
  add_verify(commands);
  add_quarantine(commands);
  add_access(commands);
  add_config(commands);
  add_version(commands);
  add_worker(commands);
  add_migrate(commands);
  add_dlq(commands);
  add_completion(commands);
  return commands.run(argc, argv);
}
