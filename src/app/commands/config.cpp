// tidemark config, tidemark version: what is in force, and which program this is.

#include "api/api.hpp"
#include "app/commands/command_line.hpp"
#include "app/commands/print.hpp"
#include "config/load.hpp"

namespace tidemark::app {

void add_config(CommandLine& commands) {
  commands.add("config", "Prints every setting in force and where it comes from",
               [](const config::Loaded& loaded) {
                 print_lines(config::describe(loaded));
                 return static_cast<int>(kExitOk);
               });
}

void add_version(CommandLine& commands) {
  commands.add("version", "Prints the version", [](const config::Loaded&) {
    print("tidemark {}\n", api::version());
    return static_cast<int>(kExitOk);
  });
}

}  // namespace tidemark::app
