#pragma once

/// Writes rows into a table, in COPY's binary form.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "clients/postgres/value.hpp"

namespace tidemark::clients::postgres {

class Link;

/// For each row call `begin_row`, then one function per column in the table's order and of exactly
/// its type; at the end call `finish`.
///
/// Errors:   the server may reject a row at any later call, at the latest at `finish`; then the
///           whole COPY has put nothing.
/// Lifetime: must end before its connection. A writer that is not finished puts nothing.
/// Cost:     a copy of the bytes; it sends after every kPieceBytes.
class CopyWriter {
 public:
  static constexpr std::size_t kPieceBytes = std::size_t{64} << 10U;

  explicit CopyWriter(Link& link);
  CopyWriter(CopyWriter&& other) noexcept;
  CopyWriter& operator=(CopyWriter&&) = delete;
  ~CopyWriter();

  /// Also sends the gathered bytes, if there are enough.
  base::Status begin_row(std::uint16_t columns);

  void null();
  void boolean(bool value);
  void int2(std::int16_t value);
  void int4(std::int32_t value);
  void int8(std::int64_t value);
  void text(std::string_view value);  ///< also bytea and json
  void uuid(Uuid value);
  void instant(base::Micros value);

  /// Ends the COPY; returns the number of rows that it put.
  base::Result<std::uint64_t> finish();

 private:
  base::Status send();

  Link* link_;
  std::string piece_;
};

}  // namespace tidemark::clients::postgres
