#include "app/bench/request_template.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <string_view>

namespace tidemark::app::bench {
namespace {

constexpr std::size_t kDrawn = 1U << 18;  // more than a cache of the first level would hide
constexpr std::size_t kIdDigits = 8;      // at the beginning of a UUID, and as many at its end
constexpr std::size_t kUuidChars = 36;
constexpr std::string_view kIdMark = "\"event_id\":\"";
constexpr std::string_view kUserMark = "\"user_id\":\"";

/// Writes the last `digits` digits of `value`.
template <std::uint64_t base>
void write_digits(std::string& text, std::size_t at, std::size_t digits, std::uint64_t value) {
  for (std::size_t i = digits; i > 0; --i, value /= base) {
    text[at + i - 1] = "0123456789abcdef"[value % base];
  }
}

/// Another number for each number, without any order among them: the last step of splitmix64. Ids
/// that rose would touch the same few pages of an index again and again, which no real ones do.
std::uint64_t scattered(std::uint64_t value) {
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31U);
}

}  // namespace

UserPicker::UserPicker(std::uint64_t users, std::uint64_t seed) : drawn_(kDrawn) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> share;
  const double most = std::min(static_cast<double>(users), std::pow(10.0, kDigits) - 1);
  for (auto& user : drawn_) {
    // The same skew as the generator's: a quarter of the users do half of everything.
    user = static_cast<std::uint32_t>(std::pow(share(random), 2.5) * most);
  }
}

RequestTemplate::RequestTemplate(const Options& options, Generator& events, UserPicker& users)
    : users_(users), number_(options.number) {
  std::string body;
  const bool array = options.format == BodyFormat::Array;
  if (array) body = "[";
  for (std::size_t i = 0; i < options.batch_events; ++i) {
    std::string line;
    events.next(line);
    if (array) line.back() = i + 1 < options.batch_events ? ',' : ']';
    add_event(body, std::move(line));
  }
  bytes_ = "POST " + options.target + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " +
           (array ? "application/json" : "application/x-ndjson") +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  for (auto& at : ids_) at += bytes_.size();
  for (auto& at : user_digits_) at += bytes_.size();
  bytes_ += body;
}

void RequestTemplate::add_event(std::string& body, std::string line) {
  const auto user = line.find(kUserMark) + kUserMark.size();
  const auto user_end = line.find('"', user);
  line.replace(user, user_end - user, "u" + std::string(UserPicker::kDigits, '0'));
  ids_.push_back(body.size() + line.find(kIdMark) + kIdMark.size());
  user_digits_.push_back(body.size() + user + 1);
  body += line;
}

void RequestTemplate::renew() {
  for (const auto at : ids_) {
    const auto id = scattered((std::uint64_t{number_} << 32U) | next_id_++);
    write_digits<16>(bytes_, at, kIdDigits, id >> 32U);
    write_digits<16>(bytes_, at + kUuidChars - kIdDigits, kIdDigits, id);
  }
  for (const auto at : user_digits_) {
    write_digits<10>(bytes_, at, UserPicker::kDigits, users_.next());
  }
}

}  // namespace tidemark::app::bench
