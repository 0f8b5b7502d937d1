#include "views/live/message.hpp"

#include "query/position.hpp"
#include "wire/event_writer.hpp"

namespace tidemark::views::live {
namespace {

/// Long enough that a service which starts again is not overrun by all at once.
constexpr int kRetryMilliseconds = 2'000;

std::string id_line(event::Sequence position) {
  return "id: " + query::position_text(position) + "\n";
}

}  // namespace

void append_event(const event::StoredRow& row, std::string& out) {
  out += id_line(row.sequence + 1);
  out += "data: ";
  wire::write_event_json(row, out);  // JSON as it is stored has no line end that is not escaped
  out += "\n\n";
}

std::string opening_message(event::Sequence position) {
  return "retry: " + std::to_string(kRetryMilliseconds) + "\n" + id_line(position) + "\n";
}

std::string missed_message(std::uint64_t missed, event::Sequence position) {
  return "event: missed\n" + id_line(position) + "data: {\"missed\":" + std::to_string(missed) +
         "}\n\n";
}

std::string unknown_missed_message(event::Sequence position) {
  return "event: missed\n" + id_line(position) + "data: {\"missed\":null}\n\n";
}

std::string heartbeat_message(event::Sequence position) {
  return ": heartbeat\n" + id_line(position) + "\n";
}

}  // namespace tidemark::views::live
