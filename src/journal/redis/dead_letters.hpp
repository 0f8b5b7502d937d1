#pragma once

/// Entries that no worker could store, to be looked at, tried again, or dropped.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "clients/redis/connection.hpp"
#include "journal/redis/streams.hpp"

namespace tidemark::journal::redis {

struct DeadLetter {
  event::EntryId place;   ///< its name from now on; its time is the time of burial
  event::EntryId origin;  ///< where it had been appended
  std::string error;      ///< why it could not be stored
  std::uint32_t tries = 0;
  std::uint64_t payload_bytes = 0;
  std::string payload;  ///< its beginning, as many bytes as were asked for
};

/// Promise:  a letter is in the queue or here, never in both or in neither.
/// Errors:   Unavailable; NotFound: there is no such letter (any more).
/// Threads:  one at a time.
/// Lifetime: the connection must outlive it.
class DeadLetters {
 public:
  DeadLetters(clients::redis::Connection& connection, Streams streams);

  struct Page {
    /// The last letter of the previous page; the page begins after it. None: the first page.
    std::optional<event::EntryId> after = {};
    std::size_t letters_max = 100;
    std::size_t payload_bytes_max = 1'000;  ///< of each letter
  };
  /// By shard, then by time of burial. Fewer than `letters_max`: there are no more.
  base::Result<std::vector<DeadLetter>> list(const Page& page);

  /// Puts a letter's payload back into the queue and returns its place there. Overloaded: the queue
  /// is full, and the letter stays.
  base::Result<event::EntryId> replay(const event::EntryId& place);

  base::Status drop(const event::EntryId& place);

 private:
  [[nodiscard]] base::Status check(const event::EntryId& place) const;
  base::Status list_shard(std::uint32_t shard, const Page& page, std::vector<DeadLetter>& letters);

  clients::redis::Connection& connection_;
  Streams streams_;
};

}  // namespace tidemark::journal::redis
