// A footer is Thrift in its compact form: fields with a type and a number, each struct ended by a
// zero. Only the schema is parsed; everything else stays byte for byte. The meaning of the numbers:
// https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift

#include "archive/parquet_footer.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tidemark::archive {
namespace {

enum class Kind : std::uint8_t {
  Stop,
  True,
  False,
  Byte,
  Int16,
  Int32,
  Int64,
  Double,
  Binary,
  List,
  Set,
  Map,
  Struct,
};

constexpr unsigned kDepthMax = 16;  // of what is passed over; the format nests 6

/// One field of a struct, its value as it stands there.
struct ThriftField {
  std::int64_t number = 0;
  Kind kind = Kind::Stop;
  std::string_view value;
};

std::int64_t unfolded(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
}

/// Once something was not as it must be, `bad` stays true and nothing more is read.
class ThriftReader {
 public:
  explicit ThriftReader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool bad() const { return bad_; }
  [[nodiscard]] std::size_t at() const { return at_; }

  std::uint8_t byte() {
    if (at_ < bytes_.size()) return static_cast<std::uint8_t>(bytes_[at_++]);
    bad_ = true;
    return 0;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint64_t part = byte();
      value |= (part & 0x7FU) << shift;
      if ((part & 0x80U) == 0) return value;
    }
    bad_ = true;
    return 0;
  }
  /// The next field of a struct; of the kind Stop at its end.
  ThriftField field(std::int64_t before, unsigned depth = 0) {
    const unsigned head = byte();
    ThriftField field{.number = 0, .kind = kind_of(head & 15U), .value = {}};
    if (bad_ || field.kind == Kind::Stop) return {};
    const unsigned step = head >> 4U;
    field.number = step != 0 ? before + step : unfolded(number());
    const std::size_t begin = at_;
    skip(field.kind, depth);
    if (bad_) return {};
    field.value = bytes_.substr(begin, at_ - begin);
    return field;
  }
  /// Reads the head of a list and returns the number of its elements of `kind`.
  std::uint64_t elements(Kind& kind) {
    const unsigned head = byte();
    kind = kind_of(head & 15U);
    const std::uint64_t count = (head >> 4U) == 15 ? number() : head >> 4U;
    if (count > bytes_.size()) bad_ = true;  // each has a byte at least
    return bad_ ? 0 : count;
  }

 private:
  Kind kind_of(unsigned number) {
    if (number > static_cast<unsigned>(Kind::Struct)) bad_ = true;
    return bad_ ? Kind::Stop : static_cast<Kind>(number);
  }
  void pass(std::uint64_t bytes) {
    assert(at_ <= bytes_.size());
    if (bytes > bytes_.size() - at_) bad_ = true;
    if (!bad_) at_ += bytes;
  }
  void skip_elements(unsigned depth) {
    Kind kind = Kind::Stop;
    const auto count = elements(kind);
    const bool one_byte = kind == Kind::True || kind == Kind::False;
    for (std::uint64_t i = 0; i < count && !bad_; ++i) skip(one_byte ? Kind::Byte : kind, depth);
  }
  void skip(Kind kind, unsigned depth) {
    if (depth > kDepthMax) bad_ = true;
    if (bad_) return;
    switch (kind) {
      case Kind::True:
      case Kind::False:
        return;
      case Kind::Byte:
        return pass(1);
      case Kind::Int16:
      case Kind::Int32:
      case Kind::Int64:
        number();
        return;
      case Kind::Double:
        return pass(8);
      case Kind::Binary:
        return pass(number());
      case Kind::List:
      case Kind::Set:
        return skip_elements(depth + 1);
      case Kind::Struct:
        for (ThriftField last = field(0, depth + 1); last.kind != Kind::Stop;) {
          last = field(last.number, depth + 1);
        }
        return;
      case Kind::Map:
      case Kind::Stop:
        bad_ = true;  // the format has no maps
    }
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  bool bad_ = false;
};

/// A column or a group of columns.
struct SchemaElement {
  std::vector<ThriftField> fields;

