#pragma once

/// What the HTTP service needs from a profile: the parts that take events and that answer.

#include <string>
#include <string_view>
#include <vector>

#include "api/service.hpp"
#include "api/waiting/position_waiters.hpp"
#include "event/id_hash.hpp"
#include "files/data_folder.hpp"
#include "http/limits/rate_limit.hpp"
#include "ingest/acceptor.hpp"
#include "ingest/idempotency_store.hpp"
#include "quarantine/quarantine.hpp"
#include "query/shared_answer_cache.hpp"

namespace tidemark::store {
class LocalStore;
}  // namespace tidemark::store

namespace tidemark::app {

/// Lifetime: must outlive the server that answers with it; call `stop` after the server's.
class Profile {
 public:
  virtual ~Profile() = default;

  /// As `/version` shows it: "embedded", "server".
  [[nodiscard]] virtual std::string_view name() const = 0;
  virtual ingest::Acceptor& acceptor() = 0;
  virtual quarantine::Quarantine& quarantine() = 0;
  virtual ingest::IdempotencyStore& remembered() = 0;
  virtual api::PositionWaiters& waiters() = 0;
  /// Answers statistics and events.
  virtual store::LocalStore& store() = 0;
  /// The data folder, which this process holds.
  virtual files::DataFolder& folder() = 0;
  /// Null if each process limits by itself.
  virtual http::RateLimiter* limiter() { return nullptr; }
  /// Identifies the events that positions refer to; see api::Service.
  [[nodiscard]] virtual std::string history() const = 0;
  /// The tag of the positions that clients are told; see query::PositionTag.
  [[nodiscard]] virtual query::PositionTag position_tag() const { return 0; }
  /// Empty if there is no queue.
  virtual api::ReadQueue queue() { return {}; }
  /// Null if each process keeps answers for itself.
  virtual query::SharedAnswerCache* shared_answers() { return nullptr; }
  /// The checks of `/readyz`.
  [[nodiscard]] virtual std::vector<api::ReadinessCheck> readiness() const = 0;
  /// Ok, or why questions cannot be answered yet. Clients read the message.
  [[nodiscard]] virtual base::Status can_answer() const { return base::ok; }

  /// Commits or hands on what was accepted, and ends the threads. Idempotent.
  virtual void stop() = 0;
};

}  // namespace tidemark::app
