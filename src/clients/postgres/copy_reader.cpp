#include "clients/postgres/copy_reader.hpp"

#include <cassert>
#include <utility>

#include <libpq-fe.h>

#include "base/check.hpp"
#include "clients/postgres/link.hpp"
#include "clients/postgres/wire_format.hpp"

namespace tidemark::clients::postgres {
namespace {

constexpr std::size_t kSignatureBytes = 11;
constexpr std::size_t kHeadBytes = kSignatureBytes + 2 * sizeof(std::uint32_t);
constexpr std::uint16_t kTrailer = 0xFFFF;
constexpr std::uint32_t kNullLength = 0xFFFF'FFFF;

void give_back(const char* bytes) { PQfreemem(const_cast<char*>(bytes)); }

}  // namespace

CopiedRow::CopiedRow(Bytes bytes, std::size_t size, std::size_t at)
    : bytes_(std::move(bytes)), size_(size), at_(at) {
  assert(at_ <= size_);
}

std::optional<std::string_view> CopiedRow::next() {
  assert(at_ <= size_);
  TIDEMARK_CHECK(size_ - at_ >= sizeof(std::uint32_t));
  const auto length = get<std::uint32_t>(bytes_.get() + at_);
  at_ += sizeof length;
  if (length == kNullLength) return std::nullopt;
  TIDEMARK_CHECK(size_ - at_ >= length);
  const std::string_view value(bytes_.get() + at_, length);
  at_ += length;
  return value;
}

std::string_view CopiedRow::next(std::size_t size) {
  const auto value = next();
  TIDEMARK_CHECK(value.has_value() && value->size() == size);
  return *value;
}

std::int32_t CopiedRow::int4() {
  return static_cast<std::int32_t>(get<std::uint32_t>(next(sizeof(std::uint32_t)).data()));
}

std::int64_t CopiedRow::int8() {
  return static_cast<std::int64_t>(get<std::uint64_t>(next(sizeof(std::uint64_t)).data()));
}

std::string_view CopiedRow::text() {
  const auto value = next();
  TIDEMARK_CHECK(value.has_value());
  return *value;
}

std::optional<std::string_view> CopiedRow::text_or_null() { return next(); }

Uuid CopiedRow::uuid() {
  const char* bytes = next(2 * sizeof(std::uint64_t)).data();
  return {.high = get<std::uint64_t>(bytes),
          .low = get<std::uint64_t>(bytes + sizeof(std::uint64_t))};
}

base::Micros CopiedRow::instant() { return static_cast<base::Micros>(int8()) + kEpochMicros; }

CopyReader::CopyReader(CopyReader&& other) noexcept
    : link_(std::exchange(other.link_, nullptr)), begun_(other.begun_), is_done_(other.is_done_) {}

CopyReader::~CopyReader() {
  if (link_ == nullptr) return;
  while (!is_done_) {
    if (auto row = next(); !row) return;
  }
}

// A message of the server is a row; the first one has the head before it, and the last one is the
// trailer alone.
base::Result<std::optional<CopiedRow>> CopyReader::next() {
  if (is_done_) return std::optional<CopiedRow>();
  char* given = nullptr;
  assert(link_ != nullptr);
  const auto got = link_->copied(given);
  if (!got) {
    is_done_ = true;
    return got.error();
  }
  CopiedRow::Bytes bytes(given, give_back);
  std::size_t at = 0;
  if (!begun_ && *got != 0) {
    begun_ = true;
    TIDEMARK_CHECK(*got >= kHeadBytes);
    at = kHeadBytes + get<std::uint32_t>(given + kHeadBytes - sizeof(std::uint32_t));
  }
  if (*got != 0) {
    TIDEMARK_CHECK(*got >= at + sizeof(std::uint16_t));
    const auto columns = get<std::uint16_t>(given + at);
    at += sizeof columns;
    if (columns == kTrailer) return next();  // there is an end of it left to read
    return std::optional(CopiedRow(std::move(bytes), *got, at));
  }
  is_done_ = true;
  if (auto ended = link_->only(); !ended) return ended.error();
  return std::optional<CopiedRow>();
}

}  // namespace tidemark::clients::postgres
