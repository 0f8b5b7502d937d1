#include "ingest/queue_payload.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include <lz4.h>

#include "event/encoding.hpp"

namespace tidemark::ingest {
namespace {

// A record begins with its version, which is another one.
constexpr char kPacked = 'Z';
constexpr std::size_t kHeadBytes = 1 + sizeof(std::uint32_t);
/// Below it there is little that repeats: a single event or two.
constexpr std::size_t kPackedFrom = 512;
static_assert(kHeadBytes < kPackedFrom);
/// A byte of LZ4 stands for no more than that.
constexpr std::size_t kGrowthMax = 255;

std::string record_of(const event::Batch& batch) {
  event::StoredRows rows;
  rows.reserve(batch.rows.size());
  for (const auto& row : batch.rows) {
    rows.add(batch.project, {row, event::kNoSequence, batch.received_at});
  }
  std::string record(event::encoded_bytes(rows), '\0');
  event::encode(rows, std::as_writable_bytes(std::span(record)));
  assert(rows.size() == batch.rows.size());
  return record;
}

base::Error corrupt(std::string_view what) {
  return {base::ErrorCode::Corrupt, "a compressed entry of the queue " + std::string(what)};
}

}  // namespace

std::string queue_payload(const event::Batch& batch) {
  auto record = record_of(batch);
  if (record.size() < kPackedFrom || record.size() > LZ4_MAX_INPUT_SIZE) return record;
  const auto bytes = static_cast<std::uint32_t>(record.size());
  std::string packed(record.size(), kPacked);  // of no use where it is as large
  std::memcpy(packed.data() + 1, &bytes, sizeof bytes);
  const int written = LZ4_compress_default(record.data(), packed.data() + kHeadBytes,
                                           static_cast<int>(record.size()),
                                           static_cast<int>(packed.size() - kHeadBytes));
  if (written == 0) return record;
  assert(written > 0 && kHeadBytes + static_cast<std::size_t>(written) <= packed.size());
  packed.resize(kHeadBytes + static_cast<std::size_t>(written));
  packed.shrink_to_fit();  // it waits for its turn
  return packed;
}

base::Result<std::string> unpacked(std::string_view payload) {
  if (payload.empty() || payload.front() != kPacked) return std::string(payload);
  if (payload.size() < kHeadBytes) return corrupt("ends within its head");
  std::uint32_t bytes = 0;
  std::memcpy(&bytes, payload.data() + 1, sizeof bytes);
  const auto packed = payload.substr(kHeadBytes);
  if (bytes > LZ4_MAX_INPUT_SIZE || bytes / kGrowthMax > packed.size()) {
    return corrupt("of " + std::to_string(payload.size()) + " bytes says that it holds " +
                   std::to_string(bytes));
  }
  std::string record(bytes, '\0');
  const int read = LZ4_decompress_safe(packed.data(), record.data(),
                                       static_cast<int>(packed.size()), static_cast<int>(bytes));
  if (read < 0 || static_cast<std::uint32_t>(read) != bytes) return corrupt("cannot be read");
  return record;
}

}  // namespace tidemark::ingest
