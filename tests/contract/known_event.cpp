#include "contract/known_event.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace tidemark::contract {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string object(const Properties& members);

std::string to_json(const PropertyValue& value) {
  switch (value.kind) {
    case PropertyValue::Kind::Null:
      return "null";
    case PropertyValue::Kind::True:
      return "true";
    case PropertyValue::Kind::False:
      return "false";
    case PropertyValue::Kind::Number:
      return value.text;
    case PropertyValue::Kind::String:
      return quoted(value.text);
    case PropertyValue::Kind::Array:
      return "[1,\"pro\"]";
    case PropertyValue::Kind::Object:
      return object(value.members);
  }
  return "";
}

std::string object(const Properties& members) {
  std::string out = "{";
  for (const auto& [key, value] : members) {
    if (out.size() > 1) out += ',';
    out += quoted(key) + ':' + to_json(value);
  }
  return out + '}';
}

std::string instant(std::int64_t at, int offset_minutes) {
  using namespace std::chrono;  // NOLINT(google-build-using-namespace): calendars read better so
  const sys_time<microseconds> local{microseconds{at} + minutes{offset_minutes}};
  const auto day = floor<days>(local);
  const year_month_day date{day};
  const hh_mm_ss time{local - day};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06d%c%02d:%02d",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                static_cast<int>(time.subseconds().count()), offset_minutes < 0 ? '-' : '+',
                std::abs(offset_minutes) / 60, std::abs(offset_minutes) % 60);
  return text.data();
}

}  // namespace

std::string to_ndjson(const KnownEvent& event, int offset_minutes) {
  return "{\"event_id\":" + quoted(event.id) + ",\"occurred_at\":\"" +
         instant(event.at, offset_minutes) + "\",\"user_id\":" + quoted(event.user) +
         ",\"event_type\":" + quoted(event.type) + ",\"properties\":" + object(event.properties) +
         "}\n";
}

}  // namespace tidemark::contract
