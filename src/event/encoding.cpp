#include "event/encoding.hpp"

#include <bit>
#include <cassert>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

#include "event/limits.hpp"

// The layout is described, byte by byte, in docs/formats/record.md.
namespace tidemark::event {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

constexpr std::uint8_t kVersion = 1;

struct PortionHeader {
  std::uint32_t project = 0;
  std::uint32_t rows_count = 0;
  std::int64_t received_at = 0;
};
static_assert(sizeof(PortionHeader) == 16);

struct RowHeader {
  std::int64_t occurred_at = 0;
  std::uint32_t properties_bytes = 0;
  std::uint16_t user_id_bytes = 0;
  std::uint8_t id_bytes = 0;
  std::uint8_t event_type_bytes = 0;
};
static_assert(sizeof(RowHeader) == 16);
static_assert(kEventIdBytesMax <= 255 && kEventTypeBytesMax <= 255 && kUserIdBytesMax <= 65'535);

std::size_t text_bytes(const Row& row) {
  return row.id.size() + row.user_id.size() + row.event_type.size() + row.properties.size();
}

/// Writes bytes one after another and tells where they are.
class Writer {
 public:
  explicit Writer(std::byte* at) : at_(at) {}

  template <class T>
  void put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    std::memcpy(at_, &value, sizeof value);
    at_ += sizeof value;
  }
  std::string_view put_text(std::string_view text) {
    std::memcpy(at_, text.data(), text.size());
    const std::string_view there{reinterpret_cast<const char*>(at_), text.size()};
    at_ += text.size();
    return there;
  }
  /// Room that is written to later.
  std::byte* skip(std::size_t bytes) { return std::exchange(at_, at_ + bytes); }
  [[nodiscard]] const std::byte* at() const { return at_; }

 private:
  std::byte* at_;
};

/// Writes a row and makes it point to what was written.
void put_row(StoredRow& row, Writer& writer) {
  assert(std::in_range<std::uint32_t>(row.properties.size()));
  assert(std::in_range<std::uint16_t>(row.user_id.size()));
  assert(std::in_range<std::uint8_t>(row.id.size()));
  assert(std::in_range<std::uint8_t>(row.event_type.size()));
  writer.put(RowHeader{.occurred_at = row.occurred_at,
                       .properties_bytes = static_cast<std::uint32_t>(row.properties.size()),
                       .user_id_bytes = static_cast<std::uint16_t>(row.user_id.size()),
                       .id_bytes = static_cast<std::uint8_t>(row.id.size()),
                       .event_type_bytes = static_cast<std::uint8_t>(row.event_type.size())});
  row.id = writer.put_text(row.id);
  row.user_id = writer.put_text(row.user_id);
  row.event_type = writer.put_text(row.event_type);
  row.properties = writer.put_text(row.properties);
}

/// Takes bytes off the front of a record's content, never more than there are.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> content) : content_(content) {}

  template <class T>
  bool take(T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (left() < sizeof value) return false;
    std::memcpy(&value, content_.data() + at_, sizeof value);
    at_ += sizeof value;
    return true;
  }
  std::string_view take_text(std::size_t bytes) {  // the caller has looked at left()
    assert(bytes <= left());
    const std::string_view text{reinterpret_cast<const char*>(content_.data()) + at_, bytes};
    at_ += bytes;
    return text;
  }
  [[nodiscard]] std::size_t left() const {
    assert(at_ <= content_.size());
    return content_.size() - at_;
  }
  [[nodiscard]] base::Error corrupt(const char* what) const {
    return {base::ErrorCode::Corrupt,
            std::string("record content, byte ") + std::to_string(at_) + ": " + what};
  }

 private:
  std::span<const std::byte> content_;
  std::size_t at_ = 0;
};

bool within_limits(const RowHeader& header) {
  return header.occurred_at >= kOccurredAtMin && header.occurred_at < kOccurredAtEnd &&
         header.id_bytes >= 1 && header.id_bytes <= kEventIdBytesMax && header.user_id_bytes >= 1 &&
         header.user_id_bytes <= kUserIdBytesMax && header.event_type_bytes >= 1 &&
         header.event_type_bytes <= kEventTypeBytesMax && header.properties_bytes >= 2 &&
         header.properties_bytes <= kPropertiesBytesMax;
}

