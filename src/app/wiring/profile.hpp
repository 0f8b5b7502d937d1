#pragma once

/// What the HTTP service needs of a profile: who takes events, and who answers.

#include <string>
#include <string_view>
#include <vector>

#include "api/service.hpp"
#include "api/waiting/position_waiters.hpp"
#include "event/id_hash.hpp"
#include "files/data_folder.hpp"
#include "http/rate_limit.hpp"
#include "ingest/acceptor.hpp"
#include "ingest/idempotency_store.hpp"
#include "quarantine/quarantine.hpp"
#include "query/shared_answer_cache.hpp"

namespace tidemark::store {
class LocalStore;
}  // namespace tidemark::store

namespace tidemark::app {

/// Lifetime: outlives the server that answers with it; `stop` after the server.
class Profile {
 public:
  virtual ~Profile() = default;

  /// As `/version` tells it: "embedded", "server".
  [[nodiscard]] virtual std::string_view name() const = 0;
  virtual ingest::Acceptor& acceptor() = 0;
  virtual quarantine::Quarantine& quarantine() = 0;
  virtual ingest::IdempotencyStore& remembered() = 0;
  virtual api::PositionWaiters& waiters() = 0;
  /// From which statistics and events are answered.
  virtual store::LocalStore& store() = 0;
  /// The data folder, which this process holds.
  virtual files::DataFolder& folder() = 0;
  /// Null where each process limits by itself.
  virtual http::RateLimiter* limiter() { return nullptr; }
  /// Of which events positions speak; see api::Service.
  [[nodiscard]] virtual std::string history() const = 0;
  /// Of the positions that clients are told; see query::PositionTag.
  [[nodiscard]] virtual query::PositionTag position_tag() const { return 0; }
  /// Empty where there is no queue.
  virtual api::ReadQueue queue() { return {}; }
  /// Null where each process keeps answers for itself.
  virtual query::SharedAnswerCache* shared_answers() { return nullptr; }
  /// What `/readyz` tells.
  [[nodiscard]] virtual std::vector<api::ReadinessCheck> readiness() const = 0;
  /// Ok, or why no question can be answered yet. Clients read the message.
  [[nodiscard]] virtual base::Status can_answer() const { return base::ok; }

  /// Commits or hands on what was accepted, and ends the threads. Idempotent.
  virtual void stop() = 0;
};

}  // namespace tidemark::app
