#pragma once

/// The embedded profile: everything in one process and one folder.

#include <cassert>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/waiting/sequence_waiters.hpp"
#include "app/wiring/profile.hpp"
#include "config/settings.hpp"
#include "ingest/memory_idempotency_store.hpp"
#include "quarantine/quarantine_file.hpp"
#include "store/local_store.hpp"

namespace tidemark::app {

/// Promise:  when `open` returns, all events that were ever acknowledged are visible.
/// Errors:   those of store::LocalStore::open.
/// Lifetime: `files`, `settings`, `clock` and `metrics` must outlive it. Stop servers before it.
class Embedded final : public Profile {
 public:
  struct Environment {
    files::Files& files;
    const config::Settings& settings;
    const base::Clock& clock;
    telemetry::Metrics& metrics;
    /// Called around the answers of a commit group (http::WakeScope); may be empty.
    std::function<void(const std::function<void()>&)> around_answers = {};
    /// As store::LocalStore's.
    std::optional<store::AcceptedLoss> accepted_loss = {};
    std::function<void(const base::Error&)> on_lost_folder = {};
  };

  static base::Result<std::unique_ptr<Embedded>> open(Environment environment);
  ~Embedded() override;
  Embedded(const Embedded&) = delete;
  Embedded& operator=(const Embedded&) = delete;

  [[nodiscard]] std::string_view name() const override { return "embedded"; }
  ingest::CommitLoop& acceptor() override {
    assert(store_ != nullptr);
    return store_->acceptor();
  }
  quarantine::Quarantine& quarantine() override {
    assert(quarantine_ != nullptr);
    return *quarantine_;
  }
  ingest::IdempotencyStore& remembered() override { return remembered_; }
  api::SequenceWaiters& waiters() override { return waiters_; }
  store::LocalStore& store() override {
    assert(store_ != nullptr);
    return *store_;
  }
  files::DataFolder& folder() override {
    assert(store_ != nullptr);
    return store_->folder();
  }
  [[nodiscard]] std::string history() const override { return history_; }
  [[nodiscard]] query::PositionTag position_tag() const override {
    return store_->folder().epoch().tag;
  }
  [[nodiscard]] std::vector<api::ReadinessCheck> readiness() const override;
  void stop() override;

 private:
  explicit Embedded(const Environment& environment);
  base::Status open_quarantine(const Environment& environment);

  ingest::MemoryIdempotencyStore remembered_;
  api::SequenceWaiters waiters_;
  std::unique_ptr<quarantine::Quarantine> quarantine_;
  std::unique_ptr<store::LocalStore> store_;
  std::string history_;
};

}  // namespace tidemark::app
