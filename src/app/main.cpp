// The program: every command registers itself, one runs.

#include "app/command_line.hpp"

int main(int argc, char** argv) {
  tidemark::app::CommandLine commands;
  tidemark::app::add_serve(commands);
  tidemark::app::add_config(commands);
  tidemark::app::add_generate(commands);
  tidemark::app::add_version(commands);
  return commands.run(argc, argv);
}
