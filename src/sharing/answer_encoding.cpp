#include "sharing/answer_encoding.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <variant>

#include "base/hash.hpp"

namespace tidemark::sharing {
namespace {

constexpr std::size_t kSealBytes = 8;
constexpr unsigned kVarintBits = 7;
constexpr unsigned kMoreFollows = 0x80;

/// The checksum, its lowest byte first.
std::string seal_of(std::string_view content) {
  auto hash = base::hash64(std::as_bytes(std::span(content)));
  std::string seal;
  for (std::size_t i = 0; i < kSealBytes; ++i, hash >>= 8U) {
    seal.push_back(static_cast<char>(hash & 255U));
  }
  return seal;
}

/// Numbers in groups of seven bits, the lowest first; texts behind their length.
class Writer {
 public:
  void number(std::uint64_t value) {
    for (; value >= kMoreFollows; value >>= kVarintBits) {
      out_.push_back(static_cast<char>(value % kMoreFollows | kMoreFollows));
    }
    out_.push_back(static_cast<char>(value));
  }
  void text(std::string_view value) {
    number(value.size());
    out_ += value;
  }
  /// Days before 1970 are negative: the sign goes last.
  void day(event::LocalDay day) {
    const auto days = std::int64_t{day.days};
    const auto twice = static_cast<std::uint64_t>(days < 0 ? ~days : days) << 1U;
    number(days < 0 ? twice | 1U : twice);
  }

  void rows(const query::ActiveUsersAnswer& answer) {
    number(answer.size());
    for (const auto& row : answer) {
      day(row.date);
      number(row.active_users);
    }
  }
  void rows(const query::TopEventsAnswer& answer) {
    number(answer.size());
    for (const auto& row : answer) {
      text(row.event_type);
      number(row.count);
      number(row.unique_users);
    }
  }
  void rows(const query::RetentionAnswer& answer) {
    number(answer.size());
    for (const auto& cohort : answer) {
      day(cohort.date);
      number(cohort.size);
      number(cohort.windows.size());
      for (const auto& window : cohort.windows) {
        day(window.date);
        number(window.users);
        number((window.complete ? 1U : 0U) | (window.begun ? 2U : 0U));
      }
    }
  }

  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

/// Reads what Writer wrote. After the first thing that does not fit all is zero and empty.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += kVarintBits) {
      if (rest_.empty()) return fail();
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      const std::uint64_t bits = byte % kMoreFollows;
      if (bits << shift >> shift != bits) return fail();
      value |= bits << shift;
      if (byte < kMoreFollows) return value;
    }
    return fail();
  }
  std::string_view text() {
    const auto size = number();
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const auto value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
  }
  event::LocalDay day() {
    const auto number_read = number();
    const auto magnitude = static_cast<std::int64_t>(number_read >> 1U);
    const auto days = (number_read & 1U) != 0 ? ~magnitude : magnitude;
    if (!std::in_range<std::int32_t>(days)) fail();
    return {static_cast<std::int32_t>(days)};
  }
  /// How many rows follow: no more than there are bytes for.
  std::size_t rows() {
    const auto count = number();
    return count <= rest_.size() ? count : fail();
  }

  void read(query::ActiveUsersAnswer& answer) {
    answer.resize(rows());
    for (auto& row : answer) {
      row.date = day();
      row.active_users = number();
    }
  }
  void read(query::TopEventsAnswer& answer) {
    answer.resize(rows());
    for (auto& row : answer) {
      row.event_type = text();
      row.count = number();
      row.unique_users = number();
    }
  }
  void read(query::RetentionAnswer& answer) {
    answer.resize(rows());
    for (auto& cohort : answer) {
      cohort.date = day();
      cohort.size = number();
      cohort.windows.resize(rows());
      for (auto& window : cohort.windows) read(window);
    }
  }

  /// All was read, and fitted.
  [[nodiscard]] bool done() const { return !failed_ && rest_.empty(); }

 private:
  void read(query::RetentionWindow& window) {
    window.date = day();
    window.users = number();
    const auto flags = number();
    if (flags > 3) fail();
    window.complete = (flags & 1U) != 0;
    window.begun = (flags & 2U) != 0;
  }
  std::uint64_t fail() {
    failed_ = true;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool failed_ = false;
};

/// An answer of the kind with that number.
template <std::size_t Kind = 0>
std::optional<query::Answer> read_answer(std::uint64_t kind, Reader& reader) {
  if constexpr (Kind < std::variant_size_v<query::Answer>) {
    if (kind != Kind) return read_answer<Kind + 1>(kind, reader);
    std::variant_alternative_t<Kind, query::Answer> rows;
    reader.read(rows);
    return query::Answer(std::in_place_index<Kind>, std::move(rows));
  }
  return std::nullopt;
}

base::Error damaged() { return {base::ErrorCode::Corrupt, "it is no answer of this version"}; }

}  // namespace

std::string encode(const query::Answered& answered) {
  Writer writer;
  writer.number(kAnswerEncodingVersion);
  writer.number(answered.answer.index());
  writer.text(answered.engine);
  writer.number(answered.as_of);
  std::visit([&writer](const auto& rows) { writer.rows(rows); }, answered.answer);
  auto bytes = writer.take();
  bytes += seal_of(bytes);
  return bytes;
}

base::Result<query::Answered> decode(std::string_view bytes) {
  if (bytes.size() < kSealBytes) return damaged();
  const auto content = bytes.substr(0, bytes.size() - kSealBytes);
  if (bytes.substr(content.size()) != seal_of(content)) return damaged();
  Reader reader(content);
  if (reader.number() != kAnswerEncodingVersion) return damaged();
  const auto kind = reader.number();
  const auto engine = query::Engines::known_name(reader.text());
  const auto as_of = reader.number();
  auto answer = read_answer(kind, reader);
  if (!answer || !engine || !reader.done()) return damaged();
  return query::Answered{.answer = *std::move(answer), .engine = *engine, .as_of = as_of};
}

std::string sealed_for_test(std::string_view content) {
  return std::string(content) + seal_of(content);
}

}  // namespace tidemark::sharing
