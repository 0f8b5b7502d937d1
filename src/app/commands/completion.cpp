// tidemark completion: what a shell needs to complete commands and flags.

#include <memory>
#include <set>

#include "app/commands/command_line.hpp"
#include "app/commands/print.hpp"

namespace tidemark::app {
namespace {

void collect_flags(const CLI::App& app, std::set<std::string>& words) {
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) words.insert("--" + name);
  }
}

std::string joined(const std::set<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

/// One table of words for all shells: bash has `complete -W`, zsh reads it through bashcompinit.
std::string bash_script(const CLI::App& app) {
  std::set<std::string> global;
  collect_flags(app, global);
  std::set<std::string> names;
  std::string cases;
  for (const auto* command : app.get_subcommands(nullptr)) {
    names.insert(command->get_name());
    std::set<std::string> words = global;
    collect_flags(*command, words);
    for (const auto* below : command->get_subcommands(nullptr)) {
      words.insert(below->get_name());
      collect_flags(*below, words);
    }
    cases += "    " + command->get_name() + ") words=\"" + joined(words) + "\" ;;\n";
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

std::string fish_script(const CLI::App& app) {
  std::string out = "complete -c tidemark -f\n";
  for (const auto* command : app.get_subcommands(nullptr)) {
    out += "complete -c tidemark -n __fish_use_subcommand -a " + command->get_name() + "\n";
    std::set<std::string> words;
    collect_flags(*command, words);
    for (const auto& word : words) {
      out += "complete -c tidemark -n '__fish_seen_subcommand_from " + command->get_name() +
             "' -l " + word.substr(2) + "\n";
    }
  }
  return out;
}

}  // namespace

void add_completion(CommandLine& commands) {
  auto shell = std::make_shared<std::string>("bash");
  auto* command =
      commands.add("completion", "Prints a completion script: source <(tidemark completion bash)",
                   [shell, &commands](const config::Loaded&) {
                     if (*shell == "fish") {
                       print_bytes(fish_script(commands.app()));
                     } else {
                       if (*shell == "zsh") print("autoload -U +X bashcompinit && bashcompinit\n");
                       print_bytes(bash_script(commands.app()));
                     }
                     return static_cast<int>(kExitOk);
                   });
  command->add_option("SHELL", *shell, "bash, zsh or fish [bash]")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

}  // namespace tidemark::app
