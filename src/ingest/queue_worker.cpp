#include "ingest/queue_worker.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/clock.hpp"
#include "base/this_thread.hpp"
#include "ingest/queue_payload.hpp"
#include "telemetry/log.hpp"

namespace tidemark::ingest {
namespace {

using base::Error;
using base::ErrorCode;
using journal::redis::Burial;
using ledger::EntryEvents;
using ledger::Written;
using Mode = ledger::Writer::Mode;

/// Pauses between tries double from the first to the second of these, and a random half is added,
/// so that workers that lost the same server do not all come back at once.
constexpr std::chrono::milliseconds kRetryPauseMin{50};
constexpr std::chrono::milliseconds kRetryPauseMax{2'000};
/// How long a read waits for an entry: after it the worker looks whether it is to stop.
constexpr std::chrono::milliseconds kReadWait{500};
constexpr std::chrono::minutes kLedgerUpkeepEvery{1};

Error stopped() { return {ErrorCode::Unavailable, "the worker is stopping"}; }

}  // namespace

QueueWorker::QueueWorker(clients::redis::Address queue, std::unique_ptr<ledger::Writer> writer,
                         Options options)
    : options_(std::move(options)),
      consumer_(std::move(queue), options_.consumer),
      writer_(std::move(writer)),
      hasher_(event::IdHasher::Key{}),
      random_(std::random_device{}()),
      upkeep_at_(std::chrono::steady_clock::now()),
      ledger_upkeep_at_(upkeep_at_) {
  assert(writer_ != nullptr);
  thread_ = std::thread([this] { run(); });
}

QueueWorker::~QueueWorker() { stop(); }

QueueWorker::Figures QueueWorker::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

journal::redis::QueueFigures QueueWorker::queue() const {
  const std::lock_guard lock(mutex_);
  return queue_;
}

base::Status QueueWorker::healthy() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

void QueueWorker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool QueueWorker::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void QueueWorker::wait_until(std::chrono::steady_clock::time_point time) {
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, time, [&] { return stopping_; });
}

void QueueWorker::run() {
  base::name_this_thread("queue worker");
  while (!stopping()) {
    const auto done = turn();
    note(done);
    if (done) continue;
    // The ledger may have another history after it: that is looked at first.
    upkeep_at_ = {};
    pause_before_retry();
  }
}

base::Status QueueWorker::turn() {
  if (std::chrono::steady_clock::now() >= upkeep_at_) {
    if (auto kept = upkeep(); !kept) return kept;
    upkeep_at_ = std::chrono::steady_clock::now() + options_.upkeep_every;
  }
  wait_until(read_at_);
  if (stopping()) return base::ok;
  auto entries = consumer_.read(options_.batch, kReadWait);
  if (!entries) return entries.error();
  for (const auto& entry : *entries) {
    newest_entry_ms_ = std::max(newest_entry_ms_, static_cast<std::int64_t>(entry.position.millis));
  }
  if (!consumer_.left_some()) read_at_ = std::chrono::steady_clock::now() + options_.gather;
  return work_on(*entries);
}

base::Status QueueWorker::upkeep() {
  if (auto followed = follow_ledger(); !followed) return followed;
  for (;;) {
    auto claimed = consumer_.claim(options_.batch, options_.claim_after);
    if (!claimed) return claimed.error();
    if (claimed->empty()) break;
    {
      const std::lock_guard lock(mutex_);
      figures_.claimed += claimed->size();
    }
    if (auto done = work_on(*claimed); !done) return done;
    if (stopping()) return base::ok;
  }
  if (auto trimmed = consumer_.trim(options_.kept); !trimmed) return trimmed.error();
  auto forgotten = consumer_.forget_consumers(10 * options_.claim_after);
  if (!forgotten) return forgotten.error();
  if (options_.names_kept.count() == 0) return base::ok;
  if (auto looked = look_at_queue(); !looked) return looked;
  return keep_ledger();
}

base::Status QueueWorker::look_at_queue() {
  auto queue = consumer_.figures();
  if (!queue) return queue.error();
  const std::lock_guard lock(mutex_);
  queue_ = *queue;
  return base::ok;
}

base::Status QueueWorker::follow_ledger() {
  auto epoch = writer_->epoch();
  if (!epoch) return epoch.error();
  auto again = consumer_.follow_ledger(*epoch, options_.kept.time);
  if (!again) return again.error();
  if (*again == 0) return base::ok;
  telemetry::warning(
      "the ledger has another history: committed entries are processed again",
      {{"entries", static_cast<std::int64_t>(*again)}, {"ledger", std::string_view(*epoch)}});
  const std::lock_guard lock(mutex_);
  figures_.rewound += *again;
  return base::ok;
}

base::Status QueueWorker::keep_ledger() {
  const auto now = std::chrono::steady_clock::now();
  if (now < ledger_upkeep_at_) return base::ok;
  const auto wall = base::SystemClock().now();
  const auto kept =
      std::chrono::duration_cast<std::chrono::milliseconds>(options_.names_kept).count();
  // By the clock of Redis, because the names of entries come from it.
  const auto before = std::max<std::int64_t>(newest_entry_ms_ - kept, 0);
  auto done = writer_->upkeep(wall, {.shards = options_.consumer.streams.shards,
                                     .before_millis = static_cast<std::uint64_t>(before)});
  if (!done) return done.error().while_doing("looking after the ledger");
  ledger_upkeep_at_ = now + kLedgerUpkeepEvery;
  return base::ok;
}

base::Result<QueueWorker::Opened> QueueWorker::open(const Entry& entry) const {
  auto record = unpacked(entry.payload);
  if (!record) return record.error();
  Opened opened{.entry = &entry, .record = std::make_unique<const std::string>(std::move(*record))};
  auto rows = event::decode(std::as_bytes(std::span(*opened.record)), 0, hasher_);
  if (!rows) return rows.error();
  if (rows->pieces().size() != 1) {
    return Error{ErrorCode::Corrupt,
                 "an entry of the queue must hold the events of one project, but this entry holds "
                 "events of " +
                     std::to_string(rows->pieces().size()) + " projects"};
  }
  opened.rows = std::move(*rows);
  return opened;
}

/// An entry is one request: one project and one instant of arrival.
EntryEvents QueueWorker::entry_of(const Opened& opened, std::span<const event::Row> rows) {
  assert(opened.entry != nullptr && !opened.rows.empty());
  return {.entry = opened.entry->position,
          .project = opened.rows.pieces().front().project,
          .received_at = opened.rows.rows().front().received_at,
          .rows = rows};
}

base::Status QueueWorker::work_on(const std::vector<Entry>& entries) {
  std::vector<Opened> batch;
  std::size_t rows = 0;
  std::size_t bytes = 0;
  for (const auto& entry : entries) {
    auto opened = open(entry);
    if (!opened) {
      const Burial whole{
          .payload = entry.payload, .error = opened.error().message(), .tries = entry.tries};
      if (auto buried = bury(entry, std::span(&whole, 1)); !buried) return buried;
      continue;
    }
    const bool is_full = rows + opened->rows.size() > ledger::Writer::kBatchRowsMax ||
                         bytes + opened->record->size() > options_.batch.bytes;
    if (is_full && !batch.empty()) {
      if (auto stored = store(batch); !stored) return stored;
      batch.clear();
      rows = 0;
      bytes = 0;
    }
    rows += opened->rows.size();
    bytes += opened->record->size();
    batch.push_back(std::move(*opened));
  }
  return batch.empty() ? base::Status(base::ok) : store(batch);
}

base::Status QueueWorker::store(std::span<const Opened> batch) {
  assert(!batch.empty());
  std::vector<std::vector<event::Row>> rows;  // what the entries point into
  std::vector<EntryEvents> entries;
  rows.reserve(batch.size());
  for (const auto& opened : batch) {
    const auto& own = rows.emplace_back(opened.rows.rows().begin(), opened.rows.rows().end());
    entries.push_back(entry_of(opened, own));
  }
  const auto written = write(entries, Mode::Commit);
  if (written) return acknowledge(batch);
  if (written.error().code() != ErrorCode::InvalidInput) return written.error();
  if (batch.size() > 1) return store_apart(batch);
  return store_without_bad_events(batch.front());
}

base::Status QueueWorker::store_apart(std::span<const Opened> batch) {
  assert(batch.size() > 1);
  const auto half = batch.size() / 2;
  if (auto first = store(batch.first(half)); !first) return first;
  return store(batch.subspan(half));
}

base::Status QueueWorker::store_without_bad_events(const Opened& opened) {
  const std::vector<event::Row> rows(opened.rows.rows().begin(), opened.rows.rows().end());
  auto entry = entry_of(opened, {});
  std::vector<event::Row> good;
  std::vector<BadEvent> bad;
  if (auto sorted = sort_out(entry, rows, good, bad); !sorted) return sorted;

  if (!good.empty()) {
    entry.rows = good;
    auto written = write(std::span(&entry, 1), Mode::Commit);
    if (!written) return written.error();
  }
  // What stood in the way at first may be gone by now.
  if (bad.empty()) return acknowledge(std::span(&opened, 1));
  std::vector<std::string> payloads;
  payloads.reserve(bad.size());
  std::vector<Burial> parts;
  for (const auto& one : bad) {
    payloads.push_back(queue_payload({.project = entry.project,
                                      .received_at = entry.received_at,
                                      .rows = {one.row},
                                      .owners = {}}));
    parts.push_back({.payload = payloads.back(), .error = one.why, .tries = opened.entry->tries});
  }
  return bury(*opened.entry, parts);
}

base::Status QueueWorker::sort_out(const EntryEvents& entry, std::span<const event::Row> rows,
                                   std::vector<event::Row>& good, std::vector<BadEvent>& bad) {
  assert(!rows.empty());
  EntryEvents part = entry;
  part.rows = rows;
  auto tried = write(std::span(&part, 1), Mode::Try);
  if (tried) {
    good.insert(good.end(), rows.begin(), rows.end());
    return base::ok;
  }
  if (tried.error().code() != ErrorCode::InvalidInput) return tried.error();
  if (rows.size() == 1) {
    bad.push_back({.row = rows.front(), .why = tried.error().message()});
    return base::ok;
  }
  const auto half = rows.size() / 2;
  if (auto first = sort_out(entry, rows.first(half), good, bad); !first) return first;
  return sort_out(entry, rows.subspan(half), good, bad);
}

base::Result<Written> QueueWorker::write(std::span<const EntryEvents> batch, Mode mode) {
  const auto begun = std::chrono::steady_clock::now();
  for (;;) {
    auto written = writer_->write(batch, mode);
    const bool hopeless = !written && written.error().code() == ErrorCode::InvalidInput;
    if (hopeless) return written;
    note(written ? base::Status(base::ok) : base::Status(written.error()));
    if (written) {
      if (mode == Mode::Commit) count(*written, begun);
      return written;
    }
    const bool may_have_other_history = written.error().code() == ErrorCode::Conflict;
    pause_before_retry();
    if (stopping()) return stopped();
    if (may_have_other_history) note(follow_ledger());
    upkeep_at_ = {};
  }
}

void QueueWorker::count(const Written& written, std::chrono::steady_clock::time_point begun) {
  {
    const std::lock_guard lock(mutex_);
    ++figures_.batches;
    figures_.accepted += written.accepted;
    figures_.duplicates += written.duplicates;
    figures_.repeated += written.repeated_entries;
  }
  if (!options_.observe_batch) return;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  options_.observe_batch(took.count(), written.accepted + written.duplicates);
}

base::Status QueueWorker::acknowledge(std::span<const Opened> batch) {
  std::vector<const Entry*> entries;
  entries.reserve(batch.size());
  for (const auto& opened : batch) {
    assert(opened.entry != nullptr);
    entries.push_back(opened.entry);
  }
  auto done = insist([&] { return consumer_.acknowledge(entries); });
  if (!done) return done;
  const std::lock_guard lock(mutex_);
  figures_.entries += entries.size();
  return base::ok;
}

base::Status QueueWorker::bury(const Entry& entry, std::span<const Burial> parts) {
  assert(!parts.empty());
  telemetry::error("an entry of the queue cannot be stored; the entry is kept as a dead letter",
                   {{"entry", std::string_view(journal::redis::entry_id(entry.position))},
                    {"shard", static_cast<std::int64_t>(entry.position.shard)},
                    {"reason", parts.front().error}});
  auto done = insist([&] { return consumer_.bury(entry, parts); });
  if (!done) return done;
  const std::lock_guard lock(mutex_);
  ++figures_.entries;
  figures_.buried += parts.size();
  return base::ok;
}

base::Status QueueWorker::insist(const std::function<base::Status()>& call) {
  for (;;) {
    auto done = call();
    note(done);
    if (done) return base::ok;
    if (done.error().code() == ErrorCode::Conflict) return done;  // the entries come again
    pause_before_retry();
    if (stopping()) return stopped();
  }
}

void QueueWorker::note(const base::Status& status) {
  if (status) retry_pause_ = {};
  const std::lock_guard lock(mutex_);
  health_ = status;
  if (!status) ++figures_.retries;
  if (!stopping_) static_cast<void>(trouble_.note(status));
}

void QueueWorker::pause_before_retry() {
  retry_pause_ = std::clamp(retry_pause_ * 2, kRetryPauseMin, kRetryPauseMax);
  const auto more = random_() % static_cast<std::uint64_t>(retry_pause_.count() / 2 + 1);
  wait_until(std::chrono::steady_clock::now() + retry_pause_ + std::chrono::milliseconds(more));
}

}  // namespace tidemark::ingest
