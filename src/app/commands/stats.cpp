// tidemark stats: the answers as a table, or as the service gave them.

#include <algorithm>
#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/json/serialize.hpp>

#include "api/parameters.hpp"
#include "app/commands/command_line.hpp"
#include "app/commands/print.hpp"
#include "app/commands/service_connection.hpp"
#include "base/printable.hpp"
#include "query/question.hpp"

namespace tidemark::app {
namespace {

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

/// Rows within a row are shown across: a column for each of them, headed by its first cell. A row
/// that is not complete is marked.
void add_across(const boost::json::array& rows, std::string_view shown, bool is_first,
                std::vector<std::string>& header, std::vector<std::string>& line) {
  for (const auto& row : rows) {
    const auto& cells = row.as_object();
    if (is_first) header.push_back(cell(cells.begin()->value()));
    const auto* const complete = cells.if_contains("complete");
    const bool is_whole = complete == nullptr || complete->as_bool();
    line.push_back(cell(cells.at(shown)) + (is_whole ? "" : "*"));
  }
}

Table table_of(const boost::json::array& rows, const query::Shape& shape) {
  Table table(1);
  for (const auto& row : rows) {
    const bool is_first = table.size() == 1;
    std::vector<std::string> line;
    for (const auto& column : shape.columns) {
      const auto& value = row.at(column.name);
      if (column.kind == query::Kind::Rows) {
        add_across(value.as_array(), column.rows->across, is_first, table[0], line);
        continue;
      }
      if (is_first) table[0].emplace_back(column.name);
      line.push_back(cell(value));
    }
    table.push_back(std::move(line));
  }
  return table;
}

/// Whether anything in the rows can be marked as not complete.
bool has_marks(const query::Shape& shape) {
  return std::ranges::any_of(shape.columns, [](const query::ColumnShape& column) {
    return column.kind == query::Kind::Rows;
  });
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

int stats(const config::Settings& settings, const std::string& name, const query::Shape& shape,
          const Options& options) {
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
  show(table_of(answer.at("data").as_array(), shape));
  tell("{}\n", answer.at("meta").at("definition").as_string());
  if (has_marks(shape)) tell("* ends after the last day of data\n");
  return kExitOk;
}

/// The value that a field has where it is not given; empty where it must be.
template <class T>
std::string default_text(const T& made) {
  if constexpr (std::integral<T>) return std::to_string(made);
  if constexpr (std::is_enum_v<T>) return http::ParameterType<T>::text(made);
  return {};
}

/// A parameter as a flag: `--start-date` is `start_date`.
void add_flag(const Command& command, const std::shared_ptr<Options>& options,
              std::string_view parameter, const std::string& meaning) {
  std::string flag = "--" + std::string(parameter);
  std::ranges::replace(flag, '_', '-');
  command.option(
      flag,
      [options, name = std::string(parameter)](const std::string& value) {
        options->query.emplace_back(name, value);
      },
      meaning);
}

template <class Question>
void add_fields(const Command& command, const std::shared_ptr<Options>& options) {
  const Question made;
  const auto add = [&](const auto& field) {
    auto meaning = std::string(field.meaning);
    const auto otherwise = default_text(field.at(made));
    if (!otherwise.empty()) meaning += " [" + otherwise + "]";
    add_flag(command, options, field.name, meaning);
  };
  std::apply([&](const auto&... field) { (add(field), ...); }, Question::fields());
}

template <class Question>
void add_question(CommandLine& commands, const Command& parent,
                  const query::Named<Question>& named) {
  auto options = std::make_shared<Options>();
  const Command command = commands.add_under(
      parent, std::string(named.name), std::string(named.summary),
      [options, name = std::string(named.name)](const config::Loaded& loaded) {
        return stats(loaded.settings, name, query::shape_of<typename Question::Row>(), *options);
      });
  command.option("--url", &options->url, "Ask this service instead of the data folder");
  command.flag("--json", options->json, "Print the answer as the service gives it");
  command.option(
      "--segment",
      [options](const std::vector<std::string>& conditions) {
        for (const auto& condition : conditions) options->query.emplace_back("segment", condition);
      },
      "Only events that match, such as event_type:purchase; may be repeated");
  add_fields<Question>(command, options);
  add_flag(command, options, "tz", "Time zone of the days, such as Europe/Kyiv [UTC]");
  add_flag(command, options, "engine", "Engine that must answer: rollup or columnar");
}

}  // namespace

void add_stats(CommandLine& commands) {
  const auto parent =
      commands.add("stats", "Prints statistics as a table or, with --json, as JSON", {});
  parent.needs_one_below();
  query::for_each_kind([&]<class Question>(std::type_identity<Question>) {
    for (const auto& named : Question::names()) add_question(commands, parent, named);
  });
}

}  // namespace tidemark::app
