#include "wire/form.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tidemark::wire {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::size_t kFieldsMax = 1'000;
// A browser sends 64 KiB in all its beacons under way. Larger forms would be copied where others
// wait.
constexpr std::size_t kFormBytesMax = std::size_t{1} << 20U;
constexpr std::size_t kBoundaryBytesMax = 70;  // RFC 2046, 5.1.1
constexpr std::string_view kSpace = " \t\r\n";

Error bad_form(const std::string& what) {
  return {ErrorCode::InvalidInput, "the form cannot be read: " + what};
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trimmed(std::string_view text, std::string_view space = kSpace) {
  const std::size_t begin = text.find_first_not_of(space);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

/// The value of `; name=value` or `; name="value"`; empty where there is none.
std::string_view parameter(std::string_view header, std::string_view name) {
  for (std::size_t at = header.find(';'); at != std::string_view::npos; at = header.find(';')) {
    header.remove_prefix(at + 1);
    const std::size_t equals = header.find('=');
    if (equals == std::string_view::npos) return {};
    const bool found = equal_ignoring_case(trimmed(header.substr(0, equals)), name);
    const std::string_view rest = header.substr(equals + 1);
    const bool quoted = rest.starts_with('"');
    const std::size_t end = quoted ? rest.find('"', 1) : std::min(rest.find(';'), rest.size());
    if (end == std::string_view::npos) return {};
    if (found) return quoted ? rest.substr(1, end - 1) : trimmed(rest.substr(0, end));
    header = rest.substr(end);
  }
  return {};
}

/// 16 and more for a character that is not a hexadecimal digit.
unsigned digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  const char small = lower(c);
  return small >= 'a' && small <= 'f' ? static_cast<unsigned>(small - 'a') + 10U : 16U;
}

/// A `%` without two digits stays as it is, as in every browser's own reader.
std::string url_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digits = text[i] == '%' && i + 2 < text.size() && digit_of(text[i + 1]) < 16 &&
                        digit_of(text[i + 2]) < 16;
    if (digits) {
      out += static_cast<char>(digit_of(text[i + 1]) * 16 + digit_of(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

base::Result<std::vector<FormField>> fields_of_pairs(std::string_view form) {
  std::vector<FormField> fields;
  form = trimmed(form);
  while (!form.empty()) {
    const std::size_t end = std::min(form.find('&'), form.size());
    const std::string_view pair = form.substr(0, end);
    form.remove_prefix(std::min(end + 1, form.size()));
    if (pair.empty()) continue;
    if (fields.size() == kFieldsMax) return bad_form("it has more than 1000 fields");
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    fields.push_back({url_decoded(pair.substr(0, equals)), url_decoded(value)});
  }
  return fields;
}

/// Takes a line without its CR LF off the front.
std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 2);
  return line;
}

/// The name that a part's lines give it; its content is what is left of `part`.
base::Result<std::string> name_of_part(std::string_view& part) {
  std::string name;
  for (;;) {
    const auto line = take_line(part);
    if (!line) return bad_form("the header lines of a part do not end");
    if (line->empty()) break;
    const std::size_t colon = std::min(line->find(':'), line->size());
    if (equal_ignoring_case(line->substr(0, colon), "Content-Disposition")) {
      name = std::string(parameter(line->substr(colon), "name"));
    }
  }
  if (name.empty()) return bad_form("a part has no name");
  return name;
}

base::Result<std::vector<FormField>> fields_of_parts(std::string_view boundary,
                                                     std::string_view form) {
  if (boundary.empty() || boundary.size() > kBoundaryBytesMax) {
    return bad_form("its Content-Type must have a boundary=… of 1 to 70 bytes");
  }
  const std::string mark = "\r\n--" + std::string(boundary);
  std::vector<FormField> fields;
  // The first mark may be the first thing.
  const std::size_t at = form.starts_with(std::string_view(mark).substr(2)) ? 0 : form.find(mark);
  if (at == std::string_view::npos) return bad_form("its boundary does not occur in the body");
  form.remove_prefix(at + mark.size() - (at == 0 && !form.starts_with("\r\n") ? 2 : 0));
  while (!form.starts_with("--")) {
    const auto rest = take_line(form);
    if (!rest || !trimmed(*rest).empty())
      return bad_form("there are bytes after a boundary on the same line");
    // After the lines of a part there is an empty one, whose end may begin the mark.
    const std::size_t end = form.find(mark);
    if (end == std::string_view::npos) return bad_form("its last boundary is missing");
    std::string_view part = form.substr(0, end);
    if (fields.size() == kFieldsMax) return bad_form("it has more than 1000 fields");
    auto name = name_of_part(part);
    if (!name) return name.error();
    fields.push_back({*std::move(name), std::string(part)});
    form.remove_prefix(end + mark.size());
  }
  return fields;
}

bool has_events(const FormField& field) {
  constexpr std::array<std::string_view, 3> kNames = {"events", "event", "data"};
  return std::ranges::find(kNames, field.name) != kNames.end();
}

bool is_json(std::string_view value) {
  const std::string_view text = trimmed(value);
  return text.starts_with('{') || text.starts_with('[');
}

void append_text(std::string& json, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  json += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') json += '\\';
    if (byte >= 0x20) {
      json += c;
    } else {
      json += "\\u00";
      json += kHex[byte >> 4U];
      json += kHex[byte & 15U];
    }
  }
  json += '"';
}

/// In a form everything is text: its look decides what is a number or an object in JSON.
void append_value(std::string& json, const FormField& field) {
  const bool digits = !field.value.empty() && field.value.size() < 19 &&
                      std::ranges::all_of(field.value, [](char c) { return c >= '0' && c <= '9'; });
  const bool milliseconds = field.name == "occurred_at" && digits && !field.value.starts_with('0');
  if (milliseconds || (field.name == "properties" && is_json(field.value))) {
    json += field.value;
  } else {
    append_text(json, field.value);
  }
}

std::string event_of(const std::vector<FormField>& fields) {
  std::string json = "{";
  for (const FormField& field : fields) {
    // A field of a form that was left empty was not filled in.
    if (field.name == "properties" && trimmed(field.value).empty()) continue;
    if (json.size() > 1) json += ',';
    append_text(json, field.name);
    json += ':';
    append_value(json, field);
  }
  return json + "}";
}

bool is_of_an_event(const FormField& field) {
  constexpr std::array<std::string_view, 5> kNames = {"event_id", "occurred_at", "user_id",
                                                      "event_type", "properties"};
  return std::ranges::find(kNames, field.name) != kNames.end();
}

/// The text that `decode` is to read.
base::Result<std::string> events_of(const std::vector<FormField>& fields) {
  std::string events;
  for (const FormField& field : fields) {
    if (!has_events(field)) continue;
    if (!events.empty()) events += '\n';
    events += field.value;
  }
  if (!events.empty()) return events;
  if (fields.size() == 1 && is_json(fields.front().value)) return fields.front().value;
  if (!fields.empty() && std::ranges::all_of(fields, is_of_an_event)) return event_of(fields);
  return Error{ErrorCode::InvalidInput,
               "the form has no events: expected JSON in a field `events`, or the fields of one "
               "event (event_id, occurred_at, user_id, event_type, properties)"};
}

Body owned(std::string text) {
  const std::size_t bytes = text.size();
  text.append(kBodyPaddingBytes, '\0');
  auto owner = std::make_shared<const std::string>(std::move(text));
  const std::string_view view = std::string_view(*owner).substr(0, bytes);
  return {.text = view, .owner = std::move(owner)};
}

}  // namespace

