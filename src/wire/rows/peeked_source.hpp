#pragma once

/// Looks at the first bytes of a source before it is read, and tells what they are.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "wire/byte_source.hpp"
#include "wire/reader.hpp"

namespace tidemark::wire {

/// Gives the same bytes as its source.
class PeekedSource final : public ByteSource {
 public:
  /// Looks at no more than two lines that are not blank, or 64 KiB.
  static base::Result<std::unique_ptr<PeekedSource>> of(std::unique_ptr<ByteSource> source);

  [[nodiscard]] std::string_view first() const { return first_; }
  base::Result<std::size_t> read(std::span<char> into) override;

 private:
  explicit PeekedSource(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

  std::unique_ptr<ByteSource> source_;
  std::string first_;
  std::size_t at_ = 0;
  std::optional<base::Error> failure_;  // met while looking; reported after the bytes before it
};

/// The source as plain text: UTF-16 (with a byte order mark, or recognised by its zeros) becomes
/// UTF-8, and lines that end with a single CR end with LF.
base::Result<std::unique_ptr<PeekedSource>> as_plain_text(std::unique_ptr<ByteSource> source);

/// The format of a text, by its first bytes; nothing if they are blank.
std::optional<FileFormat> file_format_of(std::string_view first);

/// The name of a known format that cannot be read; empty if the bytes may be text.
std::string_view foreign_form(std::string_view first);

}  // namespace tidemark::wire
