#include "api/statistics_text.hpp"

#include <algorithm>
#include <cstdio>
#include <variant>

#include "http/accept.hpp"
#include "http/json_writer.hpp"
#include "http/response.hpp"
#include "query/position.hpp"
#include "wire/event_writer.hpp"

namespace tidemark::api {
namespace {

using event::to_string;
using http::JsonWriter;
using http::Schema;

void write_data(JsonWriter& json, const query::ActiveUsersAnswer& rows) {
  json.begin_array();
  for (const auto& row : rows) {
    json.begin_object()
        .member("date", to_string(row.date))
        .member("active_users", row.active_users)
        .end_object();
  }
  json.end_array();
}

void write_data(JsonWriter& json, const query::TopEventsAnswer& rows) {
  json.begin_array();
  for (const auto& row : rows) {
    json.begin_object()
        .member("event_type", row.event_type)
        .member("count", row.count)
        .member("unique_users", row.unique_users)
        .end_object();
  }
  json.end_array();
}

/// Null where nothing could be divided or observed.
std::string rate_or_null(const query::RetentionWindow& window, std::uint64_t size) {
  return window.begun && size > 0 ? rate_text(window.users, size) : "null";
}

void write_data(JsonWriter& json, const query::RetentionAnswer& cohorts) {
  json.begin_array();
  for (const auto& cohort : cohorts) {
    json.begin_object()
        .member("cohort_date", to_string(cohort.date))
        .member("cohort_size", cohort.size)
        .key("windows")
        .begin_array();
    std::size_t number = 0;
    for (const auto& window : cohort.windows) {
      json.begin_object()
          .member("window", number++)
          .member("date", to_string(window.date))
          .member("users", window.users)
          .key("rate")
          .raw(rate_or_null(window, cohort.size))
          .member("complete", window.complete)
          .end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
}

event::DayRange days_of(const query::Question& question) {
  if (const auto* retention = std::get_if<query::Retention>(&question)) {
    const auto end = retention->window_begin(retention->cohorts - 1, retention->windows + 1);
    return {retention->start, end.plus(-1)};
  }
  if (const auto* top = std::get_if<query::TopEvents>(&question)) return top->range;
  return std::get<query::ActiveUsers>(question).range;
}

void write_csv(std::string& out, const query::ActiveUsersAnswer& rows, bool /*quoted*/) {
  out += "date,active_users\r\n";
  for (const auto& row : rows) {
    out += to_string(row.date) + ',' + std::to_string(row.active_users) + "\r\n";
  }
}

void write_csv(std::string& out, const query::TopEventsAnswer& rows, bool quoted) {
  out += "event_type,count,unique_users\r\n";
  for (const auto& row : rows) {
    quoted ? wire::write_csv_cell_for_people(row.event_type, out)
           : wire::write_csv_cell(row.event_type, out);
    out += ',' + std::to_string(row.count) + ',' + std::to_string(row.unique_users) + "\r\n";
  }
}

void write_csv(std::string& out, const query::RetentionAnswer& cohorts, bool /*quoted*/) {
  out += "cohort_date,cohort_size,window,date,users,rate,complete\r\n";
  for (const auto& cohort : cohorts) {
    std::size_t number = 0;
    for (const auto& window : cohort.windows) {
      const auto rate = rate_or_null(window, cohort.size);
      out += to_string(cohort.date) + ',' + std::to_string(cohort.size) + ',' +
             std::to_string(number++) + ',' + to_string(window.date) + ',' +
             std::to_string(window.users) + ',' + (rate == "null" ? "" : rate) + ',' +
             (window.complete ? "true" : "false") + "\r\n";
    }
  }
}

Schema meta_schema() {
  return Schema::object()
      .property("from", Schema::date().describe("First day that the answer tells of"))
      .property("to", Schema::date().describe("Last day that the answer tells of"))
      .property("timezone", Schema::string().describe("Zone whose days are meant"))
      .property("engine", Schema::one_of_names({"rollup", "columnar", "postgres", "clickhouse"})
                              .describe("Who answered; all give the same data"))
      .property("exact", Schema::boolean().describe("Always true: nothing is sampled or estimated"))
      .property("as_of", Schema::string().describe("Everything up to this position is counted"))
      .property("definition", Schema::string().describe("What the figures mean, in one sentence"))
      .named("Meta");
}

}  // namespace

std::string answer_json(const query::Question& question, const query::Answered& answered,
                        query::PositionTag tag) {
  JsonWriter json;
  json.begin_object().key("data");
  std::visit([&](const auto& rows) { write_data(json, rows); }, answered.answer);
  const auto days = days_of(question);
  json.key("meta")
      .begin_object()
      .member("from", to_string(days.from))
      .member("to", to_string(days.to))
      .member("timezone", query::scope_of(question).zone->name())
      .member("engine", answered.engine)
      .member("exact", true)
      .member("as_of", query::position_text(answered.as_of, tag))
      .member("definition", query::definition_of(question))
      .end_object()
      .end_object();
  return json.take();
}

std::string answer_csv(const query::Answer& answer, bool formulas_quoted) {
  std::string out;
  std::visit([&](const auto& rows) { write_csv(out, rows, formulas_quoted); }, answer);
  return out;
}

bool prefers_csv(std::string_view accept) {
  const auto csv = http::weight_of(accept, "text/csv");
  const auto json = http::weight_of(accept, http::kJson);
  return csv.weight > json.weight || (csv.weight == json.weight && csv.weight > 0 && csv.named);
}

std::string milliseconds_text(double milliseconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", milliseconds);
  return text.data();
}

std::string rate_text(std::uint64_t users, std::uint64_t size) {
  constexpr std::uint64_t kPlaces = 10'000;
  const std::uint64_t scaled = (users * kPlaces * 2 + size) / (size * 2);
  std::string text = std::to_string(scaled / kPlaces);
  text += ".0000";
  std::uint64_t fraction = scaled % kPlaces;
  for (auto digit = text.rbegin(); fraction > 0; fraction /= 10) {
    *digit++ = static_cast<char>('0' + fraction % 10);
  }
  while (text.back() == '0' && text[text.size() - 2] != '.') text.pop_back();
  return text;
}

Schema statistics_schema(const Schema& data, std::string_view name) {
  return Schema::object().property("data", data).property("meta", meta_schema()).named(name);
}

Schema active_users_schema() {
  const auto row = Schema::object()
                       .property("date", Schema::date())
                       .property("active_users", Schema::integer().minimum(0))
                       .named("ActiveUsersRow");
  return statistics_schema(Schema::array(row), "ActiveUsers");
}

Schema top_events_schema() {
  const auto row = Schema::object()
                       .property("event_type", Schema::string())
                       .property("count", Schema::integer().minimum(0))
                       .property("unique_users", Schema::integer().minimum(0))
                       .named("TopEventsRow");
  return statistics_schema(Schema::array(row), "TopEvents");
}

Schema retention_schema() {
  const auto window =
      Schema::object()
          .property("window", Schema::integer().minimum(0))
          .property("date", Schema::date().describe("The window's first day"))
          .property("users", Schema::integer().minimum(0))
          .property("rate", Schema::number().nullable().describe(
                                "users / cohort_size to 4 places; null where the cohort is empty "
                                "or the window lies behind the last day of data"))
          .property("complete",
                    Schema::boolean().describe("false: it ends after the last day of data"))
          .named("RetentionWindow");
  const auto cohort = Schema::object()
                          .property("cohort_date", Schema::date())
                          .property("cohort_size", Schema::integer().minimum(0))
                          .property("windows", Schema::array(window))
                          .named("RetentionCohort");
  return statistics_schema(Schema::array(cohort), "Retention");
}

}  // namespace tidemark::api
