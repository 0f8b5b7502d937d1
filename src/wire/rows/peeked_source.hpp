#pragma once

/// The first bytes of a source before it is read, and what they say of it.

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
  /// Looks as far as two lines that are not blank, or 64 KiB.
  static base::Result<std::unique_ptr<PeekedSource>> of(std::unique_ptr<ByteSource> source);

  [[nodiscard]] std::string_view first() const { return first_; }
  base::Result<std::size_t> read(std::span<char> into) override;

 private:
  explicit PeekedSource(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

  std::unique_ptr<ByteSource> source_;
  std::string first_;
  std::size_t at_ = 0;
  std::optional<base::Error> failure_;  // met while looking; told behind what came before it
};

/// The text as it should be: UTF-16 (with a byte order mark, or known by its zeros) becomes UTF-8,
/// and lines that end with CR alone end with LF.
base::Result<std::unique_ptr<PeekedSource>> as_plain_text(std::unique_ptr<ByteSource> source);

/// What a text is by its first bytes; nothing where they are blank.
std::optional<FileFormat> file_format_of(std::string_view first);

/// What these bytes are known as and cannot be read as; empty where they may be a text.
std::string_view foreign_form(std::string_view first);

}  // namespace tidemark::wire
