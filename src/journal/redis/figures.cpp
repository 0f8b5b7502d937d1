#include "journal/redis/figures.hpp"

#include <algorithm>
#include <string>

#include "clients/redis/script.hpp"
#include "journal/redis/scripts.hpp"

namespace tidemark::journal::redis {
namespace {

/// From (consumers, pending, waiting, oldest, now, bytes, kept, dead letters).
base::Status add_shard(const clients::redis::Reply& from, QueueFigures& figures) {
  if (from.items.size() != 8) return clients::redis::unexpected("asking for figures");
  const auto count = [&from](std::size_t i) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, from.items[i].integer));
  };
  // Every worker reads every shard.
  figures.consumers = std::max(figures.consumers, count(0));
  figures.pending += count(1);
  figures.waiting += count(2);
  if (count(3) != 0) {
    const std::chrono::milliseconds age(from.items[4].integer - from.items[3].integer);
    figures.oldest_age = std::max(figures.oldest_age, age);
  }
  figures.bytes += count(5);
  figures.kept += count(6);
  figures.dead_letters += count(7);
  return base::ok;
}

}  // namespace

base::Result<QueueFigures> queue_figures(clients::redis::Connection& connection,
                                         const Streams& streams) {
  QueueFigures figures{.bytes_max = streams.bytes_max};
  for (std::uint32_t shard = 0; shard < streams.shards; ++shard) {
    const auto keys = keys_of(streams, shard);
    auto reply = clients::redis::run(
        connection, figures_script(),
        {.keys = {keys.events, keys.bytes, keys.dead}, .values = {streams.group}});
    if (!reply) return reply.error().while_doing("asking for the queue's figures");
    if (auto added = add_shard(*reply, figures); !added) return added.error();
  }
  return figures;
}

base::Result<std::vector<bool>> are_open(clients::redis::Connection& connection,
                                         const Streams& streams,
                                         std::span<const event::EntryId> entries) {
  std::vector<bool> open(entries.size(), false);
  for (std::uint32_t shard = 0; shard < streams.shards; ++shard) {
    std::vector<std::size_t> asked;
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].shard != shard) continue;
      asked.push_back(i);
      ids.push_back(entry_id(entries[i]));
    }
    if (asked.empty()) continue;
    const auto keys = keys_of(streams, shard);
    clients::redis::ScriptCall call{.keys = {keys.events}, .values = {streams.group}};
    call.values.insert(call.values.end(), ids.begin(), ids.end());
    auto reply = clients::redis::run(connection, are_open_script(), call);
    if (!reply) return reply.error().while_doing("asking the queue for entries");
    if (reply->items.size() != asked.size()) return clients::redis::unexpected("a script");
    for (std::size_t i = 0; i < asked.size(); ++i) open[asked[i]] = reply->items[i].integer != 0;
  }
  return open;
}

}  // namespace tidemark::journal::redis
