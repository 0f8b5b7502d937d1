// tidemark dlq: events that no worker could store, to look at, to try again, to drop.

#include <charconv>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/commands/command_line.hpp"
#include "app/commands/print.hpp"
#include "app/wiring/server_profile.hpp"
#include "clients/redis/connection.hpp"
#include "event/encoding.hpp"
#include "event/timestamp.hpp"
#include "http/json_writer.hpp"
#include "ingest/queue_payload.hpp"
#include "journal/redis/dead_letters.hpp"
#include "wire/event_writer.hpp"

namespace tidemark::app {
namespace {

using event::EntryId;
using journal::redis::DeadLetter;
using journal::redis::DeadLetters;

/// The queue, opened for one command.
struct Queue {
  clients::redis::Connection connection;
  DeadLetters letters;

  Queue(clients::redis::Connection opened, const journal::redis::Streams& streams)
      : connection(std::move(opened)), letters(connection, streams) {}
};

base::Result<std::unique_ptr<Queue>> open(const config::Settings& settings) {
  if (settings.journal == "local") {
    return base::Error{base::ErrorCode::InvalidInput,
                       "the setting journal is local, and a local journal has no dead letters: "
                       "expected redis://…"};
  }
  auto address = clients::redis::parse_address(settings.journal);
  if (!address) return address.error();
  auto connection = clients::redis::Connection::open(*address, {});
  if (!connection) return connection.error();
  return std::make_unique<Queue>(std::move(*connection), streams_of(settings));
}

/// "2:1700000000000-0".
std::string name_of(const event::EntryId& place) {
  return std::to_string(place.shard) + ":" + journal::redis::entry_id(place);
}

base::Result<event::EntryId> place_named(const std::string& name) {
  std::uint32_t shard = 0;
  const char* const end = name.data() + name.size();
  const auto read = std::from_chars(name.data(), end, shard);
  if (read.ec != std::errc{} || read.ptr == end || *read.ptr != ':') {
    return base::Error{base::ErrorCode::InvalidInput,
                       "the id of a dead letter must be as `dlq list` prints it, like "
                       "2:1700000000000-0; received " +
                           name};
  }
  return journal::redis::position_from(
      shard, std::string_view(read.ptr + 1, static_cast<std::size_t>(end - read.ptr - 1)));
}

/// The events inside, as far as they can be read.
void write_events(const DeadLetter& letter, http::JsonWriter& json) {
  const event::IdHasher hasher(event::IdHasher::Key{});
  const auto record = ingest::unpacked(letter.payload);
  const std::string_view content = record ? std::string_view(*record) : std::string_view();
  const auto rows = event::decode(std::as_bytes(std::span(content)), 0, hasher);
  json.key("events").begin_array();
  if (rows) {
    for (const auto& row : rows->rows()) {
      json.begin_object()
          .member("event_id", row.id)
          .member("occurred_at", event::to_string(row.occurred_at))
          .member("user_id", row.user_id)
          .member("event_type", row.event_type)
          .member("properties", row.properties)
          .end_object();
    }
  }
  json.end_array();
}

void show(const DeadLetter& letter) {
  http::JsonWriter json;
  json.begin_object()
      .member("id", name_of(letter.place))
      .member("buried_at", event::to_string(letter.place.time()))
      .member("origin", name_of(letter.origin))
      .member("error", letter.error)
      .member("tries", std::uint64_t{letter.tries})
      .member("bytes", letter.payload_bytes);
  write_events(letter, json);
  json.end_object();
  print_json(json.text());
}

/// Calls `visit` for each letter. Letters that come meanwhile may be left out.
base::Status for_each(Queue& queue, std::size_t payload_bytes_max,
                      const std::function<base::Status(const DeadLetter&)>& visit) {
  DeadLetters::Page page{.payload_bytes_max = payload_bytes_max};
  for (;;) {
    const auto letters = queue.letters.list(page);
    if (!letters) return letters.error();
    for (const auto& letter : *letters) {
      if (auto visited = visit(letter); !visited) return visited;
    }
    if (letters->size() < page.letters_max) return base::ok;
    page.after = letters->back().place;
  }
}

/// A letter holds one event, or an entry that could not be read at all.
constexpr std::size_t kShownBytesMax = 128 * 1'024;

int list(const config::Settings& settings) {
  auto queue = open(settings);
  if (!queue) return fail(queue.error());
  const auto listed = for_each(**queue, kShownBytesMax, [](const DeadLetter& letter) {
    show(letter);
    return base::Status(base::ok);
  });
  return listed ? kExitOk : fail(kExitCannotWork, listed.error().message());
}

struct Chosen {
  std::vector<std::string> ids;
  bool all = false;
};

using Act = std::function<base::Status(DeadLetters&, const event::EntryId&)>;

int act_on(const config::Settings& settings, const Chosen& chosen, const char* done,
           const Act& act) {
  if (chosen.ids.empty() != chosen.all) {
    return fail(kExitUsage, "expected either the ids of dead letters or --all");
  }
  auto queue = open(settings);
  if (!queue) return fail(queue.error());
  std::vector<event::EntryId> places;
  for (const auto& id : chosen.ids) {
    const auto place = place_named(id);
    if (!place) return fail(place.error());
    places.push_back(*place);
  }
  if (chosen.all) {
    const auto listed = for_each(**queue, 0, [&](const DeadLetter& letter) {
      places.push_back(letter.place);
      return base::Status(base::ok);
    });
    if (!listed) return fail(kExitCannotWork, listed.error().message());
  }
  std::size_t count = 0;
  int code = kExitOk;
  for (const auto& place : places) {
    const auto acted = act((*queue)->letters, place);
    if (acted) {
      ++count;
    } else if (acted.error().code() == base::ErrorCode::NotFound) {
      code = fail(kExitBadInput, name_of(place) + ": there is no such dead letter");
    } else {
      return fail(kExitCannotWork, acted.error().message());
    }
  }
  print("{} {} dead letters\n", done, count);
  return code;
}

}  // namespace

void add_dlq(CommandLine& commands) {
  auto chosen = std::make_shared<Chosen>();
  const auto parent = commands.add(
      "dlq", "Shows, replays or drops events that no worker could store (server profile)", {});
  parent.needs_one_below();
  commands.add_under(parent, "list", "Prints the dead letters, one JSON object a line",
                     [](const config::Loaded& loaded) { return list(loaded.settings); });
  const auto replaying = commands.add_under(
      parent, "replay", "Puts dead letters back into the queue",
      [chosen](const config::Loaded& loaded) {
        return act_on(loaded.settings, *chosen, "replayed",
                      [](DeadLetters& letters, const event::EntryId& place) -> base::Status {
                        const auto put = letters.replay(place);
                        return put ? base::Status(base::ok) : base::Status(put.error());
                      });
      });
  const auto dropping = commands.add_under(
      parent, "drop", "Deletes dead letters", [chosen](const config::Loaded& loaded) {
        return act_on(
            loaded.settings, *chosen, "dropped",
            [](DeadLetters& letters, const event::EntryId& place) { return letters.drop(place); });
      });
  for (const auto& command : {replaying, dropping}) {
    command.option("id", &chosen->ids, "Ids of dead letters, as `dlq list` prints them");
    command.flag("--all", chosen->all, "All dead letters");
  }
}

}  // namespace tidemark::app
