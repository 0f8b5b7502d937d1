#include "api/statistics_text.hpp"

#include <algorithm>
#include <cassert>
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

/// Null where nothing could be divided or observed.
std::string rate_or_null(const query::Rate& rate) {
  return rate.whole > 0 ? rate_text(rate.part, rate.whole) : "null";
}

void write_rows(JsonWriter& json, const query::Table& table, std::size_t begin, std::size_t end);

/// Writes the cell of one row of a column.
struct JsonCell {
  JsonWriter& json;
  std::size_t row;

  void operator()(const std::vector<event::LocalDay>& days) const {
    assert(row < days.size());
    json.value(to_string(days[row]));
  }
  void operator()(const std::vector<std::uint64_t>& counts) const { json.value(counts[row]); }
  void operator()(const std::vector<query::Rate>& rates) const {
    assert(row < rates.size());
    json.raw(rate_or_null(rates[row]));
  }
  void operator()(const std::vector<std::string>& texts) const { json.value(texts[row]); }
  void operator()(const std::vector<bool>& flags) const { json.value(bool{flags[row]}); }
  void operator()(const query::Table::Rows& rows) const {
    assert(!rows.inner.empty() && row < rows.ends.size());
    write_rows(json, rows.inner.front(), rows.begin(row), rows.ends[row]);
  }
};

void write_rows(JsonWriter& json, const query::Table& table, std::size_t begin, std::size_t end) {
  assert(begin <= end && end <= table.rows());
  const auto& columns = table.shape().columns;
  json.begin_array();
  for (std::size_t row = begin; row < end; ++row) {
    json.begin_object();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      json.key(columns[i].name);
      std::visit(JsonCell{json, row}, table.cells(i));
    }
    json.end_object();
  }
  json.end_array();
}

/// Writes the cell of one row of a column; not rows within it.
struct CsvCell {
  std::string& out;
  std::size_t row;
  bool quoted;

  void operator()(const std::vector<event::LocalDay>& days) const { out += to_string(days[row]); }
  void operator()(const std::vector<std::uint64_t>& counts) const {
    assert(row < counts.size());
    out += std::to_string(counts[row]);
  }
  void operator()(const std::vector<query::Rate>& rates) const {
    assert(row < rates.size());
    if (rates[row].whole > 0) out += rate_text(rates[row].part, rates[row].whole);
  }
  void operator()(const std::vector<std::string>& texts) const {
    assert(row < texts.size());
    quoted ? wire::write_csv_cell_for_people(texts[row], out)
           : wire::write_csv_cell(texts[row], out);
  }
  void operator()(const std::vector<bool>& flags) const { out += flags[row] ? "true" : "false"; }
  void operator()(const query::Table::Rows& /*rows*/) const {}
};

void write_csv_header(const query::Shape& shape, std::string& out) {
  for (const auto& column : shape.columns) {
    if (column.kind == query::Kind::Rows) {
      assert(column.rows != nullptr);
      write_csv_header(*column.rows, out);
    } else {
      if (!out.empty()) out += ',';
      out += column.name;
    }
  }
}

/// Writes rows as lines. `before`: the cells of the outer row, each followed by a comma.
class CsvRows {
 public:
  CsvRows(std::string& out, bool quoted) : out_(out), quoted_(quoted) {}

  void write(const query::Table& table, std::size_t begin, std::size_t end,
             const std::string& before) {
    assert(begin <= end && end <= table.rows());
    for (std::size_t row = begin; row < end; ++row) write_row(table, row, before);
  }

 private:
  void write_row(const query::Table& table, std::size_t row, std::string line) {
    const query::Table::Rows* within = nullptr;
    for (std::size_t i = 0; i < table.shape().columns.size(); ++i) {
      if (const auto* rows = std::get_if<query::Table::Rows>(&table.cells(i)); rows != nullptr) {
        within = rows;
        continue;
      }
      std::visit(CsvCell{line, row, quoted_}, table.cells(i));
      line += ',';
    }
    if (within != nullptr) {
      assert(!within->inner.empty() && row < within->ends.size());
      return write(within->inner.front(), within->begin(row), within->ends[row], line);
    }
    assert(!line.empty());
    line.pop_back();
    out_ += line;
    out_ += "\r\n";
  }

  std::string& out_;
  bool quoted_;
};

Schema schema_of_column(const query::ColumnShape& column);

Schema schema_of_rows(const query::Shape& shape) {
  Schema row = Schema::object();
  for (const auto& column : shape.columns) {
    Schema cell = schema_of_column(column);
    if (!column.meaning.empty()) cell = cell.describe(column.meaning);
    row = row.property(column.name, cell);
  }
  return Schema::array(row.named(shape.name));
}

Schema schema_of_column(const query::ColumnShape& column) {
  switch (column.kind) {
    case query::Kind::Day:
      return Schema::date();
    case query::Kind::Count:
      return Schema::integer().minimum(0);
    case query::Kind::Rate:
      return Schema::number().nullable();
    case query::Kind::Text:
      return Schema::string();
    case query::Kind::Flag:
      return Schema::boolean();
    case query::Kind::Rows:
      assert(column.rows != nullptr);
      return schema_of_rows(*column.rows);
  }
  assert(false && "a kind that has no schema");
  return Schema::object();
}

std::vector<std::string> engine_names() {
  return {query::kEngineNames.begin(), query::kEngineNames.end()};
}

Schema meta_schema() {
  return Schema::object()
      .property("from", Schema::date().describe("First day of the answer"))
      .property("to", Schema::date().describe("Last day of the answer"))
      .property("timezone", Schema::string().describe("IANA time zone of the days"))
      .property("engine", Schema::one_of_names(engine_names())
                              .describe("The engine that answered; all engines give the same data"))
      .property("exact", Schema::boolean().describe("Always true: nothing is sampled or estimated"))
      .property("as_of", Schema::string().describe("All events up to this position are counted"))
      .property("definition", Schema::string().describe("What the figures mean, in one sentence"));
}

}  // namespace

std::string answer_json(const query::Question& question, const query::Answered& answered,
                        query::PositionTag tag) {
  JsonWriter json;
  json.begin_object().key("data");
  write_rows(json, answered.answer.data, 0, answered.answer.data.rows());
  const auto days = query::days_of(question);
  json.key("meta")
      .begin_object()
      .member("from", to_string(days.from))
      .member("to", to_string(days.to))
      .member("timezone", query::scope_of(question).zone->name())
      .member("engine", answered.engine)
      .member("exact", true)
      .member("as_of", query::position_text(answered.as_of, tag))
      .member("definition", query::definition_of(question));
  for (const auto& beside : answered.answer.beside) {
    json.key(beside.name);
    write_rows(json, beside.rows, 0, beside.rows.rows());
  }
  return json.end_object().end_object().take();
}

std::string answer_csv(const query::Table& rows, bool formulas_quoted) {
  std::string out;
  write_csv_header(rows.shape(), out);
  out += "\r\n";
  CsvRows(out, formulas_quoted).write(rows, 0, rows.rows(), {});
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
  assert(size > 0);
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

Schema schema_of(const query::AnswerShape& shape, std::string_view name) {
  Schema meta = meta_schema();
  for (const auto& [beside, rows] : shape.beside) {
    meta = meta.property(beside, schema_of_rows(*rows));
  }
  meta = meta.named(shape.beside.empty() ? "Meta" : std::string(name) + "Meta");
  return Schema::object()
      .property("data", schema_of_rows(*shape.data))
      .property("meta", meta)
      .named(name);
}

}  // namespace tidemark::api
