#include "journal/redis/consumer.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "base/check.hpp"
#include "journal/redis/durability.hpp"
#include "journal/redis/scripts.hpp"

namespace tidemark::journal::redis {
namespace {

using base::Error;
using base::ErrorCode;
using clients::redis::Reply;
using clients::redis::ScriptCall;

constexpr std::string_view kFirstCursor = "0-0";

std::size_t bytes_of(std::span<const Entry> entries) {
  std::size_t bytes = 0;
  for (const auto& entry : entries) bytes += entry.payload.size();
  return bytes;
}

/// How much may still be taken after `entries`.
Consumer::Most rest_of(const Consumer::Most& most, std::span<const Entry> entries) {
  return {.entries = most.entries - std::min(most.entries, entries.size()),
          .bytes = most.bytes - std::min(most.bytes, bytes_of(entries))};
}

/// The share of one of so many.
Consumer::Most part_of(const Consumer::Most& most, std::uint32_t number, std::uint32_t count) {
  assert(number < count);
  return {.entries = (most.entries + count - 1 - number) / count,
          .bytes = (most.bytes + count - 1 - number) / count};
}

bool is_used_up(const Consumer::Most& most) { return most.entries == 0 || most.bytes == 0; }

Error another_ledger() {
  return {ErrorCode::Conflict, "the ledger has another history by now: entries come again"};
}

/// Takes (id, payload) or (id, payload, tries).
base::Status take_entry(Reply& from, std::uint32_t shard, std::vector<Entry>& entries) {
  assert(shard < Streams::kShardsMax);
  if (from.items.size() < 2) return clients::redis::unexpected("a reading script");
  auto position = position_from(shard, from.items[0].text);
  if (!position) return position.error();
  Entry entry{.position = *position, .payload = std::move(from.items[1].text)};
  if (from.items.size() > 2) entry.tries = static_cast<std::uint32_t>(from.items[2].integer);
  entries.push_back(std::move(entry));
  return base::ok;
}

}  // namespace

Consumer::Consumer(clients::redis::Address address, Options options)
    : options_(std::move(options)),
      link_(std::move(address),
            [this] {
              auto dialer = options_.dialer;
              dialer.greet = [this](clients::redis::Connection& each) { return greet(each); };
              return dialer;
            }()),
      cursors_(options_.streams.shards, std::string(kFirstCursor)) {
  assert(options_.streams.check() && "whoever made the options has checked the streams");
  for (std::uint32_t shard = 0; shard < options_.streams.shards; ++shard) {
    keys_.push_back(keys_of(options_.streams, shard));
  }
}

base::Status Consumer::greet(clients::redis::Connection& connection) const {
  if (auto durable = check_durability(connection); !durable) return durable;
  std::vector<ScriptCall> calls;
  for (const auto& keys : keys_) {
    calls.push_back({.keys = {keys.events, keys.bytes}, .values = {options_.streams.group}});
  }
  auto replies = clients::redis::run_all(connection, open_group_script(), calls);
  if (!replies) return replies.error();
  for (const auto& reply : *replies) {
    if (reply.kind == Reply::Kind::Error) {
      return clients::redis::error_from(reply).while_doing("making the group of workers");
    }
  }
  return base::ok;
}

base::Result<std::vector<Reply>> Consumer::run_all(const clients::redis::Script& script,
                                                   std::span<const ScriptCall> calls,
                                                   std::string_view doing) {
  auto connection = link_.connection();
  if (!connection) return connection.error().while_doing(doing);
  auto replies = clients::redis::run_all(**connection, script, calls);
  if (!replies) return replies.error().while_doing(doing);
  for (const auto& reply : *replies) {
    if (reply.kind != Reply::Kind::Error) continue;
    const auto error = clients::redis::error_from(reply).while_doing(doing);
    if (error.code() != ErrorCode::NotFound && error.code() != ErrorCode::Unavailable) return error;
    // The server was emptied, its disk fails, or it is no longer the first server: a new connection
    // makes the groups again, and checks what the server is.
    link_.close();
    return Error{ErrorCode::Unavailable, error.message()};
  }
  return replies;
}

base::Result<Reply> Consumer::run(const clients::redis::Script& script, const ScriptCall& call,
                                  std::string_view doing) {
  auto replies = run_all(script, std::span(&call, 1), doing);
  if (!replies) return replies.error();
  assert(replies->size() == 1);
  return std::move(replies->front());
}

base::Result<std::uint64_t> Consumer::sum_over_shards(const clients::redis::Script& script,
                                                      const std::vector<std::string_view>& values,
                                                      std::string_view doing) {
  std::vector<ScriptCall> calls;
  for (const auto& keys : keys_) {
    calls.push_back({.keys = {keys.events, keys.bytes, keys.ledger}, .values = values});
  }
  auto replies = run_all(script, calls, doing);
  if (!replies) return replies.error();
  assert(replies->size() == keys_.size());
  std::uint64_t sum = 0;
  for (const auto& reply : *replies) sum += static_cast<std::uint64_t>(reply.integer);
  return sum;
}

base::Result<std::vector<Entry>> Consumer::read(const Most& most,
                                                std::chrono::milliseconds wait_max) {
  std::vector<Entry> entries;
  auto taken = read_shards(most, entries);
  // Entries that were taken before the failure are not lost with it.
  if (!taken && entries.empty()) return taken.error();
  first_shard_ = (first_shard_ + 1) % options_.streams.shards;
  if (!entries.empty() || wait_max.count() <= 0) return entries;
  auto waited = wait_for_entries(wait_max, entries);
  if (!waited) return waited.error();
  return entries;
}

// In one trip: a server that syncs before it answers does so once.
base::Status Consumer::read_shards(const Most& most, std::vector<Entry>& entries) {
  const auto shards = options_.streams.shards;
  std::vector<Most> parts;
  std::vector<std::array<std::string, 2>> texts;  // the calls refer to them
  for (std::uint32_t i = 0; i < shards; ++i) {
    assert(first_shard_ < shards);
    const auto part = part_of(most, i, shards);
    if (is_used_up(part)) break;
    parts.push_back(part);
    texts.push_back({std::to_string(part.entries), std::to_string(part.bytes)});
  }
  std::vector<ScriptCall> calls;
  for (std::uint32_t i = 0; i < parts.size(); ++i) {
    calls.push_back({.keys = {keys_[(first_shard_ + i) % shards].events},
                     .values = {options_.streams.group, options_.name, texts[i][0], texts[i][1]}});
  }
  left_some_ = false;
  auto replies = run_all(read_script(), calls, "reading the queue");
  if (!replies) return replies.error();
  assert(replies->size() == parts.size());
  for (std::uint32_t i = 0; i < parts.size(); ++i) {
    const auto before = entries.size();
    for (auto& each : (*replies)[i].items) {
      auto taken = take_entry(each, (first_shard_ + i) % shards, entries);
      if (!taken) return taken;
    }
    const auto of_shard = std::span(entries).subspan(before);
    left_some_ = left_some_ || is_used_up(rest_of(parts[i], of_shard));
  }
  return base::ok;
}

base::Status Consumer::wait_for_entries(std::chrono::milliseconds wait_max,
                                        std::vector<Entry>& entries) {
  auto connection = link_.connection();
  if (!connection) return connection.error();
  const auto block = std::to_string(wait_max.count());
  std::vector<std::string_view> words = {"XREADGROUP",  "GROUP", options_.streams.group,
                                         options_.name, "COUNT", "1",
                                         "BLOCK",       block,   "STREAMS"};
  for (const auto& keys : keys_) words.push_back(keys.events);
  words.resize(words.size() + keys_.size(), ">");
  auto reply = (*connection)->command(words, wait_max);
  if (!reply) {
    link_.close();
    return Error{ErrorCode::Unavailable, reply.error().message()}.while_doing("reading the queue");
  }
  for (auto& stream : reply->items) {
    if (stream.items.size() != 2) return clients::redis::unexpected("XREADGROUP");
    const auto found = std::ranges::find(keys_, stream.items[0].text, &ShardKeys::events);
    if (found == keys_.end()) return clients::redis::unexpected("XREADGROUP");
    const auto shard = static_cast<std::uint32_t>(found - keys_.begin());
    for (auto& each : stream.items[1].items) {
      // (id, (name, payload)) here; the scripts leave the name out.
      if (each.items.size() != 2 || each.items[1].items.size() < 2) {
        return clients::redis::unexpected("XREADGROUP");
      }
      Reply payload = std::move(each.items[1].items[1]);
      each.items[1] = std::move(payload);
      if (auto taken = take_entry(each, shard, entries); !taken) return taken;
    }
  }
  return base::ok;
}

base::Result<std::vector<Entry>> Consumer::claim(const Most& most,
                                                 std::chrono::milliseconds idle_min) {
  std::vector<Entry> entries;
  const auto idle = std::to_string(idle_min.count());
  const auto shards = options_.streams.shards;
  for (std::uint32_t i = 0; i < shards; ++i) {
    const auto rest = rest_of(most, entries);
    if (is_used_up(rest)) break;
    auto claimed = claim_shard((first_shard_ + i) % shards, rest, idle, entries);
    if (!claimed && !entries.empty()) return entries;
    if (!claimed) return claimed.error();
  }
  return entries;
}

base::Status Consumer::claim_shard(std::uint32_t shard, const Most& most, std::string_view idle_min,
                                   std::vector<Entry>& entries) {
  const auto entries_max = std::to_string(most.entries);
  assert(shard < keys_.size() && cursors_.size() == keys_.size());
  const auto bytes_max = std::to_string(most.bytes);
  assert(!is_used_up(most));
  auto reply = run(claim_script(),
                   {.keys = {keys_[shard].events},
                    .values = {options_.streams.group, options_.name, idle_min, cursors_[shard],
                               entries_max, bytes_max}},
                   "claiming entries");
  if (!reply) return reply.error();
  if (reply->items.size() != 3) return clients::redis::unexpected("XAUTOCLAIM");
  cursors_[shard] = reply->items[0].text;
  gone_ += static_cast<std::uint64_t>(reply->items[1].integer);
  for (auto& each : reply->items[2].items) {
    if (auto taken = take_entry(each, shard, entries); !taken) return taken;
  }
  return base::ok;
}

base::Result<std::uint64_t> Consumer::follow_ledger(std::string_view epoch,
                                                    std::chrono::milliseconds back) {
  const auto time = std::to_string(back.count());
  auto again = sum_over_shards(follow_ledger_script(), {options_.streams.group, epoch, time},
                               "naming the ledger");
  if (again) ledger_ = epoch;
  return again;
}

base::Status Consumer::acknowledge(std::span<const Entry> entries) {
  std::vector<const Entry*> pointers;
  pointers.reserve(entries.size());
  for (const auto& entry : entries) pointers.push_back(&entry);
  return acknowledge(pointers);
}

base::Status Consumer::acknowledge(std::span<const Entry* const> entries) {
  std::vector<std::vector<std::string>> texts(keys_.size());  // the calls refer to them
  for (const auto* entry : entries) {
    assert(entry != nullptr);
    TIDEMARK_CHECK(entry->position.shard < texts.size());
    auto& of_shard = texts[entry->position.shard];
    of_shard.push_back(entry_id(entry->position));
    of_shard.push_back(std::to_string(entry->payload.size()));
  }
  std::vector<ScriptCall> calls;
  for (std::size_t shard = 0; shard < texts.size(); ++shard) {
    if (texts[shard].empty()) continue;
    ScriptCall call{.keys = {keys_[shard].events, keys_[shard].bytes, keys_[shard].ledger},
                    .values = {options_.streams.group, ledger_}};
    call.values.insert(call.values.end(), texts[shard].begin(), texts[shard].end());
    calls.push_back(std::move(call));
  }
  if (calls.empty()) return base::ok;
  auto done = run_all(acknowledge_script(), calls, "acknowledging entries");
  if (!done) return done.error();
  for (const auto& reply : *done) {
    if (reply.integer < 0) return another_ledger();
  }
  return base::ok;
}

base::Status Consumer::bury(const Entry& entry, std::span<const Burial> parts) {
  TIDEMARK_CHECK(entry.position.shard < keys_.size());
  const auto& keys = keys_[entry.position.shard];
  const auto id = entry_id(entry.position);
  const auto size = std::to_string(entry.payload.size());
  const auto most = std::to_string(options_.streams.shard_dead_letters_max());
  std::vector<std::string> tries;
  for (const auto& part : parts) tries.push_back(std::to_string(part.tries));
  ScriptCall call{.keys = {keys.events, keys.bytes, keys.ledger, keys.dead},
                  .values = {options_.streams.group, ledger_, id, size, most}};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    call.values.push_back(parts[i].payload);
    call.values.push_back(parts[i].error.substr(0, kBurialErrorBytesMax));
    call.values.push_back(tries[i]);
  }
  auto done = run(bury_script(), call, "burying an entry");
  if (!done) return done.error();
  if (done->integer == -1) return another_ledger();
  if (done->integer == -2) {
    return Error{ErrorCode::Overloaded, "there are too many dead letters: replay or drop some"};
  }
  return base::ok;
}

base::Result<std::uint64_t> Consumer::trim(const Kept& kept) {
  const auto time = std::to_string(kept.time.count());
  const auto bytes_max = std::to_string(kept.bytes_max / options_.streams.shards);
  return sum_over_shards(trim_script(), {options_.streams.group, time, bytes_max},
                         "trimming the queue");
}

base::Result<QueueFigures> Consumer::figures() {
  auto connection = link_.connection();
  if (!connection) return connection.error();
  return queue_figures(**connection, options_.streams);
}

base::Result<std::uint64_t> Consumer::forget_consumers(std::chrono::milliseconds idle_min) {
  const auto idle = std::to_string(idle_min.count());
  return sum_over_shards(forget_consumers_script(), {options_.streams.group, idle},
                         "forgetting consumers");
}

}  // namespace tidemark::journal::redis
