#pragma once

/// Cuts a stream of JSON into its events, however it is laid out, in bounded memory.

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

/// The elements of an array, those of {"events":[…]}, or values one behind the other, with any
/// white space. A value may itself be broken: that is seen when it is read.
///
/// Errors:   of what stands around the values (a comma that is missing, an end that does not come),
///           with the line; of the source. All behind the values that came before.
/// Threads:  one.
class ValueCutter {
 public:
  explicit ValueCutter(std::unique_ptr<ByteSource> source) : pieces_(std::move(source)) {}

  /// The next value, or nothing at the end. One of more than kRowBytesMax is passed and only its
  /// start given.
  base::Result<std::optional<Row>> next();

  /// Who keeps the last value alive.
  [[nodiscard]] std::shared_ptr<const void> owner() const { return pieces_.owner(); }

 private:
  enum class Place : std::uint8_t { Outside, InArray, BehindEvents };

  /// How far into a value the scan is.
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
