#include "journal/redis/dead_letters.hpp"

#include <cassert>
#include <utility>

#include "clients/redis/script.hpp"
#include "journal/redis/scripts.hpp"

namespace tidemark::journal::redis {
namespace {

using base::Error;
using base::ErrorCode;
using clients::redis::Reply;

Error no_such_letter() { return {ErrorCode::NotFound, "there is no such dead letter"}; }

/// From (id, origin, tries, error, size, payload).
base::Result<DeadLetter> letter_from(Reply& from, std::uint32_t shard) {
  if (from.items.size() != 6) return clients::redis::unexpected("listing dead letters");
  auto place = position_from(shard, from.items[0].text);
  auto origin = position_from(shard, from.items[1].text);
  if (!place) return place.error();
  if (!origin) return origin.error();
  return DeadLetter{.place = *place,
                    .origin = *origin,
                    .error = std::move(from.items[3].text),
                    .tries = static_cast<std::uint32_t>(from.items[2].integer),
                    .payload_bytes = static_cast<std::uint64_t>(from.items[4].integer),
                    .payload = std::move(from.items[5].text)};
}

}  // namespace

DeadLetters::DeadLetters(clients::redis::Connection& connection, Streams streams)
    : connection_(connection), streams_(std::move(streams)) {}

base::Status DeadLetters::check(const event::EntryId& place) const {
  if (place.shard >= streams_.shards) return no_such_letter();
  return base::ok;
}

base::Result<std::vector<DeadLetter>> DeadLetters::list(const Page& page) {
  std::vector<DeadLetter> letters;
  for (auto shard = page.after ? page.after->shard : 0;
       shard < streams_.shards && letters.size() < page.letters_max; ++shard) {
    auto listed = list_shard(shard, page, letters);
    if (!listed) return listed.error().while_doing("listing dead letters");
  }
  return letters;
}

base::Status DeadLetters::list_shard(std::uint32_t shard, const Page& page,
                                     std::vector<DeadLetter>& letters) {
  assert(shard < streams_.shards && letters.size() < page.letters_max);
  const auto keys = keys_of(streams_, shard);
  const bool goes_on = page.after && page.after->shard == shard;
  const auto from = goes_on ? "(" + entry_id(*page.after) : "-";
  const auto count = std::to_string(page.letters_max - letters.size());
  const auto bytes_max = std::to_string(page.payload_bytes_max);
  auto reply = clients::redis::run(connection_, list_dead_script(),
                                   {.keys = {keys.dead}, .values = {from, count, bytes_max}});
  if (!reply) return reply.error();
  for (auto& each : reply->items) {
    auto letter = letter_from(each, shard);
    if (!letter) return letter.error();
    letters.push_back(std::move(*letter));
  }
  return base::ok;
}

base::Result<event::EntryId> DeadLetters::replay(const event::EntryId& place) {
  if (auto checked = check(place); !checked) return checked.error();
  const auto keys = keys_of(streams_, place.shard);
  const auto id = entry_id(place);
  const auto bytes_max = std::to_string(streams_.shard_bytes_max());
  auto reply = clients::redis::run(
      connection_, replay_script(),
      {.keys = {keys.events, keys.bytes, keys.dead}, .values = {bytes_max, id}});
  if (!reply) return reply.error().while_doing("replaying a dead letter");
  if (reply->kind == Reply::Kind::Text) return position_from(place.shard, reply->text);
  if (reply->integer == 0) return no_such_letter();
  return Error{ErrorCode::Overloaded, "the workers have to catch up first"};
}

base::Status DeadLetters::drop(const event::EntryId& place) {
  if (auto checked = check(place); !checked) return checked;
  auto reply = connection_.command({"XDEL", keys_of(streams_, place.shard).dead, entry_id(place)});
  if (!reply) return reply.error().while_doing("dropping a dead letter");
  if (reply->integer == 0) return no_such_letter();
  return base::ok;
}

}  // namespace tidemark::journal::redis
