#include "wire/rows/peeked_source.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <utility>
#include <vector>

#include "wire/event_collector.hpp"
#include "wire/json_scanner.hpp"

namespace tidemark::wire {
namespace {

constexpr std::size_t kPeekBytes = std::size_t{64} << 10;

bool shows_enough(std::string_view first) {
  int lines = 0;
  while (lines < 2) {
    const auto end = first.find('\n');
    if (end == std::string_view::npos) return false;
    if (!is_blank(first.substr(0, end))) ++lines;
    first.remove_prefix(end + 1);
  }
  return true;
}

/// UTF-16 as UTF-8. What is not UTF-16 becomes bytes that are not UTF-8, so that it is told where
/// it stands.
class Utf16Source final : public ByteSource {
 public:
  Utf16Source(std::unique_ptr<ByteSource> source, bool big_endian)
      : source_(std::move(source)), big_endian_(big_endian) {}

  base::Result<std::size_t> read(std::span<char> into) override {
    while (at_ == out_.size()) {
      if (ended_) return std::size_t{0};
      out_.clear();
      at_ = 0;
      std::array<char, 32 * 1024> bytes{};
      const auto read = source_->read(bytes);
      if (!read) return read.error();
      ended_ = *read == 0;
      for (const char byte : std::span(bytes).first(*read))
        take_byte(static_cast<unsigned char>(byte));
      if (ended_) finish();
    }
    assert(at_ <= out_.size());
    const auto bytes = std::min(into.size(), out_.size() - at_);
    std::copy_n(out_.data() + at_, bytes, into.data());
    at_ += bytes;
    return bytes;
  }

 private:
  void take_byte(unsigned char byte) {
    if (!half_) {
      half_ = byte;
      return;
    }
    const std::uint32_t first = *std::exchange(half_, std::nullopt);
    take_unit(big_endian_ ? (first << 8) | byte : (std::uint32_t{byte} << 8) | first);
  }

  void take_unit(std::uint32_t unit) {
    const bool low = unit >= 0xDC00 && unit <= 0xDFFF;
    if (high_ != 0 && low) {
      put(0x10000 + ((std::exchange(high_, 0) - 0xD800) << 10) + (unit - 0xDC00));
      return;
    }
    if (high_ != 0) put(std::exchange(high_, 0));
    if (unit >= 0xD800 && unit <= 0xDBFF) {
      high_ = unit;
    } else {
      put(unit);
    }
  }

  void finish() {
    if (high_ != 0) put(std::exchange(high_, 0));
    if (half_) out_ += '\xFF';
    half_.reset();
  }

