#include "contract/world.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "contract/question_case.hpp"
#include "event/limits.hpp"

namespace tidemark::contract {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

/// A zone, and a day on which something happens to its clocks.
struct Place {
  const char* zone;
  std::chrono::year_month_day day;
};

using std::chrono::year;
const std::vector<Place> kPlaces = {
    {"Europe/Kyiv", year{2025} / 3 / 30},          // 23 hours
    {"Europe/Kyiv", year{2025} / 10 / 26},         // 25 hours
    {"America/New_York", year{2040} / 11 / 4},     // 25 hours, after the year 2037
    {"Australia/Lord_Howe", year{2025} / 10 / 5},  // 23.5 hours
    {"Australia/Lord_Howe", year{2025} / 4 / 6},   // 24.5 hours
    {"Asia/Kathmandu", year{2025} / 8 / 1},        // +5:45
    {"Asia/Kathmandu", year{1986} / 1 / 1},        // from +5:30 to +5:45 at midnight
    {"America/St_Johns", year{2010} / 11 / 7},     // -3:30; back at 00:01: days in two pieces
    {"America/St_Johns", year{2025} / 3 / 9},      // and 23 hours
    {"Pacific/Apia", year{2011} / 12 / 30},        // a day that never was
    {"Pacific/Chatham", year{2025} / 9 / 28},      // from +12:45 to +13:45
    {"America/Havana", year{2025} / 11 / 2},       // back from 01:00 to 00:00
    {"America/Sao_Paulo", year{2018} / 11 / 4},    // no midnight
    {"America/Sao_Paulo", year{2018} / 2 / 18},    // 23:00 to midnight twice
    {"Antarctica/Troll", year{2025} / 3 / 30},     // two hours at once
    {"Australia/Eucla", year{2025} / 2 / 28},      // +8:45
    {"Asia/Tehran", year{2022} / 9 / 22},          // +3:30, back at midnight
    {"Pacific/Kiritimati", year{2024} / 2 / 29},   // +14
    {"UTC", year{2024} / 12 / 31},
};
const std::vector<std::string> kOtherZones = {
    "Europe/London",     "Asia/Kolkata",       "Pacific/Marquesas",
    "Pacific/Pago_Pago", "America/Anchorage",  "Australia/Adelaide",
    "Africa/Casablanca", "Pacific/Kiritimati", "America/Sao_Paulo"};

const std::vector<std::string> kTypes = {
    "login", "login", "purchase",           "page_view", "a:b/c", "x=y", "zwei W\u00f6rter",
    "Z",     "a",     std::string(128, 't')};
const std::vector<std::string> kTexts = {"pro",
                                         "Pro",
                                         "free",
                                         "",
                                         "true",
                                         "null",
                                         "112",
                                         "5",
                                         "a,b",
                                         "a (b)",
                                         "\u043a\u0438\u0457\u0432"};
const std::vector<std::string> kNumbers = {"112", "112.0", "1.12e2", "-5",   "5",
                                           "0.5", "0",     "1e3",    "-0.25"};
const std::vector<std::string> kKeys = {"plan", "price", "flag", "a.b", "geo"};

std::vector<std::string> users_of_the_world() {
  std::vector<std::string> users = {
      "1", "00001", "ann", "Ann", "\u0431\u043e\u0440\u0438\u0441", std::string(256, 'u')};
  for (int i = 0; i < 50; ++i) users.push_back("user-" + std::to_string(i));
  return users;
}

std::int64_t micros_of(std::chrono::year_month_day day) {
  return std::chrono::sys_days{day}.time_since_epoch().count() * kDay;
}

}  // namespace

World::World(std::uint64_t seed, LocalDays& days) : random_(seed), days_(days) {
  const Place& place = one_of(kPlaces);
  zones_ = {place.zone, one_of(kOtherZones), "UTC"};
  middle_ = micros_of(place.day);
  now_ = middle_ - 15 * kDay;
  far_future_ = below(4) == 0;
}

std::string World::canonical(std::string id) {
  const bool is_uuid = id.size() == 36 && id[8] == '-';
  if (is_uuid) std::ranges::transform(id, id.begin(), [](char c) { return std::tolower(c); });
  return id;
}

std::string World::next_id() {
  if (!sent_.empty() && below(8) == 0) {
    std::string id = one_of(sent_);
    const bool is_uuid = id.size() == 36 && id[8] == '-';
    if (is_uuid && below(2) == 0) {
      std::ranges::transform(id, id.begin(), [](char c) { return std::toupper(c); });
    }
    return id;
  }
  std::string id = (below(2) == 0 ? "id-" : "ID-") + std::to_string(sent_.size());
  if (below(2) == 0) {
    std::array<char, 37> text{};
    std::snprintf(text.data(), text.size(), "%08zx-ab12-4cd3-8ef4-%012zx", random_() >> 32U,
                  random_() >> 16U);
    id = text.data();
  }
  sent_.push_back(id);
  return id;
}

