#include "views/rollup/snapshot/index.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <span>

#include "ledger/local/crc32c.hpp"
#include "views/rollup/bytes.hpp"

namespace tidemark::views::rollup::snapshot {
namespace {

constexpr std::string_view kMagic = "TMROLLIX";
constexpr std::uint32_t kVersion = 1;
constexpr std::string_view kSuffix = ".sets";
constexpr std::size_t kDigits = 12;

std::uint32_t checksum_of(std::string_view bytes) {
  return ledger::local::crc32c(std::as_bytes(std::span(bytes)));
}

base::Error corrupt(const std::string& what) { return {base::ErrorCode::Corrupt, what}; }

bool take_section(std::string_view& bytes, SectionKey& key, SectionPlace& place) {
  return take(bytes, key.kind) && take(bytes, key.project) && take(bytes, key.zone) &&
         take(bytes, key.number) && take(bytes, place.version) && take(bytes, place.file) &&
         take(bytes, place.offset) && take(bytes, place.length) && take(bytes, place.checksum);
}

}  // namespace

std::string encode(const Index& index) {
  std::string body;
  put(body, index.ledger_id);
  put(body, index.position);
  put(body, index.file_bytes.size());
  for (const auto& [file, bytes] : index.file_bytes) {
    put(body, file);
    put(body, bytes);
  }
  put(body, index.sections.size());
  for (const auto& [key, place] : index.sections) {
    put(body, key.kind);
    put(body, key.project);
    put(body, key.zone);
    put(body, key.number);
    put(body, place.version);
    put(body, place.file);
    put(body, place.offset);
    put(body, place.length);
    put(body, place.checksum);
  }
  std::string bytes(kMagic);
  put(bytes, kVersion);
  put(bytes, checksum_of(body));
  return bytes + body;
}

base::Result<Index> decode_index(std::string_view bytes) {
  std::uint32_t version = 0;
  std::uint32_t checksum = 0;
  if (!bytes.starts_with(kMagic)) return corrupt("INDEX is not the index of a snapshot");
  bytes.remove_prefix(kMagic.size());
  if (!take(bytes, version) || !take(bytes, checksum)) return corrupt("INDEX is cut short");
  if (version != kVersion) {
    return corrupt("INDEX has format version " + std::to_string(version) + ", expected " +
                   std::to_string(kVersion));
  }
  if (checksum_of(bytes) != checksum) return corrupt("INDEX has a wrong checksum");

  Index index;
  std::uint64_t files = 0;
  std::uint64_t sections = 0;
  bool good = take(bytes, index.ledger_id) && take(bytes, index.position) && take(bytes, files);
  for (std::uint64_t i = 0; good && i < files; ++i) {
    std::uint64_t file = 0;
    good = take(bytes, file) && take(bytes, index.file_bytes[file]);
  }
  good = good && take(bytes, sections);
  for (std::uint64_t i = 0; good && i < sections; ++i) {
    SectionKey key;
    SectionPlace place;
    good = take_section(bytes, key, place);
    index.sections[key] = place;
  }
  if (!good || !bytes.empty()) return corrupt("INDEX is cut short");
  return index;
}

std::string sets_file_name(std::uint64_t number) {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "%012llu.sets", static_cast<unsigned long long>(number));
  return name.data();
}

std::uint64_t sets_file_number(std::string_view name) {
  if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) return 0;
  std::uint64_t number = 0;
  const char* const end = name.data() + kDigits;
  const auto read = std::from_chars(name.data(), end, number);
  return read.ec == std::errc() && read.ptr == end ? number : 0;
}

}  // namespace tidemark::views::rollup::snapshot
