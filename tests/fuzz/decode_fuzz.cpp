// Any body gives rows, faults or a refusal; and the same ones that two other readers of JSON give:
// a slow one of ours (reference_json) and simdjson's DOM.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "event/limits.hpp"
#include "must.hpp"
#include "reference_json.hpp"
#include "wire/decode.hpp"
#include "wire/event_writer.hpp"
#include "wire/property.hpp"

namespace tidemark::fuzz {
namespace {

using wire::Decoded;
using wire::Format;

const event::IdHasher kHasher{event::IdHasher::Key{}};

/// Exactly the padding that is promised, so that the sanitizer sees a byte read behind it.
wire::Body body_of(std::string_view text, char padding) {
  std::shared_ptr<char[]> bytes(new char[text.size() + wire::kBodyPaddingBytes]);
  std::copy(text.begin(), text.end(), bytes.get());
  std::fill_n(bytes.get() + text.size(), wire::kBodyPaddingBytes, padding);
  return {.text = {bytes.get(), text.size()}, .owner = bytes};
}

base::Result<Decoded> decode(std::string_view text, Format format, char padding) {
  return wire::decode(body_of(text, padding), format,
                      {.now = event::kOccurredAtEnd, .hasher = kHasher});
}

/// In steps of one event the same comes out.
void check_steps(std::string_view text, Format format, const base::Result<Decoded>& decoded) {
  wire::Decoding decoding(body_of(text, '\0'), format,
                          {.now = event::kOccurredAtEnd, .hasher = kHasher});
  while (!decoding.step(1)) {
  }
  const auto stepped = decoding.take();
  MUST(bool(stepped) == bool(decoded));
  if (!decoded) {
    MUST(stepped.error().message() == decoded.error().message());
    return;
  }
  MUST(stepped->index == decoded->index && stepped->events_count == decoded->events_count);
  MUST(stepped->faults.size() == decoded->faults.size());
  for (std::size_t i = 0; i < decoded->index.size(); ++i) {
    MUST(stepped->batch.rows[i].id_hash == decoded->batch.rows[i].id_hash);
  }
}

void check_counts(const Decoded& decoded) {
  MUST(decoded.batch.rows.size() == decoded.index.size());
  MUST(decoded.events_count == decoded.index.size() + decoded.rejected.size());
  std::vector<bool> seen(decoded.events_count);
  for (const std::uint32_t index : decoded.index) {
    MUST(index < seen.size() && !seen[index]);
    seen[index] = true;
  }
  std::uint32_t next_fault = 0;
  for (const wire::Rejected& rejected : decoded.rejected) {
    MUST(rejected.index < seen.size() && !seen[rejected.index]);
    seen[rejected.index] = true;
    MUST(rejected.first_fault == next_fault && rejected.fault_count > 0);
    next_fault += rejected.fault_count;
  }
  MUST(next_fault == decoded.faults.size());
  for (const wire::EventFault& fault : decoded.faults) {
    MUST(simdjson::validate_utf8(fault.message.data(), fault.message.size()));
    MUST(simdjson::validate_utf8(fault.field.data(), fault.field.size()));
  }
}

/// A row, written out and read again, is the same row.
void check_round_trip(const event::Row& row) {
  MUST(!row.id.empty() && row.id.size() <= event::kEventIdBytesMax);
  MUST(!row.user_id.empty() && row.user_id.size() <= event::kUserIdBytesMax);
  MUST(!row.event_type.empty() && row.event_type.size() <= event::kEventTypeBytesMax);
  MUST(row.properties.size() <= event::kPropertiesBytesMax);
  std::string line;
  wire::write_event_ndjson_line(row, line);
  const auto again = decode(line, Format::Ndjson, '\0');
  MUST(again && again->batch.rows.size() == 1);
  const event::Row& read = again->batch.rows[0];
  MUST(read.id == row.id && read.user_id == row.user_id && read.event_type == row.event_type);
  MUST(read.occurred_at == row.occurred_at && read.properties == row.properties);
  MUST(read.id_hash == row.id_hash);
}

/// The nodes of a body that are events.
std::vector<const Node*> events_of(const Node& body) {
  std::vector<const Node*> events;
  const Node* list = body.kind == Node::Kind::Array ? &body : nullptr;
  if (body.kind == Node::Kind::Object && body.keys.size() == 1 &&
      meaning(body.keys[0]) == u"events" && body.children[0].kind == Node::Kind::Array) {
    list = &body.children[0];
  }
  if (list == nullptr) return {&body};
  for (const Node& element : list->children) events.push_back(&element);
  return events;
}

void check_properties(const event::Row& row, const Node& node) {
  const Node* sent = nullptr;
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    if (meaning(node.keys[i]) == u"properties") sent = &node.children[i];
  }
  if (sent == nullptr || sent->kind != Node::Kind::Object) {
    MUST(row.properties == "{}");
    return;
  }
  MUST(row.properties == canonical(*sent));
  for (const std::string& key : sent->keys) {
    std::string scratch;
    const std::vector<std::string> path{std::string(wire::unescaped(key, scratch))};
    MUST(wire::find_property(row.properties, path).kind != wire::PropertyKind::Absent);
  }
  MUST(wire::same_json(row.properties, " " + std::string(row.properties) + "\n"));
}

void check_json(std::string_view text, const base::Result<Decoded>& decoded) {
  const std::string_view plain = text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text;
  const bool utf8 = simdjson::validate_utf8(text.data(), text.size());
  bool too_deep = false;
  const std::optional<Node> reference = utf8 ? read_reference(plain, too_deep) : std::nullopt;
  if (decoded && !reference && text.find('\n') != std::string_view::npos) {
    // Objects on lines of their own: the same as if they had been called lines.
    const auto lines = decode(text, Format::Ndjson, '\0');
    MUST(lines && lines->events_count == decoded->events_count);
    MUST(lines->batch.rows.size() == decoded->batch.rows.size());
    return;
  }
  if (!too_deep) MUST(bool(decoded) == reference.has_value());

  simdjson::dom::parser parser;
  const auto error = parser.parse(plain.data(), plain.size()).error();
  if (error == simdjson::SUCCESS) MUST(decoded);
  if (decoded && error != simdjson::SUCCESS) {
    // An unpaired surrogate is not a string to simdjson; to us it is the fault of one event.
    MUST(error == simdjson::NUMBER_ERROR || error == simdjson::DEPTH_ERROR ||
         error == simdjson::STRING_ERROR);
  }
  if (!decoded || !reference) return;
  const auto events = events_of(*reference);
  MUST(events.size() == decoded->events_count);
  for (std::size_t i = 0; i < decoded->batch.rows.size(); ++i) {
    check_properties(decoded->batch.rows[i], *events[decoded->index[i]]);
  }
  for (const wire::Rejected& rejected : decoded->rejected) {
    MUST(rejected.raw == events[rejected.index]->text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 1) return 0;
  const auto format = (bytes[0] & 1) != 0 ? Format::Ndjson : Format::Json;
  const char padding = (bytes[0] & 2) != 0 ? '"' : (bytes[0] & 4) != 0 ? '0' : '}';
  const std::string_view text{reinterpret_cast<const char*>(bytes) + 1, size - 1};
  const auto decoded = decode(text, format, padding);
  if (decoded) {
    check_counts(*decoded);
    for (const event::Row& row : decoded->batch.rows) check_round_trip(row);
  } else {
    MUST(decoded.error().code() == base::ErrorCode::InvalidInput);
  }
  check_steps(text, format, decoded);
  if (format == Format::Json) check_json(text, decoded);
  return 0;
}

}  // namespace tidemark::fuzz
