#include "event/zone.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>

#include <absl/time/time.h>

#include "base/check.hpp"
#include "event/limits.hpp"

namespace tidemark::event {
namespace {

using base::Micros;

constexpr std::size_t kNameBytesMax = 64;  // the longest of IANA has 32

std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
  assert(by > 0);
  const std::int64_t quotient = value / by;
  return quotient - (value % by < 0 ? 1 : 0);
}

Micros offset_micros(const OffsetPeriod& period) {
  return period.offset_seconds * base::kMicrosPerSecond;
}

/// FNV-1a, and not base/hash: snapshots on the disks of users know the days of a zone by it.
std::uint64_t hash_of(const std::vector<OffsetPeriod>& periods) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&hash](std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) {
      hash = (hash ^ ((value >> shift) & 0xff)) * 0x100000001b3;
    }
  };
  for (const OffsetPeriod& period : periods) {
    add(static_cast<std::uint64_t>(period.begin));
    add(static_cast<std::uint64_t>(std::int64_t{period.offset_seconds}));
  }
  return hash;
}

/// Whether `name` has the form of an IANA name, so that it can only be a path below the folder of
/// the rules. That folder also holds every zone twice more, once with leap seconds, and links to
/// this machine's zone; those are not IANA names.
bool well_formed(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax) return false;
  char before = '/';
  for (const char c : name) {
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    const bool digit = c >= '0' && c <= '9';
    if (!letter && !digit && c != '/' && c != '_' && c != '-' && c != '+') return false;
    if (before == '/' && !letter) return false;
    before = c;
  }
  if (before == '/') return false;
  const std::string_view folder = name.substr(0, name.find('/'));
  const auto is_not_iana = {"posix", "right", "Fixed", "localtime", "posixrules", "Factory"};
  return std::find(is_not_iana.begin(), is_not_iana.end(), folder) == is_not_iana.end();
}

/// Looked for before Abseil is asked, which remembers each name that it did not find for ever.
bool has_rules(std::string_view name) {
  const char* const folder = std::getenv("TZDIR");  // where Abseil looks, too
  std::ifstream file(
      std::string(folder != nullptr ? folder : "/usr/share/zoneinfo") + "/" + std::string(name),
      std::ios::binary);
  std::array<char, 4> magic{};
  return file.read(magic.data(), magic.size()) && std::string_view(magic.data(), 4) == "TZif";
}

Micros micros(absl::Time time) { return absl::ToUnixMicros(time); }

std::vector<OffsetPeriod> periods_of(const absl::TimeZone& rules) {
  std::vector<OffsetPeriod> periods;
  const auto add = [&](absl::Time from) {
    const std::int32_t offset = rules.At(from).offset;
    // Some transitions change only the name of the time.
    if (!periods.empty() && periods.back().offset_seconds == offset) return;
    periods.push_back({.begin = micros(from), .end = kOccurredAtEnd, .offset_seconds = offset});
  };

  absl::Time at = absl::FromUnixMicros(kOccurredAtMin);
  add(at);
  for (absl::TimeZone::CivilTransition change; rules.NextTransition(at, &change);) {
    at = rules.At(change.to).trans;
    if (micros(at) >= kOccurredAtEnd) break;
    add(at);
  }
  for (std::size_t i = 1; i < periods.size(); ++i) periods[i - 1].end = periods[i].begin;
  return periods;
}

/// Bounded by the number of zones that the system's tzdata has.
struct Cache {
  std::mutex mutex;
  std::map<std::string, ZonePtr, std::less<>> zones;
};

Cache& cache() {
  static Cache only;
  return only;
}

}  // namespace

Zone::Zone(std::string name, std::vector<OffsetPeriod> periods)
    : name_(std::move(name)), periods_(std::move(periods)), rules_hash_(hash_of(periods_)) {
  TIDEMARK_CHECK(!periods_.empty());
  TIDEMARK_CHECK(periods_.front().begin == kOccurredAtMin);
  TIDEMARK_CHECK(periods_.back().end == kOccurredAtEnd);
  for (std::size_t i = 1; i < periods_.size(); ++i) {
    TIDEMARK_CHECK(periods_[i - 1].end == periods_[i].begin);
    TIDEMARK_CHECK(periods_[i].begin < periods_[i].end);
  }
}

std::vector<OffsetPeriod>::const_iterator Zone::period_of(base::Micros instant) const {
  assert(!periods_.empty());
  const auto begins_after = [](Micros t, const OffsetPeriod& period) { return t < period.begin; };
  return std::upper_bound(periods_.begin() + 1, periods_.end(), instant, begins_after) - 1;
}

LocalDay Zone::day_of(base::Micros instant) const {
  const Micros local = instant + offset_micros(*period_of(instant));
  return {static_cast<std::int32_t>(floor_divide(local, base::kMicrosPerDay))};
}

std::vector<Zone::Piece> Zone::pieces_of(DayRange days) const {
  // No clock is further than two days from UTC: only periods near the range can be in it.
  const Micros far_before = (days.from.days - 2) * base::kMicrosPerDay;
  const Micros far_after = (days.to.days + 3) * base::kMicrosPerDay;
  std::vector<Piece> pieces;
  for (auto period = period_of(far_before); period != periods_.end(); ++period) {
    if (period->begin > far_after) break;
    const Micros offset = offset_micros(*period);
    const Micros first = days.from.days * base::kMicrosPerDay - offset;
    const Micros last = (days.to.days + 1) * base::kMicrosPerDay - offset;
    const Piece piece{.begin = std::max(first, period->begin), .end = std::min(last, period->end)};
    if (piece.begin >= piece.end) continue;
    assert(pieces.empty() || pieces.back().end <= piece.begin);
    if (!pieces.empty() && pieces.back().end == piece.begin) {
      pieces.back().end = piece.end;
    } else {
      pieces.push_back(piece);
    }
  }
  return pieces;
}

base::Result<ZonePtr> find_zone(std::string_view name) {
  if (name == "UTC") return utc();
  const std::lock_guard lock(cache().mutex);
  if (const auto known = cache().zones.find(name); known != cache().zones.end()) {
    return known->second;
  }
  absl::TimeZone rules;
  if (!well_formed(name) || !has_rules(name) || !absl::LoadTimeZone(std::string(name), &rules)) {
    return base::Error(base::ErrorCode::InvalidInput,
                       "expected an IANA time zone like UTC or Europe/Kyiv, received \"" +
                           std::string(name.substr(0, kNameBytesMax)) + "\"");
  }
  auto zone = std::make_shared<const Zone>(std::string(name), periods_of(rules));
  cache().zones.emplace(name, zone);
  return ZonePtr(zone);
}

ZonePtr utc() {
  static const ZonePtr only = std::make_shared<const Zone>(
      "UTC", std::vector<OffsetPeriod>{
                 {.begin = kOccurredAtMin, .end = kOccurredAtEnd, .offset_seconds = 0}});
  return only;
}

}  // namespace tidemark::event
