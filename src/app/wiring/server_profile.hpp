#pragma once

/// The server profile: events go into a queue, and workers carry them into PostgreSQL; this process
/// makes views and answers from what PostgreSQL has committed.

#include <cassert>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/waiting/stream_waiters.hpp"
#include "app/wiring/profile.hpp"
#include "clients/postgres/pool.hpp"
#include "clients/redis/pool.hpp"
#include "config/settings.hpp"
#include "files/data_folder.hpp"
#include "ingest/follower.hpp"
#include "ingest/queue_acceptor.hpp"
#include "journal/redis/appender.hpp"
#include "ledger/postgres/feed.hpp"
#include "quarantine/quarantine_table.hpp"
#include "sharing/rate_limiter.hpp"
#include "sharing/redis_answer_cache.hpp"
#include "sharing/redis_idempotency_store.hpp"
#include "store/folder_watch.hpp"
#include "store/local_store.hpp"
#include "views/postgres/engine.hpp"

namespace tidemark::app {

/// Whether the settings place queue and ledger on servers.
bool is_server_profile(const config::Settings& settings);
/// InvalidInput if one of the two is local and the other is not.
base::Status check_profile(const config::Settings& settings);
journal::redis::Streams streams_of(const config::Settings& settings);
clients::postgres::Options ledger_options(const config::Settings& settings,
                                          clients::postgres::Needs needs);

/// The data folder holds only views: it may be lost, and is made anew if the ledger has another
/// history (`epoch`) than the views.
///
/// Errors:   Conflict: another process holds the folder, or it holds events of the embedded profile
///           that are nowhere else; Unavailable: PostgreSQL stayed away for start_seconds_max, or
///           its schema is not up to date. Redis may be away: then events are refused.
/// Lifetime: as Embedded's.
class ServerProfile final : public Profile {
 public:
  struct Environment {
    files::Files& files;
    const config::Settings& settings;
    const base::Clock& clock;
    telemetry::Metrics& metrics;
    std::function<void(const std::function<void()>&)> around_answers = {};
    /// Called once, from a thread of its own, when everything must be opened anew because the
    /// ledger has another history now.
    std::function<void()> on_void = {};
    /// As in store::LocalStore, for the data folder and for the folder for views in it.
    std::function<void(const base::Error&)> on_lost_folder = {};
    /// Whether a start that waits for a server must be given up.
    std::function<bool()> stopped = {};
  };

  static base::Result<std::unique_ptr<ServerProfile>> open(Environment environment);
  ~ServerProfile() override;
  ServerProfile(const ServerProfile&) = delete;
  ServerProfile& operator=(const ServerProfile&) = delete;

  [[nodiscard]] std::string_view name() const override { return "server"; }
  ingest::Acceptor& acceptor() override {
    assert(acceptor_ != nullptr);
    return *acceptor_;
  }
  quarantine::Quarantine& quarantine() override {
    assert(quarantine_ != nullptr);
    return *quarantine_;
  }
  ingest::IdempotencyStore& remembered() override {
    assert(remembered_ != nullptr);
    return *remembered_;
  }
  api::PositionWaiters& waiters() override { return waiters_; }
  http::RateLimiter* limiter() override { return limiter_.get(); }
  query::SharedAnswerCache* shared_answers() override { return kept_answers_.get(); }
  store::LocalStore& store() override {
    assert(store_ != nullptr);
    return *store_;
  }
  files::DataFolder& folder() override {
    assert(folder_ != nullptr);
    return *folder_;
  }
  api::ReadQueue queue() override {
    return [this] { return queue_status(); };
  }
  [[nodiscard]] std::string history() const override { return epoch_; }
  [[nodiscard]] std::vector<api::ReadinessCheck> readiness() const override;
  [[nodiscard]] base::Status can_answer() const override;
  void stop() override;

 private:
  explicit ServerProfile(Environment environment);

  base::Status open_folder();
  base::Result<ledger::FeedHead> wait_for_ledger();
  base::Status open_store(const ledger::FeedHead& head);
  void open_quarantine();
  base::Status open_shared();
  base::Status start();
  base::Result<api::QueueStatus> queue_status();
  using Places = std::vector<std::optional<std::uint64_t>>;
  /// See api::StreamWaiters::Resolve.
  base::Result<Places> places_of(std::span<const event::EntryId> entries);
  /// Fills in the places of entries whose names the ledger does not know any more, or never will.
  base::Status add_nameless(std::span<const event::EntryId> entries, Places& places);
  void register_figures();  // server_profile_figures.cpp
  void register_queue_figures();
  void register_feed_figures();
  void register_shared_figures();

  Environment environment_;
  std::string epoch_;
  clients::postgres::Pool pool_;
  clients::postgres::Pool quarantine_pool_;
  ledger::postgres::PostgresFeed feed_;
  api::StreamWaiters waiters_;
  std::unique_ptr<files::DataFolder> folder_;
  std::unique_ptr<store::FolderWatch> watch_;
  std::unique_ptr<sharing::RedisIdempotencyStore> remembered_;
  std::unique_ptr<sharing::RateLimiter> limiter_;  // null if there is no limit
  std::unique_ptr<sharing::RedisAnswerCache> kept_answers_;
  std::unique_ptr<views::postgres::PostgresEngine> postgres_engine_;
  std::unique_ptr<quarantine::QuarantineTable> quarantine_;
  std::unique_ptr<store::LocalStore> store_;
  std::unique_ptr<journal::redis::Appender> appender_;
  std::unique_ptr<clients::redis::Pool> queue_pool_;
  std::chrono::steady_clock::time_point ask_queue_at_;  // used by the follower's thread only
  std::unique_ptr<ingest::QueueAcceptor> acceptor_;
  std::unique_ptr<ingest::Follower> follower_;
};

}  // namespace tidemark::app
