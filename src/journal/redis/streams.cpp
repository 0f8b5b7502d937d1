#include "journal/redis/streams.hpp"

#include <cassert>
#include <charconv>

namespace tidemark::journal::redis {
namespace {

using base::Error;
using base::ErrorCode;

bool take_number(std::string_view text, std::uint64_t& number) {
  const auto* end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, number);
  return !text.empty() && fault == std::errc() && stop == end;
}

}  // namespace

base::Status Streams::check() const {
  const auto wrong = [](std::string_view what) {
    return Error{ErrorCode::InvalidInput, "the streams in Redis: " + std::string(what)};
  };
  if (shards == 0 || shards > kShardsMax) return wrong("shards must be 1 to 64");
  if (bytes_max == 0) return wrong("bytes_max must be at least 1");
  if (group.empty()) return wrong("the group needs a name");
  // The first braces of a key decide where a cluster keeps it.
  if (prefix.empty() || prefix.find_first_of("{}") != std::string::npos) {
    return wrong("the prefix must be a text without { and }");
  }
  return base::ok;
}

ShardKeys keys_of(const Streams& streams, std::uint32_t shard) {
  assert(shard < streams.shards);
  const auto stem = streams.prefix + ":{" + std::to_string(shard) + "}:";
  return {.events = stem + "events",
          .bytes = stem + "bytes",
          .dead = stem + "dead",
          .ledger = stem + "ledger"};
}

std::string entry_id(const event::EntryId& position) {
  return std::to_string(position.millis) + "-" + std::to_string(position.number);
}

base::Result<event::EntryId> position_from(std::uint32_t shard, std::string_view entry_id) {
  event::EntryId position{.shard = shard};
  const auto dash = entry_id.find('-');
  if (dash == std::string_view::npos || !take_number(entry_id.substr(0, dash), position.millis) ||
      !take_number(entry_id.substr(dash + 1), position.number)) {
    return Error{ErrorCode::InvalidInput, "an entry of a stream is named by time-number"};
  }
  return position;
}

}  // namespace tidemark::journal::redis