  void put(std::uint32_t point) {
    assert(point <= 0x10'FFFF);
    const auto tail = [&](int shift) {
      out_ += static_cast<char>(0x80 | ((point >> shift) & 0x3F));
    };
    if (point < 0x80) {
      out_ += static_cast<char>(point);
    } else if (point < 0x800) {
      out_ += static_cast<char>(0xC0 | (point >> 6));
      tail(0);
    } else if (point < 0x10000) {
      out_ += static_cast<char>(0xE0 | (point >> 12));
      tail(6);
      tail(0);
    } else {
      out_ += static_cast<char>(0xF0 | (point >> 18));
      tail(12);
      tail(6);
      tail(0);
    }
  }

  std::unique_ptr<ByteSource> source_;
  bool big_endian_;
  std::optional<unsigned char> half_;
  std::uint32_t high_ = 0;  // the first of a pair
  std::string out_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

/// Each CR as LF.
class LineEndSource final : public ByteSource {
 public:
  explicit LineEndSource(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}
  base::Result<std::size_t> read(std::span<char> into) override {
    auto bytes = source_->read(into);
    if (bytes) std::ranges::replace(into.first(*bytes), '\r', '\n');
    return bytes;
  }

 private:
  std::unique_ptr<ByteSource> source_;
};

/// Whether the text is UTF-16, and its byte order: true for big-endian.
std::optional<bool> utf16_of(std::string_view first) {
  if (first.starts_with("\xFF\xFE")) return false;
  if (first.starts_with("\xFE\xFF")) return true;
  if (first.size() < 4) return std::nullopt;
  const auto zero = [&](std::size_t at) { return first[at] == '\0'; };
  if (!zero(0) && zero(1) && !zero(2) && zero(3)) return false;
  if (zero(0) && !zero(1) && zero(2) && !zero(3)) return true;
  return std::nullopt;
}

bool is_whole_object(std::string_view line) {
  std::string padded(line);
  padded.resize(line.size() + kBodyPaddingBytes);
  JsonScanner scanner{padded.data(), padded.data() + line.size()};
  ValueTraits traits;
  if (!scanner.value(traits)) return false;
  scanner.skip_space();
  return scanner.at_end();
}

std::string_view without_space(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

bool begins_events(std::string_view text) {
  if (!text.starts_with('{')) return false;
  text = without_space(text.substr(1));
  if (!text.starts_with("\"events\"")) return false;
  text = without_space(text.substr(8));
  return text.starts_with(':') && without_space(text.substr(1)).starts_with('[');
}

}  // namespace

base::Result<std::unique_ptr<PeekedSource>> PeekedSource::of(std::unique_ptr<ByteSource> source) {
  std::unique_ptr<PeekedSource> peeked(new PeekedSource(std::move(source)));
  auto& first = peeked->first_;
  first.resize(kPeekBytes);
  std::size_t size = 0;
  while (size < kPeekBytes && !shows_enough(std::string_view(first).substr(0, size))) {
    const auto bytes = peeked->source_->read(std::span(first).subspan(size));
    if (!bytes) peeked->failure_ = bytes.error();
    if (!bytes || *bytes == 0) break;
    assert(*bytes <= kPeekBytes - size);
    size += *bytes;
  }
  first.resize(size);
  if (size == 0 && peeked->failure_) return *peeked->failure_;
  return peeked;
}

base::Result<std::size_t> PeekedSource::read(std::span<char> into) {
  assert(at_ <= first_.size());
  if (at_ == first_.size() && failure_) return *failure_;
  if (at_ == first_.size()) return source_->read(into);
  const auto bytes = std::min(into.size(), first_.size() - at_);
  std::copy_n(first_.data() + at_, bytes, into.data());
  at_ += bytes;
  return bytes;
}

base::Result<std::unique_ptr<PeekedSource>> as_plain_text(std::unique_ptr<ByteSource> source) {
  auto peeked = PeekedSource::of(std::move(source));
  if (!peeked) return peeked;
  if (const auto big_endian = utf16_of((*peeked)->first())) {
    peeked = PeekedSource::of(std::make_unique<Utf16Source>(std::move(*peeked), *big_endian));
    if (!peeked) return peeked;
  }
  const auto first = (*peeked)->first();
  const bool cr_alone = first.find('\r') < first.size() && first.find('\n') == std::string::npos;
  // One CR at the very end of what was seen may be half of a CR LF.
  if (!cr_alone || first.find('\r') + 1 == first.size()) return peeked;
  return PeekedSource::of(std::make_unique<LineEndSource>(std::move(*peeked)));
}

std::optional<FileFormat> file_format_of(std::string_view first) {
  const auto text = without_space(without_mark(first));
  if (text.empty()) return std::nullopt;
  if (text.front() == '[') return FileFormat::Json;
  if (text.front() != '{') return FileFormat::Csv;
  if (begins_events(text)) return FileFormat::Json;
  const auto line = text.substr(0, text.find('\n'));
  if (line.size() == text.size() || is_whole_object(line)) return FileFormat::Ndjson;
  // A line that is broken is one bad row, where the next one begins an object too.
  const auto next = without_space(text.substr(line.size()));
  return next.starts_with('{') ? FileFormat::Ndjson : FileFormat::Json;
}

std::string_view foreign_form(std::string_view first) {
  struct Form {
    std::string_view magic;
    std::string_view name;
  };
  constexpr std::array<Form, 11> kForms{
      {{"PK\x03\x04", "an Excel workbook or a ZIP archive: save it as CSV, or unpack it"},
       {"\xD0\xCF\x11\xE0", "an old Excel workbook: save it as CSV"},
       {"BZh", "compressed by bzip2: pipe it, bzip2 -dc FILE | tidemark import -"},
       {"\xFD"
        "7zXZ",
        "compressed by xz: pipe it, xz -dc FILE | tidemark import -"},
       {"\x04\x22\x4D\x18", "compressed by lz4: pipe it, lz4 -dc FILE | tidemark import -"},
       {"7z\xBC\xAF", "a 7z archive: unpack it"},
       {"Obj\x01", "an Avro file: export it as Parquet or NDJSON"},
       {"ORC", "an ORC file: export it as Parquet or NDJSON"},
       {"ARROW1", "an Arrow file: export it as Parquet or NDJSON"},
       {"SQLite format 3", "an SQLite database: export a table as CSV"},
       {"%PDF", "a PDF"}}};
  for (const auto& form : kForms) {
    // A header line may begin with these three letters.
    if (form.magic == "ORC" && first.find('\0') == std::string_view::npos) continue;
    if (first.starts_with(form.magic)) return form.name;
  }
  return {};
}

}  // namespace tidemark::wire
