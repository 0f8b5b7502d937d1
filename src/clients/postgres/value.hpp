#pragma once

/// The kinds of value that go into a statement and come out of it.

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

/// 128 bits in the order in which they are written.
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

/// bytea. The bytes are not owned.
struct Bytes {
  std::string_view bytes;
  bool operator==(const Bytes&) const = default;
};

/// int8[], for `= ANY ($1)` and `unnest($1)`. Not owned.
using Integers = std::span<const std::int64_t>;
/// uuid[]
using Uuids = std::span<const Uuid>;
/// timestamptz[]
using Instants = std::span<const Instant>;

/// A value for `$1`, `$2`… of a statement. An integer is an int8: where the column is an int4, the
/// SQL says `$1::int8`. What it points to must live until the call returns.
using Value = std::variant<Null, bool, std::int64_t, double, std::string_view, Bytes, Uuid, Instant,
                           Integers, Uuids, Instants>;

/// Something of the library's that is given back when its holder goes.
using Handle = std::unique_ptr<void, void (*)(void*)>;

/// Told what the server says beside its answers ("NOTICE: …"), a line at a time.
using NoticeHandler = std::function<void(std::string_view)>;

}  // namespace tidemark::clients::postgres
