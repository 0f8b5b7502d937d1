#include "app/wiring/server_profile.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>
#include <utility>

#include "app/wiring/options.hpp"
#include "app/wiring/profile_figures.hpp"
#include "clients/redis/address.hpp"
#include "event/content_hash.hpp"
#include "journal/redis/figures.hpp"
#include "ledger/postgres/migrations.hpp"
#include "quarantine/carry_over.hpp"
#include "telemetry/log.hpp"
#include "telemetry/trouble.hpp"

namespace tidemark::app {
namespace {

namespace postgres = ledger::postgres;
using base::Error;
using base::ErrorCode;
using clients::postgres::Needs;

/// Below the data folder, a folder for each history of the ledger: there is one but while it
/// changes.
constexpr const char* kFollowed = "followed";
/// Between two looks for servers that a start waits for.
constexpr std::chrono::milliseconds kStartPause{500};
/// How long beyond its reading a request may run before its Idempotency-Key is free again.
constexpr std::chrono::minutes kRunningGrace{2};
/// How often the queue is asked what became of entries that the ledger does not know: nearly always
/// they are only not committed yet.
constexpr std::chrono::seconds kAskQueueEvery{1};
/// For `GET /queue`: each question takes one for a moment.
constexpr std::size_t kQueueConnectionsMax = 2;

std::string folder_name(const std::string& epoch) {
  const auto hash = event::content_hash(epoch);
  char name[17];
  std::snprintf(name, sizeof name, "%016llx", static_cast<unsigned long long>(hash.high));
  return name;
}

/// Rejected events are kept and listed by the workers that answer questions, which a database that
/// hangs is not to hold up for long.
clients::postgres::Options quarantine_options(const config::Settings& settings) {
  auto options = ledger_options(settings, Needs::Writes);
  options.connect_timeout = std::chrono::seconds(2);
  options.statement_timeout = std::chrono::seconds(5);
  options.lock_timeout = std::chrono::seconds(3);
  options.answer_grace = std::chrono::seconds(1);
  return options;
}

}  // namespace

bool is_server_profile(const config::Settings& settings) {
  return settings.journal != "local" && settings.ledger != "local";
}

base::Status check_profile(const config::Settings& settings) {
  if ((settings.journal == "local") == (settings.ledger == "local")) return base::ok;
  const bool lacks_queue = settings.journal == "local";
  return Error{ErrorCode::InvalidInput,
               std::string("settings journal and ledger: expected both local, or redis://… and "
                           "postgres://…; ") +
                   (lacks_queue ? "received a server for ledger, but local for journal"
                                : "received a server for journal, but local for ledger")};
}

journal::redis::Streams streams_of(const config::Settings& settings) {
  assert(settings.queue_shards > 0 && std::in_range<std::uint32_t>(settings.queue_shards));
  return {.shards = static_cast<std::uint32_t>(settings.queue_shards),
          .bytes_max = static_cast<std::uint64_t>(settings.queue_bytes_max),
          .dead_letters_max = static_cast<std::uint64_t>(settings.dead_letters_max)};
}

clients::postgres::Options ledger_options(const config::Settings& settings, Needs needs) {
  return {.url = settings.ledger, .needs = needs};
}

ServerProfile::ServerProfile(Environment environment)
    : environment_(std::move(environment)),
      pool_(ledger_options(environment_.settings, Needs::Primary),
            {.connections_max =
                 static_cast<std::size_t>(environment_.settings.ledger_connections_max)}),
      quarantine_pool_(
          quarantine_options(environment_.settings),
          {.connections_max = static_cast<std::size_t>(environment_.settings.query_threads)}),
      feed_(pool_),
      waiters_(static_cast<std::uint32_t>(environment_.settings.queue_shards), [this] {
        if (follower_) follower_->look();
      }) {}

ServerProfile::~ServerProfile() { stop(); }

base::Result<std::unique_ptr<ServerProfile>> ServerProfile::open(Environment environment) {
  std::unique_ptr<ServerProfile> self(new ServerProfile(std::move(environment)));
  if (auto opened = self->open_folder(); !opened) return opened.error();
  auto head = self->wait_for_ledger();
  if (!head) return head.error().while_doing("opening the ledger");
  self->open_quarantine();
  if (auto opened = self->open_shared(); !opened) return opened.error();
  if (auto opened = self->open_store(*head); !opened) return opened.error();
  if (auto started = self->start(); !started) return started.error();
  return self;
}

base::Status ServerProfile::open_folder() {
  const std::filesystem::path path(environment_.settings.data_dir);
  std::error_code unknown;
  if (std::filesystem::exists(path / "journal", unknown)) {
    return Error{ErrorCode::Conflict,
                 "the data folder " + path.string() +
                     " holds events of the embedded profile, but in the server profile a data "
                     "folder holds only views: choose another folder with --data-dir, and load "
                     "these events with `export` and `import`"};
  }
  auto folder = files::DataFolder::open(environment_.files, path);
  if (!folder) return folder.error();
  folder_ = std::move(*folder);
  return base::ok;
}

base::Result<ledger::FeedHead> ServerProfile::wait_for_ledger() {
  const auto until = std::chrono::steady_clock::now() +
                     std::chrono::seconds(environment_.settings.start_seconds_max);
  telemetry::Trouble trouble("waiting for the ledger", "the ledger is there");
  for (;;) {
    auto head = [&]() -> base::Result<ledger::FeedHead> {
      auto lease = pool_.take();
      if (!lease) return lease.error();
      if (auto good = postgres::check_schema(**lease); !good) return good.error();
      return feed_.head();
    }();
    static_cast<void>(trouble.note(head ? base::Status(base::ok) : base::Status(head.error())));
    if (head || head.error().code() != ErrorCode::Unavailable) return head;
    const bool stopped = environment_.stopped && environment_.stopped();
    if (stopped || std::chrono::steady_clock::now() >= until) return head;
    std::this_thread::sleep_for(kStartPause);
  }
}

base::Status ServerProfile::open_store(const ledger::FeedHead& head) {
  assert(postgres_engine_ != nullptr && "the store has it among its engines");
  const auto followed = std::filesystem::path(environment_.settings.data_dir) / kFollowed;
  epoch_ = head.epoch;
  const auto name = folder_name(epoch_);
  std::error_code unknown;
  for (const auto& entry : std::filesystem::directory_iterator(followed, unknown)) {
    if (entry.path().filename() == name) continue;
    telemetry::warning("removing views of another history of the ledger",
                       {{"folder", std::string_view(entry.path().filename().native())}});
    std::filesystem::remove_all(entry.path(), unknown);
  }
  auto store = store::LocalStore::open(
      {.files = environment_.files,
       .folder = followed / name,
       .options = store_options(environment_.settings),
       .metrics = environment_.metrics,
       .on_visible = [this](event::Sequence position) { waiters_.reached(position); },
       .fed = store::Fed{.up_to = head.events, .epoch = epoch_},
       .more_engines = {postgres_engine_.get()},
       .on_lost_folder = environment_.on_lost_folder});
  if (!store) return store.error();
  store_ = std::move(*store);
  return base::ok;
}

base::Status ServerProfile::open_shared() {
  const auto& settings = environment_.settings;
  postgres_engine_ =
      std::make_unique<views::postgres::PostgresEngine>(views::postgres::PostgresOptions{
          .url = settings.ledger,
          .query_time_max = std::chrono::seconds(settings.query_seconds_max),
          .connections_max = 2 * static_cast<std::size_t>(settings.query_threads)});
  const bool own = settings.cache != "journal";
  auto address = clients::redis::parse_address(own ? settings.cache : settings.journal);
  if (!address) return address.error().while_doing(own ? "setting cache" : "setting journal");
  remembered_ = std::make_unique<sharing::RedisIdempotencyStore>(
      *address,
      sharing::RedisIdempotencyStore::Options{
          .keys_max = static_cast<std::size_t>(settings.idempotency_keys_max),
          .bytes_max = static_cast<std::size_t>(settings.idempotency_bytes_max),
          .age_max = std::chrono::seconds(settings.idempotency_seconds),
          .running_max = std::chrono::seconds(settings.request_seconds_max) + kRunningGrace});
  if (const auto limit = rate_limit_of(settings)) {
    limiter_ = std::make_unique<sharing::RateLimiter>(*address, *limit);
  }
  kept_answers_ = std::make_unique<sharing::RedisAnswerCache>(
      *address, sharing::RedisAnswerCache::Options{
                    .connections_max = 2 * static_cast<std::size_t>(settings.query_threads)});
  return base::ok;
}

/// A failure here is not a reason to take no events and answer no questions.
void ServerProfile::open_quarantine() {
  const auto bounds = quarantine_bounds(environment_.settings);
  quarantine_ = std::make_unique<quarantine::QuarantineTable>(quarantine_pool_, bounds);
  register_quarantine_figures(environment_.metrics, *quarantine_);
  if (auto counted = quarantine_->recount(); !counted) {
    telemetry::warning("rejected events cannot be counted",
                       {{"reason", std::string_view(counted.error().message())}});
  }
  // An earlier version kept them here. What cannot be carried over now is at the next start.
  const auto folder = std::filesystem::path(environment_.settings.data_dir) / "quarantine";
  const auto carried = quarantine::carry_over(environment_.files, folder, bounds, *quarantine_);
  if (!carried) {
    telemetry::warning("rejected events of the data folder are not in the database yet",
                       {{"reason", std::string_view(carried.error().message())}});
  } else if (*carried > 0) {
    telemetry::info("took rejected events out of the data folder into the database",
                    {{"events", static_cast<std::int64_t>(*carried)}});
  }
}

base::Status ServerProfile::start() {
  assert(store_ != nullptr && folder_ != nullptr);
  const auto& settings = environment_.settings;
  auto address = clients::redis::parse_address(settings.journal);
  if (!address) return address.error().while_doing("setting journal");
  auto& groups = environment_.metrics.histogram(
      "tidemark_queue_append_seconds", "Seconds to write a group of requests to the queue.",
      telemetry::seconds_bounds());
  queue_pool_ = std::make_unique<clients::redis::Pool>(
      *address, clients::redis::Pool::Options{.connections_max = kQueueConnectionsMax});
  appender_ = std::make_unique<journal::redis::Appender>(
      std::move(*address),
      journal::redis::Appender::Options{
          .streams = streams_of(settings),
          .in_flight_bytes_max = static_cast<std::size_t>(settings.in_flight_bytes_max),
          .around_answers = environment_.around_answers,
          .observe_group = [&groups](double seconds, std::size_t /*entries*/) {
            groups.observe(seconds);
          }});
  acceptor_ = std::make_unique<ingest::QueueAcceptor>(*appender_);
  const auto resolve = [this](std::span<const event::EntryId> entries) {
    return places_of(entries);
  };
  follower_ = std::make_unique<ingest::Follower>(
      ingest::Follower::Parts{feed_, store_->acceptor(), store_->hasher()},
      ingest::Follower::Options{
          .epoch = epoch_,
          .after_look = [this,
                         resolve](std::uint64_t position) { waiters_.looked(position, resolve); },
          .on_void = environment_.on_void});
  if (environment_.on_lost_folder) {
    watch_ = std::make_unique<store::FolderWatch>(*folder_, nullptr, environment_.on_lost_folder);
  }
  register_figures();
  return base::ok;
}

base::Result<ServerProfile::Places> ServerProfile::places_of(
    std::span<const event::EntryId> entries) {
  auto places = feed_.positions_of(entries);
  const auto is_known = [](const auto& place) { return place.has_value(); };
  if (!places || std::ranges::all_of(*places, is_known)) return places;
  const auto now = std::chrono::steady_clock::now();
  if (now < ask_queue_at_) return places;
  ask_queue_at_ = now + kAskQueueEvery;
  if (auto added = add_nameless(entries, *places); !added) return added.error();
  return places;
}

// No clock is asked: what the queue does not hold open was committed or buried before, and where
// the ledger still does not know it after that, its name was forgotten, or all of it was buried.
base::Status ServerProfile::add_nameless(std::span<const event::EntryId> entries, Places& places) {
  assert(queue_pool_ != nullptr);
  auto lease = queue_pool_->borrow();
  if (!lease) return lease.error();
  const auto open = journal::redis::are_open(**lease, streams_of(environment_.settings), entries);
  if (!open) return open.error();
  const auto again = feed_.positions_of(entries);
  if (!again) return again.error();
  assert(places.size() == entries.size());
  assert(open->size() == entries.size() && again->size() == entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    places[i] = (*again)[i];
    if (!places[i] && !(*open)[i]) places[i] = 0;
  }
  return base::ok;
}

base::Result<api::QueueStatus> ServerProfile::queue_status() {
  assert(queue_pool_ != nullptr && follower_ != nullptr);
  auto lease = queue_pool_->borrow();
  if (!lease) return lease.error();
  const auto queue = journal::redis::queue_figures(**lease, streams_of(environment_.settings));
  const auto feed = follower_->figures();
  api::QueueStatus status{
      .bytes_max = static_cast<std::uint64_t>(environment_.settings.queue_bytes_max),
      .behind_events = feed.events_behind,
      .behind_seconds = feed.seconds_behind};
  // Before the first worker has come, there is no queue to look at.
  if (!queue && queue.error().code() == ErrorCode::NotFound) return status;
  if (!queue) return queue.error();
  status.waiting = queue->waiting;
  status.pending = queue->pending;
  status.bytes = queue->bytes;
  status.bytes_max = queue->bytes_max;
  status.oldest_age_seconds = std::chrono::duration<double>(queue->oldest_age).count();
  status.consumers = queue->consumers;
  status.dead_letters = queue->dead_letters;
  return status;
}

std::vector<api::ReadinessCheck> ServerProfile::readiness() const {
  assert(appender_ != nullptr && follower_ != nullptr && store_ != nullptr);
  std::vector<api::ReadinessCheck> checks{{"queue", appender_->healthy()},
                                          {"ledger", follower_->healthy()}};
  checks.push_back({"archive", store_->health().archive});
  checks.push_back({"views", can_answer()});
  return checks;
}

base::Status ServerProfile::can_answer() const {
  assert(follower_ != nullptr);
  if (follower_->caught_up()) return base::ok;
  const auto figures = follower_->figures();
  return Error{ErrorCode::Unavailable, "the views are " + std::to_string(figures.events_behind) +
                                           " events behind the database; ask again later"};
}

void ServerProfile::stop() {
  watch_.reset();
  waiters_.close();
  if (appender_) appender_->stop();
  if (follower_) follower_->stop();
  if (store_) store_->stop();
}

}  // namespace tidemark::app
