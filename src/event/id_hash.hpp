#pragma once

/// The hash that identifies an event id for ever.

#include <array>
#include <cstddef>
#include <string_view>

#include "event/event.hpp"
#include "event/event_id.hpp"

namespace tidemark::event {

/// XXH3-128 over (project, kind of id, id), with a secret made from a key of the data folder.
///
/// Promise:  the same for the same key, project and id in every version of the program: it is on
///           disk (docs/formats/record.md). A UUID hashes the same in any case, and never
///           the same as a text.
/// Threads:  immutable after construction.
/// Cost:     about 10 ns.
class IdHasher {
 public:
  using Key = std::array<std::byte, 32>;

  explicit IdHasher(const Key& key);

  /// The form of `id` decides whether it is a UUID.
  [[nodiscard]] IdHash hash(ProjectId project, std::string_view id) const;
  [[nodiscard]] IdHash hash(ProjectId project, Uuid uuid) const;
  /// For an id that is certainly not a UUID; at most kEventIdBytesMax bytes.
  [[nodiscard]] IdHash hash_text(ProjectId project, std::string_view id) const;

 private:
  static constexpr std::size_t kSecretBytes = 192;
  alignas(64) std::array<std::byte, kSecretBytes> secret_;
};

}  // namespace tidemark::event
