#pragma once

/// Where each section of a snapshot lies. The format: docs/formats/rollup_snapshot.md.

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "event/event.hpp"

namespace tidemark::views::rollup::snapshot {

enum class SectionKind : std::uint8_t {
  Project = 1,    ///< the figures of a project
  Users = 2,      ///< ids of users, in order of their ordinals
  Types = 3,      ///< names of types, in order of their ordinals
  FirstSeen = 4,  ///< when users were first seen
  Day = 5,        ///< one day of one zone
};

/// A section never changes while its version is the same.
struct SectionKey {
  SectionKind kind = SectionKind::Project;
  std::uint32_t project = 0;
  std::uint64_t zone = 0;    ///< Day: the hash of the zone's rules
  std::uint32_t number = 0;  ///< of the page or day
  auto operator<=>(const SectionKey&) const = default;
};

struct SectionPlace {
  std::uint64_t version = 0;
  std::uint64_t file = 0;  ///< number of the file
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint32_t checksum = 0;
};

struct Index {
  std::uint64_t ledger_id = 0;
  event::Sequence position = 0;
  std::map<SectionKey, SectionPlace> sections;
  std::map<std::uint64_t, std::uint64_t> file_bytes;  ///< of each file that is named
};

inline constexpr std::string_view kIndexName = "INDEX";
inline constexpr std::uint64_t kIndexBytesMax = std::uint64_t{1} << 30;

std::string encode(const Index& index);
/// Corrupt for bytes that are not an index, or for a newer version.
base::Result<Index> decode_index(std::string_view bytes);

/// "000000000007.sets", and back; 0 for any other name.
std::string sets_file_name(std::uint64_t number);
std::uint64_t sets_file_number(std::string_view name);

}  // namespace tidemark::views::rollup::snapshot