std::int64_t World::next_instant() {
  now_ += static_cast<std::int64_t>(below(5'400'000'000));
  if (now_ > middle_ + 40 * kDay) now_ = middle_ - 15 * kDay;
  std::int64_t at = now_;
  const auto kind = below(20);
  if (kind < 5) {  // about a midnight
    const std::vector<std::int64_t> near = {-1, 0, 1, -900 * kSecond, 900 * kSecond - 1};
    at = days_.midnight_near(one_of(zones_), at) + one_of(near);
  } else if (kind < 8) {  // where the clocks change
    at = middle_ - kDay + static_cast<std::int64_t>(below(3 * 96)) * 900 * kSecond;
    at += static_cast<std::int64_t>(below(3)) - 1;
  } else if (kind < 11) {  // late
    at -= static_cast<std::int64_t>(below(40)) * kDay;
  } else if (kind == 11 && below(10) == 0) {  // long ago
    at = static_cast<std::int64_t>(below(static_cast<std::size_t>(middle_)));
  } else if (kind == 12 && far_future_ && below(10) == 0) {
    at = event::kOccurredAtEnd - 1 - static_cast<std::int64_t>(below(2 * kDay));
  }
  return std::clamp<std::int64_t>(at, event::kOccurredAtMin, event::kOccurredAtEnd - 1);
}

PropertyValue World::value() {
  using Kind = PropertyValue::Kind;
  switch (below(9)) {
    case 0:
      return {.kind = Kind::Null, .text = {}};
    case 1:
      return {.kind = Kind::True, .text = {}};
    case 2:
      return {.kind = Kind::False, .text = {}};
    case 3:
      return {.kind = Kind::Array, .text = {}};
    case 4:
    case 5:
      return {.kind = Kind::Number, .text = one_of(kNumbers)};
    default:
      return {.kind = Kind::String, .text = one_of(kTexts)};
  }
}

KnownEvent World::next_event() {
  static const std::vector<std::string> kUsers = users_of_the_world();
  KnownEvent event;
  event.id = next_id();
  event.at = next_instant();
  // Few users at first: who comes later is new.
  event.user = kUsers[below(std::min(kUsers.size(), 4 + sent_.size() / 12))];
  event.type = one_of(kTypes);
  for (const auto& key : kKeys) {
    if (below(3) == 0) continue;
    event.properties[key] = value();
    if (key == "geo" && below(3) != 0) {
      event.properties[key] = {.kind = PropertyValue::Kind::Object,
                               .text = {},
                               .members = {{"country", value()}, {"x.y", value()}}};
    }
  }
  return event;
}

/// In which zone the sender's own clock is does not matter to anything.
int World::offset_minutes() {
  static const std::vector<int> kOffsets = {0, 0, 345, -210, 825, 630, -720};
  return one_of(kOffsets);
}

AskedSegment World::segment() {
  static const std::vector<std::string> kOps = {"=",  "!=", "<",  "<=",    ">",
                                                ">=", "~",  "in", "exists"};
  AskedSegment segment{.field = "event_type", .path = {}, .op = one_of(kOps), .values = {}};
  const auto what = below(5);
  std::vector<std::string> pool = kTypes;
  if (what == 2) {
    segment.field = "user_id";
    pool = {"1", "00001", "ann", "user-1", "user-3", "5"};
  } else if (what > 2) {
    segment.field = "properties";
    segment.path = {one_of(kKeys)};
    if (segment.path[0] == "geo") segment.path.push_back(below(2) == 0 ? "country" : "x.y");
    pool = below(2) == 0 ? kTexts : kNumbers;
    for (const auto* word : {"true", "false", "null"}) pool.emplace_back(word);
  }
  if (segment.op == "exists") return segment;
  // A long list is looked up in another way than a short one.
  const std::size_t count = segment.op == "in" ? 1 + below(below(3) == 0 ? 20 : 4) : 1;
  while (segment.values.size() < count) {
    const auto& picked = one_of(pool);
    if (!picked.empty() || segment.op == "in") segment.values.push_back(picked);
  }
  return segment;
}

Asked World::question() {
  const QuestionCase& one = one_of(question_cases());
  Asked asked{.what = one_of(one.names), .tz = one_of(zones_)};
  const auto conditions = below(2) == 0 ? 0 : 1 + below(2);
  for (std::size_t i = 0; i < conditions; ++i) asked.segments.push_back(segment());
  const auto middle = static_cast<std::int32_t>(middle_ / kDay);
  auto from = middle - 30 + static_cast<std::int32_t>(below(70));
  if (below(20) == 0) from = static_cast<std::int32_t>(below(3)) - 1;  // 1970, and in the west
  const auto last = static_cast<std::int32_t>(event::kOccurredAtEnd / kDay);  // in the east
  if (far_future_ && below(10) == 0) from = last - static_cast<std::int32_t>(below(3));
  const auto days = static_cast<std::int32_t>(below(below(10) == 0 ? 400 : 45));
  one.vary(asked, from, std::min(from + days, last),
           [this](std::size_t end) { return below(end); });
  return asked;
}

}  // namespace tidemark::contract
