#pragma once

/// The kinds of values in queries and their answers.

#include <cassert>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace tidemark::clients::duckdb {

enum class Type : std::uint8_t {
  Boolean,
  Integer,  ///< 32 bits
  BigInt,
  UBigInt,
  Double,
  Varchar,
  Blob,  ///< bytes, which need not be text
  Uuid,
  Timestamp,    ///< microseconds, without a zone
  TimestampTz,  ///< microseconds since 1970 in UTC
  HugeInt,
  Date,   ///< days since 1970, 32 bits
  Other,  ///< only comes out of a query; cast it in the SQL
};

/// A UUID in the order of its text, or the two halves of a HugeInt.
struct Bits128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const Bits128&) const = default;
};

/// Microseconds since 1970 in UTC: TIMESTAMPTZ.
struct Instant {
  std::int64_t micros = 0;
  bool operator==(const Instant&) const = default;
};

struct Null {
  bool operator==(const Null&) const = default;
};

/// A value for a `?` of a query, or an argument of a table function. Text is not owned.
using Value = std::variant<Null, bool, std::int64_t, double, std::string_view, Bits128, Instant>;

/// Called now and then while a query runs; true ends the query.
using Stop = std::function<bool()>;

/// An object of the library that is freed when its holder is destroyed.
using Handle = std::unique_ptr<void, void (*)(void*)>;

/// The form of a string in a column: up to 12 bytes inside the cell, longer ones elsewhere.
struct TextCell {
  static constexpr std::uint32_t kInlineBytes = 12;
  struct Elsewhere {
    std::uint32_t length;
    char prefix[4];
    const char* bytes;
  };
  struct Within {
    std::uint32_t length;
    char bytes[kInlineBytes];
  };
  union {
    Elsewhere elsewhere;
    Within within;
  };

  [[nodiscard]] std::string_view view() const {
    if (within.length <= kInlineBytes) return {&within.bytes[0], within.length};
    return {elsewhere.bytes, elsewhere.length};
  }
  /// Longer texts than kInlineBytes are not copied.
  void refer(std::string_view text) {
    assert(std::in_range<std::uint32_t>(text.size()));
    within.length = static_cast<std::uint32_t>(text.size());
    if (text.size() <= kInlineBytes) {
      std::memset(&within.bytes[0], 0, kInlineBytes);
      if (!text.empty()) std::memcpy(&within.bytes[0], text.data(), text.size());
    } else {
      std::memcpy(&elsewhere.prefix[0], text.data(), sizeof elsewhere.prefix);
      elsewhere.bytes = text.data();
    }
  }
};
static_assert(sizeof(TextCell) == 16);
static_assert(std::is_trivially_copyable_v<TextCell>);

}  // namespace tidemark::clients::duckdb
