#include "sharing/answer_encoding.hpp"

#include <cassert>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <variant>

#include "base/hash.hpp"

namespace tidemark::sharing {
namespace {

constexpr std::size_t kSealBytes = 8;
static_assert(kSealBytes == sizeof(std::uint64_t));
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

/// Numbers in groups of seven bits, the lowest first; texts after their length.
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

  void table(const query::Table& table) {
    number(table.rows());
    for (std::size_t i = 0; i < table.shape().columns.size(); ++i) {
      std::visit([this](const auto& cells) { column(cells); }, table.cells(i));
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void column(const std::vector<event::LocalDay>& days) {
    for (const auto each : days) day(each);
  }
  void column(const std::vector<std::uint64_t>& counts) {
    for (const auto count : counts) number(count);
  }
  void column(const std::vector<query::Rate>& rates) {
    for (const auto& rate : rates) {
      number(rate.part);
      number(rate.whole);
    }
  }
  void column(const std::vector<std::string>& texts) {
    for (const auto& each : texts) text(each);
  }
  void column(const std::vector<bool>& flags) {
    for (const bool flag : flags) number(flag ? 1 : 0);
  }
  void column(const query::Table::Rows& rows) {
    assert(!rows.inner.empty());
    for (std::size_t i = 0; i < rows.ends.size(); ++i) number(rows.ends[i] - rows.begin(i));
    table(rows.inner.front());
  }

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

  /// Into a table without rows.
  void table(query::Table& table) {
    const auto count = rows();
    for (std::size_t i = 0; i < table.shape().columns.size(); ++i) {
      std::visit([this, count](auto& cells) { column(cells, count); }, table.cells(i));
    }
    table.set_rows(count);
  }

  /// All was read, and fitted.
  [[nodiscard]] bool done() const { return !failed_ && rest_.empty(); }

 private:
  void column(std::vector<event::LocalDay>& days, std::size_t count) {
    days.resize(count);
    for (auto& each : days) each = day();
  }
  void column(std::vector<std::uint64_t>& counts, std::size_t count) {
    counts.resize(count);
    for (auto& each : counts) each = number();
  }
  void column(std::vector<query::Rate>& rates, std::size_t count) {
    rates.resize(count);
    for (auto& rate : rates) {
      rate.part = number();
      rate.whole = number();
    }
  }
  void column(std::vector<std::string>& texts, std::size_t count) {
    texts.resize(count);
    for (auto& each : texts) each = text();
  }
  void column(std::vector<bool>& flags, std::size_t count) {
    flags.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto flag = number();
      if (flag > 1) fail();
      flags[i] = flag == 1;
    }
  }
  void column(query::Table::Rows& within, std::size_t count) {
    within.ends.resize(count);
    std::size_t end = 0;
    for (auto& each : within.ends) each = end += rows();
    auto& inner = within.inner.front();
    table(inner);
    if (inner.rows() != end) fail();
  }
  std::uint64_t fail() {
    failed_ = true;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool failed_ = false;
};

/// The shape of an answer to the question with this place in the variant.
template <std::size_t Place = 0>
std::optional<query::AnswerShape> shape_at(std::uint64_t place) {
  if constexpr (Place < std::variant_size_v<query::Question>) {
    if (place != Place) return shape_at<Place + 1>(place);
    return query::answer_shape<std::variant_alternative_t<Place, query::Question>>();
  }
  return std::nullopt;
}

template <std::size_t Place = 0>
std::uint64_t place_of(const query::Shape& data) {
  if constexpr (Place < std::variant_size_v<query::Question>) {
    using Question = std::variant_alternative_t<Place, query::Question>;
    if (&query::shape_of<typename Question::Row>() != &data) return place_of<Place + 1>(data);
  }
  return Place;
}

base::Error damaged() { return {base::ErrorCode::Corrupt, "it is not an answer of this version"}; }

}  // namespace

std::string encode(const query::Answered& answered) {
  Writer writer;
  assert(place_of(answered.answer.data.shape()) < std::variant_size_v<query::Question>);
  writer.number(kAnswerEncodingVersion);
  writer.number(place_of(answered.answer.data.shape()));
  writer.text(answered.engine);
  writer.number(answered.as_of);
  writer.table(answered.answer.data);
  for (const auto& beside : answered.answer.beside) writer.table(beside.rows);
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
  const auto shape = shape_at(reader.number());
  const auto engine = query::Engines::known_name(reader.text());
  const auto as_of = reader.number();
  if (!shape || !engine) return damaged();
  query::Answer answer{.data = query::Table(*shape->data)};
  reader.table(answer.data);
  for (const auto& [name, rows] : shape->beside) {
    answer.beside.push_back({.name = name, .rows = query::Table(*rows)});
    reader.table(answer.beside.back().rows);
  }
  if (!reader.done()) return damaged();
  return query::Answered{.answer = std::move(answer), .engine = *engine, .as_of = as_of};
}

std::string sealed_for_test(std::string_view content) {
  return std::string(content) + seal_of(content);
}

}  // namespace tidemark::sharing