  [[nodiscard]] std::optional<std::int64_t> integer(std::int64_t number) const {
    const auto* found = find(number);
    if (found == nullptr || found->kind != Kind::Int32) return std::nullopt;
    return unfolded(ThriftReader(found->value).number());
  }
  [[nodiscard]] std::uint64_t children() const {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(integer(kChildren).value_or(0), 0));
  }
  [[nodiscard]] bool is_text() const {
    if (integer(kType) != kByteArray) return false;
    if (const auto old = integer(kConvertedType)) return *old == 0 || *old == 4 || *old == 19;
    const auto* meant = find(kLogicalType);
    if (meant == nullptr || meant->kind != Kind::Struct) return false;
    const auto is = ThriftReader(meant->value).field(0).number;
    return is == 1 || is == 4 || is == 12;
  }
  void write(bool as_bytes, std::string& out) const {
    std::int64_t before = 0;
    for (const auto& field : fields) {
      if (as_bytes && (field.number == kConvertedType || field.number == kLogicalType)) continue;
      const auto step = static_cast<unsigned>(field.number - before);
      before = field.number;
      assert(step >= 1 && step <= 15);
      out += static_cast<char>((step << 4U) | static_cast<unsigned>(field.kind));
      out += field.value;
    }
    out += '\0';
  }

 private:
  static constexpr std::int64_t kType = 1;
  static constexpr std::int64_t kChildren = 5;
  static constexpr std::int64_t kConvertedType = 6;  // 0 text, 4 enumeration, 19 JSON
  static constexpr std::int64_t kLogicalType = 10;   // 1 text, 4 enumeration, 12 JSON
  static constexpr std::int64_t kByteArray = 6;

  [[nodiscard]] const ThriftField* find(std::int64_t number) const {
    for (const auto& field : fields) {
      if (field.number == number) return &field;
    }
    return nullptr;
  }
};

/// Fields of an element are in order and ten at most, so that each can be written again as a step
/// of less than 16 from the one before.
std::optional<SchemaElement> read_element(ThriftReader& reader) {
  SchemaElement element;
  std::int64_t before = 0;
  for (;;) {
    const ThriftField field = reader.field(before);
    if (reader.bad()) return std::nullopt;
    if (field.kind == Kind::Stop) return element;
    if (field.number <= before || field.number > 15) return std::nullopt;
    before = field.number;
    element.fields.push_back(field);
  }
}

/// The elements stand depth first; the first is the root, and its children are the columns.
std::optional<std::string> rewritten_elements(ThriftReader& reader, std::uint64_t count) {
  std::string out;
  std::vector<std::uint64_t> open;  // children that are still to come, of the groups that we are in
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto element = read_element(reader);
    if (!element) return std::nullopt;
    element->write(open.size() == 1 && element->is_text(), out);
    if (!open.empty() && open.back() > 0) --open.back();
    if (element->children() > 0) open.push_back(element->children());
    while (!open.empty() && open.back() == 0) open.pop_back();
  }
  return out;
}

}  // namespace

base::Result<std::string> with_bytes_for_texts(std::string_view footer) {
  constexpr std::int64_t kSchema = 2;
  const base::Error bad{base::ErrorCode::InvalidInput, "its footer cannot be read"};
  ThriftReader fields(footer);
  const ThriftField version = fields.field(0);
  const ThriftField schema = fields.field(version.number);
  if (fields.bad() || schema.number != kSchema || schema.kind != Kind::List) return bad;

  ThriftReader elements(schema.value);
  Kind kind = Kind::Stop;
  const auto count = elements.elements(kind);
  if (elements.bad() || kind != Kind::Struct) return bad;
  const auto head = schema.value.substr(0, elements.at());
  const auto rewritten = rewritten_elements(elements, count);
  if (!rewritten) return bad;
  const auto begin = static_cast<std::size_t>(schema.value.data() - footer.data());
  assert(begin + schema.value.size() <= footer.size());
  std::string out(footer.substr(0, begin));
  out += head;
  out += *rewritten;
  out += footer.substr(begin + schema.value.size());
  return out;
}

}  // namespace tidemark::archive
