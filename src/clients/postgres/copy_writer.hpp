#pragma once

/// Rows on their way into a table, in COPY's binary form.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "clients/postgres/value.hpp"

namespace tidemark::clients::postgres {

class Link;

/// `begin_row`, one call a column in the table's order and of exactly its type, again; `finish`.
///
/// Errors:   the server may find fault with a row at any later call, at the latest at `finish`; the
///           whole COPY has then put nothing.
/// Lifetime: ends before its connection. One that is not finished puts nothing.
/// Cost:     a copy of the bytes; something is sent each kPieceBytes.
class CopyWriter {
 public:
  static constexpr std::size_t kPieceBytes = std::size_t{64} << 10U;

  explicit CopyWriter(Link& link);
  CopyWriter(CopyWriter&& other) noexcept;
  CopyWriter& operator=(CopyWriter&&) = delete;
  ~CopyWriter();

  /// Sends what has gathered, when it is enough.
  base::Status begin_row(std::uint16_t columns);

  void null();
  void boolean(bool value);
  void int2(std::int16_t value);
  void int4(std::int32_t value);
  void int8(std::int64_t value);
  void text(std::string_view value);  ///< also bytea and json
  void uuid(Uuid value);
  void instant(base::Micros value);

  /// Ends the COPY; the rows that it put.
  base::Result<std::uint64_t> finish();

 private:
  base::Status send();

  Link* link_;
  std::string piece_;
};

}  // namespace tidemark::clients::postgres
