#pragma once

/// Reads the rows of a query in COPY's binary form: the server sends each row when it finds it.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "clients/postgres/value.hpp"

namespace tidemark::clients::postgres {

class Link;

/// One row. Read its columns from left to right, each by its own type: another type, a null where
/// none is expected, or one column too many is a bug of the caller and ends the program.
///
/// Lifetime: independent of the reader; views are valid as long as the row, also after a move.
class CopiedRow {
 public:
  using Bytes = std::unique_ptr<const char, void (*)(const char*)>;

  CopiedRow(Bytes bytes, std::size_t size, std::size_t at);

  std::int32_t int4();
  std::int64_t int8();
  std::string_view text();
  std::optional<std::string_view> text_or_null();
  Uuid uuid();
  base::Micros instant();

  /// The memory that the row takes.
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::optional<std::string_view> next();
  std::string_view next(std::size_t size);

  Bytes bytes_;
  std::size_t size_;
  std::size_t at_;
};

/// Errors:   the server may fail at any row. Run nothing else on the connection until this is gone.
/// Lifetime: must end before its connection. If it was not read to its end, its destructor reads
///           the rest.
class CopyReader {
 public:
  explicit CopyReader(Link& link) : link_(&link) {}
  CopyReader(CopyReader&& other) noexcept;
  CopyReader& operator=(CopyReader&&) = delete;
  ~CopyReader();

  /// None: there are no more rows.
  base::Result<std::optional<CopiedRow>> next();

 private:
  Link* link_;
  bool begun_ = false;
  bool is_done_ = false;
};

}  // namespace tidemark::clients::postgres
