#pragma once

/// The kinds of values in statements and their answers.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <variant>

#include "base/clock.hpp"

namespace tidemark::clients::postgres {

struct Null {
  bool operator==(const Null&) const = default;
};

/// 128 bits in the order of the text.
struct Uuid {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const Uuid&) const = default;
};

/// timestamptz: microseconds since 1970 in UTC.
struct Instant {
  base::Micros micros = 0;
  bool operator==(const Instant&) const = default;
};

/// bytea. The bytes have another owner.
struct Bytes {
  std::string_view bytes;
  bool operator==(const Bytes&) const = default;
};

/// int8[], for `= ANY ($1)` and `unnest($1)`. The integers have another owner.
using Integers = std::span<const std::int64_t>;
/// uuid[]
using Uuids = std::span<const Uuid>;
/// timestamptz[]
using Instants = std::span<const Instant>;

/// A value for `$1`, `$2`… of a statement. An integer is an int8: if the column is an int4, the SQL
/// must say `$1::int8`. What the value points to must live until the call returns.
using Value = std::variant<Null, bool, std::int64_t, double, std::string_view, Bytes, Uuid, Instant,
                           Integers, Uuids, Instants>;

/// An object of the library that is freed when its holder is destroyed.
using Handle = std::unique_ptr<void, void (*)(void*)>;

/// Gets the server's messages beside its answers ("NOTICE: …"), one line at a time.
using NoticeHandler = std::function<void(std::string_view)>;

}  // namespace tidemark::clients::postgres
