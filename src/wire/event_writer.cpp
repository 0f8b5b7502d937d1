#include "wire/event_writer.hpp"

#include <array>

#include "event/timestamp.hpp"

namespace tidemark::wire {
namespace {

bool must_be_escaped(char c) {
  return c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' ';
}

void put_escape(char c, std::string& out) {
  switch (c) {
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '"':
    case '\\':
      out += '\\';
      out += c;
      return;
    default: {
      constexpr std::string_view kDigits = "0123456789abcdef";
      const auto byte = static_cast<unsigned char>(c);
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
}

void put_instant(base::Micros instant, std::string& out) {
  std::array<char, event::kTimestampTextBytesMax> text{};
  out.append(text.data(), static_cast<std::size_t>(event::write_timestamp(instant, text.data())));
}

/// The five fields, without the last bracket.
void put_fields(const event::Row& row, std::string& out) {
  out += R"({"event_id":)";
  write_json_string(row.id, out);
  out += R"(,"occurred_at":")";
  put_instant(row.occurred_at, out);
  out += R"(","user_id":)";
  write_json_string(row.user_id, out);
  out += R"(,"event_type":)";
  write_json_string(row.event_type, out);
  out += R"(,"properties":)";
  out += row.properties;
}

}  // namespace

void write_json_string(std::string_view text, std::string& out) {
  out += '"';
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!must_be_escaped(text[i])) continue;
    out += text.substr(begin, i - begin);
    put_escape(text[i], out);
    begin = i + 1;
  }
  out += text.substr(begin);
  out += '"';
}

void write_event_json(const event::StoredRow& row, std::string& out) {
  put_fields(row, out);
  out += R"(,"received_at":")";
  put_instant(row.received_at, out);
  out += "\"}";
}

void write_event_ndjson_line(const event::Row& row, std::string& out) {
  put_fields(row, out);
  out += "}\n";
}

void write_csv_cell(std::string_view text, std::string& out) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void write_csv_cell_for_people(std::string_view text, std::string& out) {
  constexpr std::string_view kRun = "=+-@\t\r";
  const bool runs = !text.empty() && kRun.find(text.front()) != std::string_view::npos;
  if (runs) return write_csv_cell("'" + std::string(text), out);
  write_csv_cell(text, out);
}

namespace {

using WriteCell = void (*)(std::string_view text, std::string& out);

void put_csv_line(const event::Row& row, WriteCell write_cell, std::string& out) {
  write_cell(row.id, out);
  out += ',';
  put_instant(row.occurred_at, out);
  out += ',';
  write_cell(row.user_id, out);
  out += ',';
  write_cell(row.event_type, out);
  out += ',';
  write_cell(row.properties, out);
  out += '\n';
}

}  // namespace

void write_event_csv_line(const event::Row& row, std::string& out) {
  put_csv_line(row, &write_csv_cell, out);
}

void write_event_csv_line_for_people(const event::Row& row, std::string& out) {
  put_csv_line(row, &write_csv_cell_for_people, out);
}

}  // namespace tidemark::wire
