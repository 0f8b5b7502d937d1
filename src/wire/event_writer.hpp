#pragma once

/// Stored events as text: JSON for GET /events and exports, CSV for exports.

#include <string>
#include <string_view>

#include "event/event.hpp"

namespace tidemark::wire {

/// Appends `{"event_id":…,"occurred_at":…,"user_id":…,"event_type":…,"properties":{…},
/// "received_at":…}` without white space or a line end.
void write_event_json(const event::StoredRow& row, std::string& out);

/// Appends only the five fields that `export` writes and `import` takes.
void write_event_ndjson_line(const event::Row& row, std::string& out);

/// Appends a JSON string with its quotes. `text` is UTF-8; control characters are escaped.
void write_json_string(std::string_view text, std::string& out);

inline constexpr std::string_view kCsvHeader =
    "event_id,occurred_at,user_id,event_type,properties_json\n";

/// Appends one CSV row with its line end, with quotes where necessary.
void write_event_csv_line(const event::Row& row, std::string& out);

/// Appends one CSV cell, with quotes where necessary.
void write_csv_cell(std::string_view text, std::string& out);

/// As above for a person with a spreadsheet, which would run a text that begins with = + - @ a tab
/// or a CR: such a text gets a ' in front, and does not read back as it was.
void write_csv_cell_for_people(std::string_view text, std::string& out);
void write_event_csv_line_for_people(const event::Row& row, std::string& out);

}  // namespace tidemark::wire
