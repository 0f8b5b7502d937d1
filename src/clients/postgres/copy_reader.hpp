#pragma once

/// Rows on their way out of a query, in COPY's binary form: each is sent as it is found.

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

/// One row. Its columns are taken from left to right, each by its own type: another one, a null
/// where none is asked for, or one too many is a bug of the caller's and ends the program.
///
/// Lifetime: its own; views live as long as the row, also when it moves.
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

  /// Of memory.
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::optional<std::string_view> next();
  std::string_view next(std::size_t size);

  Bytes bytes_;
  std::size_t size_;
  std::size_t at_;
};

/// Errors:   the server may fail at any row. Nothing else may be run on the connection until this
///           is gone.
/// Lifetime: ends before its connection. One that is not read to its end reads away the rest.
class CopyReader {
 public:
  explicit CopyReader(Link& link) : link_(&link) {}
  CopyReader(CopyReader&& other) noexcept;
  CopyReader& operator=(CopyReader&&) = delete;
  ~CopyReader();

  /// None: that was all.
  base::Result<std::optional<CopiedRow>> next();

 private:
  Link* link_;
  bool begun_ = false;
  bool is_done_ = false;
};

}  // namespace tidemark::clients::postgres
