// tidemark completion: what a shell needs to complete commands and flags.

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "app/commands/command_line.hpp"
#include "app/commands/print.hpp"

namespace tidemark::app {
namespace {

void collect_flags(const Command& command, std::set<std::string>& words) {
  for (auto& flag : command.flags()) words.insert(std::move(flag));
}

std::string joined(const std::set<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

/// One table of words for all shells: bash has `complete -W`, zsh reads it through bashcompinit.
std::string bash_script(const Command& program) {
  std::set<std::string> global;
  collect_flags(program, global);
  std::set<std::string> names;
  std::string cases;
  for (const auto& command : program.below()) {
    names.insert(command.name());
    std::set<std::string> words = global;
    collect_flags(command, words);
    for (const auto& below : command.below()) {
      words.insert(below.name());
      collect_flags(below, words);
    }
    cases += "    " + command.name() + ") words=\"" + joined(words) + "\" ;;\n";
  }
  return "_tidemark() {\n"
         "  local current=\"${COMP_WORDS[COMP_CWORD]}\" words\n"
         "  case \"${COMP_WORDS[1]}\" in\n" +
         cases + "    *) words=\"" + joined(names) +
         "\" ;;\n"
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "  [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$current\"))\n"
         "}\n"
         "complete -F _tidemark tidemark\n";
}

std::string fish_script(const Command& program) {
  std::string out = "complete -c tidemark -f\n";
  for (const auto& command : program.below()) {
    out += "complete -c tidemark -n __fish_use_subcommand -a " + command.name() + "\n";
    std::set<std::string> words;
    collect_flags(command, words);
    for (const auto& word : words) {
      out += "complete -c tidemark -n '__fish_seen_subcommand_from " + command.name() + "' -l " +
             word.substr(2) + "\n";
    }
  }
  return out;
}

}  // namespace

void add_completion(CommandLine& commands) {
  auto shell = std::make_shared<std::string>("bash");
  const auto command =
      commands.add("completion", "Prints a completion script: source <(tidemark completion bash)",
                   [shell, &commands](const config::Loaded&) {
                     if (*shell == "fish") {
                       print_bytes(fish_script(commands.root()));
                     } else {
                       if (*shell == "zsh") print("autoload -U +X bashcompinit && bashcompinit\n");
                       print_bytes(bash_script(commands.root()));
                     }
                     return static_cast<int>(kExitOk);
                   });
  command.option("SHELL", shell.get(), "bash, zsh or fish [bash]").one_of({"bash", "zsh", "fish"});
}

}  // namespace tidemark::app
