#include "clients/postgres/copy_writer.hpp"

#include <cassert>
#include <utility>

#include "clients/postgres/link.hpp"
#include "clients/postgres/wire_format.hpp"

namespace tidemark::clients::postgres {
namespace {

constexpr std::string_view kSignature{"PGCOPY\n\377\r\n\0", 11};
constexpr std::uint16_t kTrailer = 0xFFFF;
constexpr std::uint32_t kNullLength = 0xFFFF'FFFF;

}  // namespace

CopyWriter::CopyWriter(Link& link) : link_(&link) {
  piece_.reserve(kPieceBytes + kPieceBytes / 4);
  piece_ += kSignature;
  put<std::uint32_t>(piece_, 0);  // flags
  put<std::uint32_t>(piece_, 0);  // no extension
}

CopyWriter::CopyWriter(CopyWriter&& other) noexcept
    : link_(std::exchange(other.link_, nullptr)), piece_(std::move(other.piece_)) {}

CopyWriter::~CopyWriter() {
  if (link_ == nullptr) return;
  if (PQputCopyEnd(link_->raw(), "not finished") < 0) return;
  // Reads away that the COPY was cancelled; without a connection there is nothing to read.
  const auto cancelled = link_->only();
  static_cast<void>(cancelled);
}

base::Status CopyWriter::send() {
  assert(link_ != nullptr && std::in_range<int>(piece_.size()));
  auto sent = link_->check_sent(
      PQputCopyData(link_->raw(), piece_.data(), static_cast<int>(piece_.size())) == 1 ? 1 : 0);
  if (!sent) return sent.error();
  piece_.clear();
  return link_->flush();
}

base::Status CopyWriter::begin_row(std::uint16_t columns) {
  assert(link_ != nullptr && columns < kTrailer);
  if (piece_.size() >= kPieceBytes) {
    if (auto sent = send(); !sent) return sent.error();
  }
  put(piece_, columns);
  return base::ok;
}

void CopyWriter::null() { put(piece_, kNullLength); }

void CopyWriter::boolean(bool value) {
  put<std::uint32_t>(piece_, 1);
  piece_ += value ? '\1' : '\0';
}

void CopyWriter::int2(std::int16_t value) {
  put<std::uint32_t>(piece_, sizeof value);
  put(piece_, static_cast<std::uint16_t>(value));
}

void CopyWriter::int4(std::int32_t value) {
  put<std::uint32_t>(piece_, sizeof value);
  put(piece_, static_cast<std::uint32_t>(value));
}

void CopyWriter::int8(std::int64_t value) {
  put<std::uint32_t>(piece_, sizeof value);
  put(piece_, static_cast<std::uint64_t>(value));
}

void CopyWriter::text(std::string_view value) {
  assert(std::in_range<std::int32_t>(value.size()));
  put(piece_, static_cast<std::uint32_t>(value.size()));
  piece_ += value;
}

void CopyWriter::uuid(Uuid value) {
  static_assert(sizeof value == 2 * sizeof(std::uint64_t));
  put<std::uint32_t>(piece_, sizeof value);
  put(piece_, value.high);
  put(piece_, value.low);
}

void CopyWriter::instant(base::Micros value) { int8(value - kEpochMicros); }

base::Result<std::uint64_t> CopyWriter::finish() {
  assert(link_ != nullptr && "it is finished once");
  put(piece_, kTrailer);
  if (auto sent = send(); !sent) return sent.error();
  Link& link = *std::exchange(link_, nullptr);
  auto ended = link.check_sent(PQputCopyEnd(link.raw(), nullptr) == 1 ? 1 : 0);
  if (!ended) return ended.error();
  auto answer = link.only();
  if (!answer) return answer.error();
  return answer->affected();
}

}  // namespace tidemark::clients::postgres
