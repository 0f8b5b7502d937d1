#include "api/quarantine_rows.hpp"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

#include "base/base64.hpp"
#include "http/json_reader.hpp"
#include "wire/byte_source.hpp"
#include "wire/decode.hpp"
#include "wire/event_writer.hpp"
#include "wire/inflate.hpp"
#include "wire/reader.hpp"

namespace tidemark::api {
namespace {

using base::Error;
using base::ErrorCode;
using boost::json::object;
using http::Schema;
using quarantine::QuarantinedEvent;
using quarantine::RawFormat;

constexpr std::size_t kSourceBytesMax = 4'096;
constexpr std::size_t kFaultsMax = 100;

Error bad_row(std::size_t index, std::string_view what) {
  return {ErrorCode::InvalidInput, "row " + std::to_string(index) + ": " + std::string(what)};
}

std::optional<std::string> text_in(const object& in, std::string_view name) {
  const auto* value = in.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

std::optional<std::string> raw_of(const object& row) {
  if (auto text = text_in(row, "raw")) return text;
  const auto encoded = text_in(row, "raw_base64");
  return encoded ? base::from_base64(*encoded) : std::nullopt;
}

std::optional<std::vector<quarantine::QuarantineFault>> faults_of(const object& row) {
  const auto* errors = row.if_contains("errors");
  if (errors == nullptr || !errors->is_array()) return std::nullopt;
  const auto& told = errors->get_array();
  if (told.empty() || told.size() > kFaultsMax) return std::nullopt;
  std::vector<quarantine::QuarantineFault> faults;
  for (const auto& error : told) {
    if (!error.is_object()) return std::nullopt;
    auto field = text_in(error.get_object(), "field");
    auto code = text_in(error.get_object(), "code");
    auto message = text_in(error.get_object(), "message");
    if (!field || !code || !message) return std::nullopt;
    faults.push_back({std::move(*field), std::move(*code), std::move(*message)});
  }
  return faults;
}

base::Result<QuarantinedEvent> read_row(const boost::json::value& value, std::size_t index) {
  if (!value.is_object()) return bad_row(index, "expected an object");
  const auto& row = value.get_object();
  QuarantinedEvent event;
  auto source = text_in(row, "source");
  if (!source || source->empty() || source->size() > kSourceBytesMax || *source == "http") {
    return bad_row(index, "`source` must be FILE:LINE, at most 4096 bytes");
  }
  const auto format = text_in(row, "format");
  if (format != "json" && format != "csv") return bad_row(index, "`format` must be json or csv");
  auto raw = raw_of(row);
  if (!raw)
    return bad_row(index,
                   "`raw` must be a string, or `raw_base64` must hold its bytes in base64url");
  auto faults = faults_of(row);
  if (!faults) {
    return bad_row(index, "`errors` must be 1 to 100 objects with field, code and message");
  }
  event.source = std::move(*source);
  event.format = format == "csv" ? RawFormat::Csv : RawFormat::Json;
  event.raw = std::move(*raw);
  event.faults = std::move(*faults);
  return event;
}

wire::DecodeOptions options_of(const Service& service, event::ProjectId project) {
  return {.project = project,
          .now = service.clock.now(),
          .hasher = service.hasher,
          .limits = {.future_max = service.limits.future_max}};
}

/// The one good row of a CSV text as NDJSON: a reader of files holds far more memory than a row.
std::optional<std::string> csv_as_json(const std::string& csv, const wire::DecodeOptions& options) {
  auto reader = wire::open_reader(wire::FileFormat::Csv, wire::text_source(csv), options);
  if (!reader) return std::nullopt;
  const auto read = (*reader)->next(2);
  if (!read || read->rows_count != 1 || read->batch.rows.size() != 1) return std::nullopt;
  std::string line;
  wire::write_event_ndjson_line(read->batch.rows.front(), line);
  return line;
}

}  // namespace

base::Result<std::vector<QuarantinedEvent>> read_rows(std::string_view body,
                                                      event::ProjectId project, base::Micros now) {
  auto value = http::read_json(body);
  if (!value) return value.error();
  const auto* list = value->is_object() ? value->get_object().if_contains("rows") : nullptr;
  if (list == nullptr || !list->is_array() || list->get_array().size() > kRowsMax) {
    return Error{ErrorCode::InvalidInput, "expected {\"rows\":[…]} with at most 1000 rows"};
  }
  std::vector<QuarantinedEvent> rows;
  for (std::size_t i = 0; i < list->get_array().size(); ++i) {
    auto row = read_row(list->get_array()[i], i);
    if (!row) return row.error();
    row->rejected_at = now;
    row->project = project;
    rows.push_back(std::move(*row));
  }
  return rows;
}

Schema rows_schema() {
  const auto fault = Schema::object()
                         .property("field", Schema::string())
                         .property("code", Schema::string())
                         .property("message", Schema::string());
  const auto row =
      Schema::object()
          .property("source", Schema::string().length(1, kSourceBytesMax).describe("FILE:LINE"))
          .property(
              "format",
              Schema::one_of_names({"json", "csv"}).describe("csv: a header line and one row"))
          .optional_property("raw", Schema::string().describe("The row as it is in the file"))
          .optional_property("raw_base64", Schema::string().describe(
                                               "The row in base64url without padding, instead of "
                                               "`raw`, where the row is not UTF-8"))
          .property("errors", Schema::array(fault).items_max(kFaultsMax))
          .named("RejectedRow");
  return Schema::object()
      .property("rows", Schema::array(row).items_max(kRowsMax))
      .named("RejectedRows");
}

boost::json::value rows_example() {
  const object fault{{"field", "user_id"}, {"code", "empty"}, {"message", "is empty"}};
  const object row{{"source", "events.ndjson:3"},
                   {"format", "json"},
                   {"raw", R"({"event_id":"1","user_id":""})"},
                   {"errors", boost::json::array{fault}}};
  return object{{"rows", boost::json::array{row}}};
}

std::string_view name_of(RawFormat format) {
  switch (format) {
    case RawFormat::Json:
      return "json";
    case RawFormat::Csv:
      return "csv";
  }
  assert(false && "a format that has no name");
  return "";
}

std::optional<event::Batch> read_again(const Service& service, event::ProjectId project,
                                       const QuarantinedEvent& kept) {
  auto options = options_of(service, project);
  std::string json = kept.raw;
  if (kept.format == RawFormat::Csv) {
    auto line = csv_as_json(kept.raw, options);
    if (!line) return std::nullopt;
    json = std::move(*line);
  }
  // As an element of an array: there an array or an envelope is not an event, nor was it one
  // before.
  json.insert(0, "[").append("]");
  options.limits.body_bytes_max = json.size();
  auto decoded = wire::decode(wire::padded_body(json), wire::Format::Json, options);
  if (!decoded || decoded->events_count != 1 || decoded->batch.rows.size() != 1) {
    return std::nullopt;
  }
  return std::move(decoded->batch);
}

}  // namespace tidemark::api
