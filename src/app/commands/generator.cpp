#include "app/commands/generator.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "event/timestamp.hpp"

namespace tidemark::app {
namespace {

struct Kind {
  std::string_view name;
  double share;  ///< of all events; they sum to 1
};
constexpr std::array<Kind, 8> kKinds{{{"app_open", 0.24},
                                      {"product_view", 0.30},
                                      {"search", 0.14},
                                      {"add_to_cart", 0.12},
                                      {"login", 0.08},
                                      {"checkout", 0.05},
                                      {"purchase", 0.04},
                                      {"logout", 0.03}}};
constexpr std::array<std::string_view, 8> kCountries{"UA", "PL", "DE", "US",
                                                     "GB", "FR", "IN", "BR"};
constexpr std::array<std::string_view, 3> kPlatforms{"ios", "android", "web"};

constexpr std::int64_t kDayMs = 86'400'000;
/// How busy each hour (UTC) is, of 10.
constexpr std::array<int, 24> kHours{2, 1, 1, 1, 1, 2, 4,  6,  7, 8, 8, 8,
                                     9, 8, 8, 8, 8, 9, 10, 10, 9, 7, 5, 3};

enum Trait : std::uint64_t { kFirstDay, kCountry, kPlatform };

std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31);
}

void append_hex(std::string& out, std::uint64_t value, int digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) out += kDigits[(value >> shift) & 15U];
}

}  // namespace

Generator::Generator(Options options)
    : options_(options), state_(mix(options.seed + 0x9E3779B97F4A7C15ULL) | 1U) {}

std::uint64_t Generator::random() {
  state_ ^= state_ >> 12;
  state_ ^= state_ << 25;
  state_ ^= state_ >> 27;
  return state_ * 0x2545F4914F6CDD1DULL;
}

double Generator::fraction() { return static_cast<double>(random() >> 11) * 0x1.0p-53; }

std::uint64_t Generator::trait(std::uint64_t user, std::uint64_t which) const {
  return mix(user * 8 + which + options_.seed * 0x9E3779B97F4A7C15ULL);
}

std::uint64_t Generator::pick_user(double progress) {
  // A few tries to find a user who has begun already; so early days have fewer users.
  std::uint64_t user = 0;
  for (int attempt = 0; attempt < 8; ++attempt) {
    const double skewed = std::pow(fraction(), 2.5);
    user = std::min(static_cast<std::uint64_t>(skewed * static_cast<double>(options_.users)),
                    options_.users - 1);
    const double first = static_cast<double>(trait(user, kFirstDay) % 1'000) / 1'000;
    if (first * 0.8 <= progress) break;
  }
  return user;
}

std::int64_t Generator::pick_instant() {
  const double progress =
      (static_cast<double>(made_) + fraction()) / static_cast<double>(options_.events);
  const double day = std::floor(progress * options_.days);
  // Within the day busy hours get more: the day's share is spread along the sum of kHours.
  double within = (progress * options_.days - day) * 143;
  std::size_t hour = 0;
  while (hour + 1 < kHours.size() && within >= kHours[hour]) within -= kHours[hour++];
  const double hours = static_cast<double>(hour) + std::min(within / kHours[hour], 0.999999);
  return (options_.first_day.days + static_cast<std::int64_t>(day)) * kDayMs +
         static_cast<std::int64_t>(hours * 3'600'000);
}

void Generator::append_id(std::string& out) {
  const auto high = random();
  const auto low = random();
  append_hex(out, high >> 32, 8);
  out += '-';
  append_hex(out, (high >> 16) & 0xFFFF, 4);
  out += "-4";
  append_hex(out, high & 0xFFF, 3);
  out += '-';
  append_hex(out, ((low >> 48) & 0x3FFF) | 0x8000, 4);
  out += '-';
  append_hex(out, low & 0xFFFFFFFFFFFF, 12);
}

void Generator::append_properties(std::string& out, std::uint64_t user, std::size_t type,
                                  std::int64_t instant_ms) {
  out += R"({"country":")";
  out += kCountries[trait(user, kCountry) % kCountries.size()];
  out += R"(","platform":")";
  out += kPlatforms[trait(user, kPlatform) % kPlatforms.size()];
  out += R"(","session_id":"s)";
  append_hex(out, mix(user * 1'000 + static_cast<std::uint64_t>(instant_ms / 1'800'000)), 8);
  out += '"';
  const auto name = kKinds[type].name;
  if (name == "product_view" || name == "add_to_cart") {
    out += R"(,"product":"p)" + std::to_string(random() % 500) + '"';
  } else if (name == "purchase") {
    out += R"(,"amount":)" + std::to_string(5 + random() % 200) + "." +
           std::to_string(10 + random() % 90);
  }
  out += '}';
}

bool Generator::next(std::string& out) {
  if (made_ >= options_.events || options_.users == 0) return false;
  const auto instant_ms = pick_instant();
  const auto user = pick_user(static_cast<double>(made_) / static_cast<double>(options_.events));
  double share = fraction();
  std::size_t type = 0;
  while (type + 1 < kKinds.size() && share >= kKinds[type].share) share -= kKinds[type++].share;

  out += R"({"event_id":")";
  append_id(out);
  out += R"(","occurred_at":")" + event::to_string(instant_ms * 1'000);
  out += R"(","user_id":"u)" + std::to_string(user + 1);
  out += R"(","event_type":")";
  out += kKinds[type].name;
  out += R"(","properties":)";
  append_properties(out, user, type, instant_ms);
  out += "}\n";
  ++made_;
  return true;
}

}  // namespace tidemark::app
