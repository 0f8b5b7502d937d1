#pragma once

/// A Parquet file once more, its columns of text being columns of bytes.

#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace tidemark::archive {

/// DuckDB refuses a whole row group where one text in it is not UTF-8, and no option of it says
/// otherwise; bytes it gives as they are. What a column is stands in the footer alone, behind all
/// data.
///
/// Promise:  the copy has no name in any folder: it is gone with the process, however that ends.
/// Errors:   InvalidInput: the file is no Parquet; Unavailable: it cannot be read, or the folder
///           for temporary files (TMPDIR, else /tmp) has no room for it.
/// Cost:     reads and writes the file once.
class BytesCopy {
 public:
  static base::Result<BytesCopy> of(const std::filesystem::path& file);
  BytesCopy(BytesCopy&& other) noexcept;
  BytesCopy& operator=(BytesCopy&&) = delete;
  ~BytesCopy();

  /// Where this process finds it.
  [[nodiscard]] std::filesystem::path path() const;

 private:
  explicit BytesCopy(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace tidemark::archive