/// A portion is what arrived at one instant.
bool begins_portion(const StoredRow& row, const StoredRow* before) {
  return before == nullptr || before->received_at != row.received_at;
}

/// Null where the row was read, else what is wrong with it.
const char* take_row(Reader& reader, StoredRow& row) {
  RowHeader header;
  if (!reader.take(header)) return "the content ends within a row's header";
  if (!within_limits(header)) return "a row's instant or lengths are outside their limits";
  const std::size_t bytes = std::size_t{header.id_bytes} + header.user_id_bytes +
                            header.event_type_bytes + header.properties_bytes;
  if (reader.left() < bytes) return "the content ends within a row's texts";
  row.id = reader.take_text(header.id_bytes);
  row.user_id = reader.take_text(header.user_id_bytes);
  row.event_type = reader.take_text(header.event_type_bytes);
  row.properties = reader.take_text(header.properties_bytes);
  row.occurred_at = header.occurred_at;
  if (row.properties.front() != '{' || row.properties.back() != '}') {
    return "a row's properties are not an object";
  }
  return nullptr;
}

}  // namespace

std::size_t encoded_bytes(const StoredRows& rows) {
  std::size_t bytes = sizeof kVersion + (rows.size() * sizeof(RowHeader));
  for (const auto& piece : rows.pieces()) {
    const StoredRow* before = nullptr;
    for (const StoredRow& row : piece.rows) {
      if (begins_portion(row, before)) bytes += sizeof(PortionHeader);
      bytes += text_bytes(row);
      before = &row;
    }
  }
  return bytes;
}

void encode(StoredRows& rows, std::span<std::byte> out) {
  assert(out.size() == encoded_bytes(rows));
  Writer writer{out.data()};
  writer.put(kVersion);
  std::size_t next = 0;
  for (const auto& piece : rows.pieces()) {
    const StoredRow* before = nullptr;
    PortionHeader header{.project = static_cast<std::uint32_t>(piece.project)};
    std::byte* header_at = nullptr;
    assert(!piece.rows.empty() && next + piece.rows.size() <= rows.size());
    for (StoredRow& row : rows.rows().subspan(next, piece.rows.size())) {
      if (begins_portion(row, before)) {
        if (header_at != nullptr) Writer{header_at}.put(header);
        header.rows_count = 0;
        header.received_at = row.received_at;
        header_at = writer.skip(sizeof header);
      }
      ++header.rows_count;
      put_row(row, writer);
      before = &row;
    }
    Writer{header_at}.put(header);
    next += piece.rows.size();
  }
  assert(next == rows.size());
  assert(writer.at() == out.data() + out.size());
}

base::Result<StoredRows> decode(std::span<const std::byte> content, Sequence first,
                                const IdHasher& hasher) {
  Reader reader{content};
  std::uint8_t version = 0;
  if (!reader.take(version)) return reader.corrupt("the content is empty");
  if (version != kVersion) return reader.corrupt("this program does not know its version");

  StoredRows rows;
  while (reader.left() > 0) {
    PortionHeader header;
    if (!reader.take(header)) return reader.corrupt("the content ends within a portion's header");
    if (header.rows_count > reader.left() / sizeof(RowHeader)) {
      return reader.corrupt("a portion claims more rows than its bytes can hold");
    }
    if (header.received_at < kOccurredAtMin || header.received_at >= kOccurredAtEnd) {
      return reader.corrupt("an instant of arrival is outside its limits");
    }
    const auto project = static_cast<ProjectId>(header.project);
    for (std::uint32_t i = 0; i < header.rows_count; ++i) {
      StoredRow row;
      if (const char* wrong = take_row(reader, row)) return reader.corrupt(wrong);
      row.sequence = first++;
      row.received_at = header.received_at;
      row.id_hash = hasher.hash(project, row.id);
      rows.add(project, row);
    }
  }
  return rows;
}

}  // namespace tidemark::event
