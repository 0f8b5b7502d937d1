#pragma once

/// Cuts a stream of JSON in any layout into its events, in bounded memory.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "wire/byte_source.hpp"
#include "wire/rows/row_cutter.hpp"
#include "wire/rows/row_pieces.hpp"

namespace tidemark::wire {

/// The elements of an array, those of {"events":[…]}, or values one after another, with any white
/// space. A value itself may be broken: that is found when the value is read.
///
/// Errors:   for the text around the values (a missing comma, a missing end), with the line; those
///           of the source. All errors come after the values before them.
/// Threads:  one.
class ValueCutter {
 public:
  explicit ValueCutter(std::unique_ptr<ByteSource> source) : pieces_(std::move(source)) {}

  /// The next value, or nothing at the end. Of a value with more than kRowBytesMax only the start
  /// is given.
  base::Result<std::optional<Row>> next();

  /// The owner that keeps the last value alive.
  [[nodiscard]] std::shared_ptr<const void> owner() const { return pieces_.owner(); }

 private:
  enum class Place : std::uint8_t { Outside, InArray, BehindEvents };

  /// The state of the scan within a value.
  struct Scan {
    std::size_t depth = 0;
    bool in_string = false;
    bool escaped = false;
    bool begun = false;
  };

  bool skip_space();
  void pass(const char* to);
  bool enter_events();
  base::Result<bool> to_value();
  base::Result<bool> next_in_array();
  base::Result<std::optional<Row>> cut_value();
  static bool scan(const char*& p, const char* end, Scan& scan);
  [[nodiscard]] base::Error wrong(std::string_view expected) const;

  RowPieces pieces_;
  Place place_ = Place::Outside;
  bool within_events_ = false;
  bool first_of_array_ = false;
  std::uint64_t line_ = 1;
  std::string long_start_;
};

}  // namespace tidemark::wire
