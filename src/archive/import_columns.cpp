#include "archive/import_columns.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <string_view>

namespace tidemark::archive {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::array<std::string_view, 4> kRequired = {"event_id", "occurred_at", "user_id",
                                                       "event_type"};
// Our own segments have them; they are given anew to what is imported.
constexpr std::array<std::string_view, 3> kIgnored = {"received_at", "sequence", "project"};
constexpr std::array<std::string_view, 8> kIntegers = {
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"};

bool is_among(std::string_view word, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

Error wrong_type(const FoundColumn& column, std::string_view wanted) {
  return {ErrorCode::InvalidInput,
          column.name + ": the column must hold " + std::string(wanted) + ", not " + column.type};
}

/// The columns of one file, by the field that they are of.
class Fields {
 public:
  base::Status place(const FoundColumn& column) {
    if (is_among(column.name, kIgnored)) return base::ok;
    const auto field = field_of(column.name);
    if (field.empty()) {
      return Error(ErrorCode::InvalidInput,
                   column.name +
                       ": unknown column; known are event_id, occurred_at, user_id, "
                       "event_type, properties");
    }
    if (find(field) != nullptr) {
      return Error(ErrorCode::InvalidInput,
                   column.name + ": another column holds this field already");
    }
    placed_.emplace_back(field, &column);
    return base::ok;
  }

  [[nodiscard]] const FoundColumn* find(std::string_view field) const {
    for (const auto& [name, column] : placed_) {
      if (name == field) return column;
    }
    return nullptr;
  }

 private:
  static std::string_view field_of(std::string_view column) {
    if (column == "properties" || column == "properties_json") return "properties";
    if (column == "event_uuid" || column == "event_key") return column;
    return is_among(column, kRequired) ? column : std::string_view();
  }

  std::vector<std::pair<std::string_view, const FoundColumn*>> placed_;
};

/// Integers, too, where a database knows no other numbers.
bool is_whole_number(std::string_view type) {
  return is_among(type, kIntegers) || (type.starts_with("DECIMAL(") && type.ends_with(",0)"));
}

/// Bytes stay as they are: whether they are text is told row by row.
base::Result<std::string> as_text(const FoundColumn& column) {
  if (column.type == "BLOB") return quoted_name(column.name);
  const bool text = column.type == "VARCHAR" || column.type == "UUID" || column.type == "JSON" ||
                    column.type == kNullType || column.type.starts_with("ENUM") ||
                    is_whole_number(column.type);
  if (!text) return wrong_type(column, "text, UUIDs or integers");
  return "CAST(" + quoted_name(column.name) + " AS VARCHAR)";
}

base::Result<std::string> event_id(const Fields& fields) {
  const auto* uuid = fields.find("event_uuid");
  const auto* key = fields.find("event_key");
  const auto* id = fields.find("event_id");
  assert(uuid != nullptr || key != nullptr || id != nullptr);
  if (uuid == nullptr && key == nullptr) return as_text(*id);
  if (id != nullptr || uuid == nullptr || key == nullptr) {
    return Error(ErrorCode::InvalidInput,
                 "event_id: give either this column or event_uuid and event_key");
  }
  auto first = as_text(*uuid);
  if (!first) return first;
  auto second = as_text(*key);
  if (!second) return second;
  if (uuid->type != "BLOB" && key->type == "BLOB") *first = "encode(" + *first + ")";
  if (uuid->type == "BLOB" && key->type != "BLOB") *second = "encode(" + *second + ")";
  return "coalesce(" + *first + ", " + *second + ")";
}

base::Result<std::string> occurred_at(const FoundColumn& column, InstantKind& kind) {
  const std::string name = quoted_name(column.name);
  if (column.type == "TIMESTAMP WITH TIME ZONE") return name;
  // A time without a zone is in UTC, the zone of every query here. Cut to the microsecond, not
  // rounded.
  if (column.type == "TIMESTAMP_NS")
    return "make_timestamp(epoch_ns(" + name + ") // 1000)::TIMESTAMPTZ";
  if (column.type.starts_with("TIMESTAMP")) return name + "::TIMESTAMP::TIMESTAMPTZ";
  kind = InstantKind::Text;
  if (column.type == "VARCHAR" || column.type == "BLOB") return name;
  if (column.type == kNullType) return "CAST(" + name + " AS VARCHAR)";
  kind = InstantKind::Milliseconds;
  // A number that is too large stays so, and is reported with its row.
  if (column.type == "UBIGINT") return "least(" + name + ", 9223372036854775807)::BIGINT";
  if (is_among(column.type, kIntegers)) return name + "::BIGINT";
  return wrong_type(column, "timestamps, text or integers (milliseconds)");
}

bool is_object(std::string_view type) {
  return (type.starts_with("STRUCT(") || type.starts_with("MAP(")) && type.ends_with(')');
}

base::Result<std::string> properties(const FoundColumn* column) {
  if (column == nullptr || column->type == kNullType) return std::string("NULL::VARCHAR");
  const std::string name = quoted_name(column->name);
  if (column->type == "BLOB") return name;
  if (column->type == "VARCHAR" || column->type == "JSON") return "CAST(" + name + " AS VARCHAR)";
  if (!is_object(column->type)) return wrong_type(*column, "JSON text, structs or maps");
  return "CASE WHEN " + name + " IS NULL THEN NULL ELSE CAST(to_json(" + name + ") AS VARCHAR) END";
}

bool are_properties(const FoundColumn& column) {
  return column.name == "properties" || column.name == "properties_json";
}

}  // namespace

std::string quoted_name(std::string_view name) {
  std::string quoted = "\"";
  for (const char letter : name) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + '"';
}

bool bytes_within(std::span<const FoundColumn> found) {
  return std::ranges::any_of(found, [](const FoundColumn& column) {
    return are_properties(column) && is_object(column.type) &&
           column.type.find("BLOB") != std::string::npos;
  });
}

bool may_be_nulls_alone(const FoundColumn& column) {
  const bool fits = column.type == "VARCHAR" || column.type == "JSON" || column.type == "BLOB" ||
                    column.type == kNullType || is_object(column.type);
  return are_properties(column) && !fits;
}

base::Result<ImportColumns> import_columns(std::span<const FoundColumn> found) {
  Fields fields;
  for (const auto& column : found) {
    if (auto placed = fields.place(column); !placed) return placed.error();
  }
  const bool own_ids = fields.find("event_uuid") != nullptr || fields.find("event_key") != nullptr;
  for (const auto field : kRequired) {
    if (fields.find(field) != nullptr || (own_ids && field == "event_id")) continue;
    return Error(ErrorCode::InvalidInput, std::string(field) + ": there is no such column");
  }
  ImportColumns columns;
  const auto event_type = fields.find("event_type");
  const base::Result<std::string> expressions[] = {
      event_id(fields), occurred_at(*fields.find("occurred_at"), columns.instant),
      as_text(*fields.find("user_id")), as_text(*event_type),
      properties(fields.find("properties"))};
  for (const auto& expression : expressions) {
    if (!expression) return expression.error();
    if (!columns.select.empty()) columns.select += ", ";
    columns.select += *expression;
  }
  return columns;
}

}  // namespace tidemark::archive
