// tidemark stats: the answers as a table, or as the service gave them.

#include <algorithm>
#include <memory>
#include <vector>

#include <boost/json/serialize.hpp>

#include "app/command_line.hpp"
#include "app/print.hpp"
#include "app/service_connection.hpp"
#include "base/printable.hpp"

namespace tidemark::app {
namespace {

/// A parameter of an endpoint as a flag: `--from` is `from`, `--start-date` is `start_date`.
struct Flag {
  const char* flag;
  const char* parameter;
  const char* meaning;
};

const std::vector<Flag> kCommon = {
    {"--tz", "tz", "Time zone of the days, such as Europe/Kyiv [UTC]"},
    {"--engine", "engine", "Who must answer: rollup or columnar"},
};
const std::vector<Flag> kRange = {
    {"--from", "from", "First day, such as 2025-08-01"},
    {"--to", "to", "Last day, included"},
};
const std::vector<Flag> kTop = {{"--limit", "limit", "How many event types [10]"}};
const std::vector<Flag> kRetention = {
    {"--start-date", "start_date", "First day of the first cohort"},
    {"--windows", "windows", "Windows 0 to this one are told [3]"},
    {"--cohorts", "cohorts", "How many cohorts [1]"},
    {"--period", "period", "day, week or month [day]"},
    {"--cohort", "cohort", "active or first_seen [active]"},
    {"--mode", "mode", "on or on_or_after [on]"},
};

struct Options {
  std::string url;
  bool json = false;
  std::vector<std::pair<std::string, std::string>> query;
};

using Table = std::vector<std::vector<std::string>>;

std::string cell(const boost::json::value& value) {
  if (value.is_string()) return base::printable(value.get_string());
  if (value.is_null()) return "-";
  return boost::json::serialize(value);
}

/// Rows of plain objects: the columns are the members of the first.
Table flat_table(const boost::json::array& rows) {
  Table table;
  if (rows.empty()) return table;
  auto& header = table.emplace_back();
  for (const auto& member : rows.front().as_object()) header.emplace_back(member.key());
  for (const auto& row : rows) {
    auto& line = table.emplace_back();
    for (const auto& member : row.as_object()) line.push_back(cell(member.value()));
  }
  return table;
}

/// A row a cohort, a column a window; an incomplete window is marked.
Table retention_table(const boost::json::array& cohorts) {
  Table table;
  auto& header = table.emplace_back(std::vector<std::string>{"cohort_date", "size"});
  for (const auto& cohort : cohorts) {
    const auto& windows = cohort.at("windows").as_array();
    if (header.size() == 2) {
      for (std::size_t i = 0; i < windows.size(); ++i) header.push_back(std::to_string(i));
    }
    std::vector<std::string> line{cell(cohort.at("cohort_date")), cell(cohort.at("cohort_size"))};
    for (const auto& window : windows) {
      line.push_back(cell(window.at("users")) + (window.at("complete").as_bool() ? "" : "*"));
    }
    table.push_back(std::move(line));
  }
  return table;
}

void show(const Table& table) {
  std::vector<std::size_t> widths;
  for (const auto& line : table) {
    widths.resize(std::max(widths.size(), line.size()));
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], base::width_of(line[i]));
    }
  }
  for (const auto& line : table) {
    std::string row;
    for (std::size_t i = 0; i < line.size(); ++i) {
      row += (i > 0 ? "  " : "") + line[i];
      if (i + 1 < line.size()) row.append(widths[i] - base::width_of(line[i]), ' ');
    }
    print("{}\n", row);
  }
}

int stats(const config::Settings& settings, const std::string& name, const Options& options) {
  auto service = ServiceConnection::open(settings, options.url);
  if (!service) return fail(service.error());
  std::string target = "/stats/" + name;
  char separator = '?';
  for (const auto& [parameter, value] : options.query) {
    target += separator + parameter + "=" + percent_encoded(value);
    separator = '&';
  }
  const auto given = (*service)->get(target);
  if (!given) return fail(given.error());
  const auto& answer = given->value;
  if (options.json) {
    print_json(given->text);
    return kExitOk;
  }
  const auto& data = answer.at("data").as_array();
  show(name == "retention" ? retention_table(data) : flat_table(data));
  tell("{}\n", answer.at("meta").at("definition").as_string());
  if (name == "retention") tell("* ends after the last day of data\n");
  return kExitOk;
}

void add_one(CommandLine& commands, CLI::App* parent, const std::string& name,
             const std::string& description, const std::vector<std::vector<Flag>>& flags) {
  auto options = std::make_shared<Options>();
  auto* command =
      commands.add_under(parent, name, description, [options, name](const config::Loaded& loaded) {
        return stats(loaded.settings, name, *options);
      });
  command->add_option("--url", options->url, "Ask this service instead of the data folder");
  command->add_flag("--json", options->json, "Print the answer as the service gives it");
  command->add_option_function<std::vector<std::string>>(
      "--segment",
      [options](const std::vector<std::string>& conditions) {
        for (const auto& condition : conditions) options->query.emplace_back("segment", condition);
      },
      "Only events that match, such as event_type:purchase; may be repeated");
  for (const auto& list : flags) {
    for (const auto& flag : list) {
      command->add_option_function<std::string>(
          flag.flag,
          [options, parameter = std::string(flag.parameter)](const std::string& value) {
            options->query.emplace_back(parameter, value);
          },
          flag.meaning);
    }
  }
}

}  // namespace

void add_stats(CommandLine& commands) {
  auto* parent = commands.add("stats", "Answers as a table, or --json", {});
  parent->require_subcommand(1);
  add_one(commands, parent, "dau", "Users active on each day", {kRange, kCommon});
  add_one(commands, parent, "wau", "Users active in the 7 days that end with each day",
          {kRange, kCommon});
  add_one(commands, parent, "mau", "Users active in the 30 days that end with each day",
          {kRange, kCommon});
  add_one(commands, parent, "top-events", "Event types by how often they happened",
          {kRange, kTop, kCommon});
  add_one(commands, parent, "retention", "How many users come back", {kRetention, kCommon});
}

}  // namespace tidemark::app