std::optional<FormKind> form_kind_of(std::string_view content_type) {
  const std::string_view type = trimmed(content_type.substr(0, content_type.find(';')));
  if (equal_ignoring_case(type, "multipart/form-data")) return FormKind::Multipart;
  if (equal_ignoring_case(type, "application/x-www-form-urlencoded")) return FormKind::UrlEncoded;
  return std::nullopt;
}

base::Result<std::vector<FormField>> fields_of_form(FormKind kind, std::string_view content_type,
                                                    std::string_view form) {
  if (kind == FormKind::Multipart) {
    return fields_of_parts(parameter(content_type, "boundary"), form);
  }
  return fields_of_pairs(form);
}

base::Result<Body> events_of_form(FormKind kind, std::string_view content_type, Body body) {
  if (kind == FormKind::UrlEncoded && is_json(body.text)) return body;
  if (body.text.size() > kFormBytesMax) {
    return Error{ErrorCode::TooLarge,
                 "the form is larger than 1 MiB; send a larger body as JSON or NDJSON"};
  }
  const auto fields = fields_of_form(kind, content_type, body.text);
  if (!fields) return fields.error();
  auto events = events_of(*fields);
  if (!events) return events.error();
  return owned(*std::move(events));
}

}  // namespace tidemark::wire
