#pragma once

/// A copy of a Parquet file in which columns of text are columns of bytes.

#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace tidemark::archive {

/// DuckDB refuses a whole row group if one text in it is not UTF-8, and no option of DuckDB changes
/// that; but it gives bytes as they are. Only the footer, after all data, says what a column is.
///
/// Promise:  the copy has no name in any folder: it is gone with the process, however the process
///           ends.
/// Errors:   InvalidInput: the file is not Parquet; Unavailable: the file cannot be read, or the
///           folder for temporary files (TMPDIR, otherwise /tmp) has no room for the copy.
/// Cost:     reads and writes the file once.
class BytesCopy {
 public:
  static base::Result<BytesCopy> of(const std::filesystem::path& file);
  BytesCopy(BytesCopy&& other) noexcept;
  BytesCopy& operator=(BytesCopy&&) = delete;
  ~BytesCopy();

  /// The path by which this process finds the copy.
  [[nodiscard]] std::filesystem::path path() const;

 private:
  explicit BytesCopy(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace tidemark::archive
