#include "ingest/commit_loop.hpp"

#include <algorithm>
#include <cassert>
#include <span>
#include <utility>

#include "base/check.hpp"
#include "base/this_thread.hpp"
#include "event/encoding.hpp"
#include "telemetry/log.hpp"

namespace tidemark::ingest {
namespace {

using base::Error;
using base::ErrorCode;
using event::kNoSequence;

/// How far ahead ids are fetched into the cache; see FreshIds::prefetch.
constexpr std::size_t kPrefetchRows = 16;

/// How long a group may be held back for the archiver to catch up. Short: it slows senders down to
/// the archive's pace without holding anybody for long.
constexpr std::chrono::milliseconds kSlowDown{20};

/// Pauses between tries to open the journal again double from the first to the second of these.
constexpr std::chrono::milliseconds kReopenPauseMin{250};
constexpr std::chrono::milliseconds kReopenPauseMax{30'000};

std::size_t bytes_of(const event::Batch& batch) {
  std::size_t bytes = 0;
  for (const auto& row : batch.rows) {
    bytes += sizeof(row) + row.id.size() + row.user_id.size() + row.event_type.size() +
             row.properties.size();
  }
  return bytes;
}

}  // namespace

CommitLoop::CommitLoop(Parts parts, Options options, Recovered recovered)
    : parts_(parts),
      options_(std::move(options)),
      tail_(std::move(recovered.tail)),
      manifest_(std::move(recovered.manifest)) {
  assert(manifest_ != nullptr);
  publish();
  note_figures();
  thread_ = std::thread([this] { run(); });
}

CommitLoop::~CommitLoop() { stop(); }

base::Result<Submission> CommitLoop::prepare(event::Batch batch) const {
  Submission submission{.batch = std::move(batch), .known = {}, .sealed = parts_.ids.sealed()};
  const auto& rows = submission.batch.rows;
  assert(submission.sealed != nullptr);
  std::vector<event::IdHash> hashes(rows.size());
  std::ranges::transform(rows, hashes.begin(), &event::Row::id_hash);
  submission.known.resize(rows.size(), kNoSequence);
  auto probed = submission.sealed->probe(hashes, submission.known);
  if (!probed) return probed.error().while_doing("looking up event ids");
  return submission;
}

base::Status CommitLoop::admit(std::size_t bytes) {
  if (stopping_) return Error{ErrorCode::Unavailable, "the service is stopping"};
  if (!end_.empty()) return Error{ErrorCode::Unavailable, end_};
  if (!poisoned_.empty()) return Error{ErrorCode::Unavailable, poisoned_};
  // A bound, told in words that hold no path: the client is to read them.
  if (!refusal_.empty()) return Error{ErrorCode::Overloaded, refusal_};
  // A single batch is always let in when nothing waits, however large it is.
  if (figures_.in_flight_bytes > 0 &&
      figures_.in_flight_bytes + bytes > options_.in_flight_bytes_max) {
    ++figures_.refused_in_flight;
    return Error{ErrorCode::Overloaded,
                 "too many events are waiting to be written; try again later"};
  }
  if (figures_.tail_bytes >= options_.tail_bytes_max) {
    ++figures_.refused_tail;
    return Error{ErrorCode::Overloaded, "the archive has to catch up first"};
  }
  return base::ok;
}

void CommitLoop::accept(Submission submission, ReceiptHandler done) {
  assert(done);
  TIDEMARK_CHECK(submission.known.size() == submission.batch.rows.size());
  auto pending = std::make_unique<Pending>();
  pending->bytes = bytes_of(submission.batch);
  pending->submission = std::move(submission);
  pending->done = std::move(done);
  base::Status admitted = base::ok;
  {
    const std::lock_guard lock(mutex_);
    admitted = admit(pending->bytes);
    if (admitted) {
      figures_.in_flight_bytes += pending->bytes;
      ++figures_.waiting_batches;
      waiting_.push_back(std::move(pending));
      work_there_.notify_one();
      return;
    }
  }
  pending->done(admitted.error());
}

void CommitLoop::find(std::vector<event::IdHash> ids, IdLookup::Handler done) {
  assert(done);
  Lookup lookup{.ids = std::move(ids), .found = {}, .sealed = parts_.ids.sealed(), .done = {}};
  lookup.found.resize(lookup.ids.size(), kNoSequence);
  auto probed = lookup.sealed->probe(lookup.ids, lookup.found);
  if (!probed) return done(probed.error().while_doing("looking up event ids"));
  if (std::ranges::find(lookup.found, kNoSequence) == lookup.found.end()) {
    return done(std::move(lookup.found));
  }
  Error refused{ErrorCode::Unavailable, "the service is stopping"};
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && lookups_.size() < kLookupsMax) {
      lookup.done = std::move(done);
      lookups_.push_back(std::move(lookup));
      work_there_.notify_one();
      return;
    }
    if (!stopping_) {
      ++figures_.refused_lookups;
      refused = Error{ErrorCode::Overloaded,
                      "too many look-ups of event ids are waiting; try again later"};
    }
  }
  done(std::move(refused));
}

void CommitLoop::look_up(std::vector<Lookup>& lookups) {
  for (Lookup& lookup : lookups) {
    assert(lookup.ids.size() == lookup.found.size());
    for (std::size_t i = 0; i < lookup.ids.size(); ++i) {
      if (lookup.found[i] == kNoSequence) lookup.found[i] = parts_.ids.find_fresh(lookup.ids[i]);
    }
  }
  const auto answer_all = [&lookups] {
    for (Lookup& lookup : lookups) lookup.done(std::move(lookup.found));
  };
  if (options_.around_answers) {
    options_.around_answers(answer_all);
  } else {
    answer_all();
  }
  lookups.clear();
}

void CommitLoop::adopt(archive::ManifestPtr manifest) {
  between_groups([this, manifest = std::move(manifest)] {
    TIDEMARK_CHECK(manifest_->end() <= manifest->end() && manifest->end() <= tail_.end());
    tail_.drop_below(manifest->end());
    manifest_ = manifest;
  });
}

void CommitLoop::between_groups(std::function<void()> work) {
  assert(work);
  std::unique_lock lock(mutex_);
  if (stopped_) return;
  work_.push_back(std::move(work));
  const auto mine = ++work_asked_;
  work_there_.notify_one();
  work_done_.wait(lock, [&] { return work_finished_ >= mine || stopped_; });
}

void CommitLoop::wake_for_views() {
  {
    const std::lock_guard lock(mutex_);
    views_want_turn_ = true;
  }
  work_there_.notify_one();
}

void CommitLoop::refuse(std::string reason) {
  const std::lock_guard lock(mutex_);
  refusal_ = std::move(reason);
}

void CommitLoop::stop_taking(std::string reason) {
  const std::lock_guard lock(mutex_);
  end_ = std::move(reason);
}

base::Status CommitLoop::healthy() const {
  const std::lock_guard lock(mutex_);
  if (stopping_) return Error{ErrorCode::Unavailable, "the service is stopping"};
  if (!end_.empty()) return Error{ErrorCode::Unavailable, end_};
  if (!poisoned_.empty()) return Error{ErrorCode::Unavailable, poisoned_};
  if (!refusal_.empty()) return Error{ErrorCode::Unavailable, refusal_};
  if (figures_.tail_bytes >= options_.tail_bytes_max) {
    return Error{ErrorCode::Overloaded,
                 "the archive has to catch up first: events that are not archived take " +
                     std::to_string(figures_.tail_bytes) + " bytes of memory, at most " +
                     std::to_string(options_.tail_bytes_max) + " (tail_bytes_max)"};
  }
  return base::ok;
}

CommitLoop::Figures CommitLoop::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

void CommitLoop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_there_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void CommitLoop::run() {
  base::name_this_thread("commit");
  base::take_short_turns();
  for (;;) {
    Turn turn = next_turn();
    const bool views_turn = parts_.views.wants_turn();
    if (views_turn || !turn.work.empty()) {
      parts_.publication.take_back();
      for (auto& work : turn.work) work();
      if (views_turn) parts_.views.take_turns();
      publish();
    }
    if (!turn.lookups.empty()) look_up(turn.lookups);
    if (!turn.group.empty()) commit(turn.group);
    reopen_if_due();
    note_figures();
    if (!turn.work.empty()) {
      const std::lock_guard lock(mutex_);
      work_finished_ += turn.work.size();
      assert(work_finished_ <= work_asked_);
      work_done_.notify_all();
    }
    if (options_.after_group) options_.after_group(tail_.end());
    if (turn.last) break;
  }
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  work_done_.notify_all();
}

CommitLoop::Turn CommitLoop::next_turn() {
  std::unique_lock lock(mutex_);
  const auto there = [&] {
    return !waiting_.empty() || !lookups_.empty() || !work_.empty() || views_want_turn_ ||
           stopping_;
  };
  if (poisoned_.empty() || !options_.reopen_journal) {
    work_there_.wait(lock, there);
  } else {
    work_there_.wait_until(lock, reopen_at_, there);
  }
  views_want_turn_ = false;
  if (!waiting_.empty()) wait_for_room(lock);
  Turn turn;
  turn.work = std::exchange(work_, {});
  turn.lookups = std::exchange(lookups_, {});
  // No group may be larger than what the journal takes as one record; a batch that is too large by
  // itself hears so alone.
  const std::size_t bytes_max = parts_.journal.content_bytes_max();
  std::size_t bytes = 0;
  std::size_t taken = 0;
  while (taken < waiting_.size()) {
    const std::size_t next = waiting_[taken]->bytes;
    if (taken > 0 && (bytes >= options_.group_bytes_max || bytes + next > bytes_max)) break;
    bytes += next;
    ++taken;
  }
  if (taken == waiting_.size()) {
    turn.group = std::exchange(waiting_, {});
  } else {
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(taken);
    turn.group.assign(std::move_iterator(waiting_.begin()), std::move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
  }
  assert(taken > 0 || waiting_.empty());
  figures_.waiting_batches = waiting_.size();
  turn.last = stopping_ && waiting_.empty() && lookups_.empty();
  return turn;
}

void CommitLoop::wait_for_room(std::unique_lock<std::mutex>& lock) {
  if (figures_.tail_bytes < options_.tail_bytes_max / 4 * 3) return;
  ++figures_.slowed_groups;
  work_there_.wait_for(lock, kSlowDown,
                       [&] { return !work_.empty() || !lookups_.empty() || stopping_; });
}

void CommitLoop::commit(Group& group) {
  parts_.ids.begin_group();
  assign(group);
  assert(parts_.ids.fresh().end() == tail_.end() + fresh_.size());
  base::Status status = base::ok;
  if (!fresh_.empty()) status = append_fresh();
  answer(group, status);
}

void CommitLoop::assign(Group& group) {
  fresh_.clear();
  for (auto& pending : group) {
    const auto& submission = pending->submission;
    const auto& rows = submission.batch.rows;
    if (submission.wants_outcomes) pending->receipt.outcomes.resize(rows.size());
    for (std::size_t i = 0; i < std::min(rows.size(), kPrefetchRows); ++i) {
      parts_.ids.prefetch(rows[i].id_hash);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i + kPrefetchRows < rows.size()) parts_.ids.prefetch(rows[i + kPrefetchRows].id_hash);
      assign_row(*pending, i);
    }
  }
}

void CommitLoop::assign_row(Pending& pending, std::size_t row) {
  const auto& submission = pending.submission;
  const auto& batch = submission.batch;
  assert(row < batch.rows.size() && row < submission.known.size());
  const auto& hash = batch.rows[row].id_hash;
  const Sequence next = tail_.end() + fresh_.size();
  Sequence there = submission.known[row];
  if (there == kNoSequence) there = parts_.ids.reserve(hash, next);
  const bool is_new = there == kNoSequence;
  assert(is_new || there < next);
  ++(is_new ? pending.receipt.accepted : *pending.receipt.duplicates);
  if (submission.wants_outcomes) {
    pending.receipt.outcomes[row] = {.accepted = is_new, .sequence = is_new ? next : there};
  }
  if (is_new) fresh_.add(batch.project, {batch.rows[row], next, batch.received_at});
}

base::Status CommitLoop::append_fresh() {
  const Sequence first = tail_.end();
  const std::size_t count = fresh_.size();
  const std::size_t bytes = event::encoded_bytes(fresh_);
  const std::shared_ptr<std::byte[]> content = tail_.room_for(bytes);
  event::encode(fresh_, {content.get(), bytes});

  const auto begun = std::chrono::steady_clock::now();
  const std::span<const std::byte> whole{content.get(), bytes};
  assert(std::in_range<std::uint32_t>(count));
  auto appended = parts_.journal.append(first, static_cast<std::uint32_t>(count), whole);
  if (options_.observe_append) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    options_.observe_append(took.count(), count);
  }
  if (!appended) {
    parts_.ids.forget_from(first);
    const auto code = appended.error().code();
    if (code != ErrorCode::Overloaded && code != ErrorCode::TooLarge)
      note_failure(appended.error());
    return appended;
  }
  apply(fresh_, content, bytes);
  return appended;
}

void CommitLoop::apply(const event::StoredRows& rows, const std::shared_ptr<std::byte[]>& content,
                       std::size_t bytes) {
  TIDEMARK_CHECK(!rows.empty() && rows.rows().front().sequence == tail_.end());
  parts_.publication.take_back();
  for (const auto& piece : rows.pieces()) {
    tail_.append(piece, content, bytes);
    parts_.views.apply(piece);
  }
  assert(tail_.end() == rows.rows().back().sequence + 1);
  publish();
}

void CommitLoop::note_failure(const Error& error) {
  telemetry::error("the journal failed; no events are taken until it is opened again",
                   {{"reason", std::string_view(error.message())}});
  const bool is_new = poisoned_.empty();
  const std::lock_guard lock(mutex_);
  poisoned_ =
      "the journal takes no more events until it is opened again" +
      std::string(options_.reopen_journal ? "" : ", for which the service must be started again") +
      ": " + error.message();
  if (is_new) reopen_at_ = std::chrono::steady_clock::now();
}

void CommitLoop::reopen_if_due() {
  if (poisoned_.empty() || !options_.reopen_journal) return;
  if (std::chrono::steady_clock::now() < reopen_at_) return;
  auto reopened = reopen();
  if (!reopened) {
    reopen_pause_ = std::clamp(reopen_pause_ * 2, kReopenPauseMin, kReopenPauseMax);
    reopen_at_ = std::chrono::steady_clock::now() + reopen_pause_;
    note_failure(reopened.error().while_doing("opening it again"));
    return;
  }
  reopen_pause_ = {};
  telemetry::warning("the journal is open again",
                     {{"position", static_cast<std::int64_t>(tail_.end())}});
  const std::lock_guard lock(mutex_);
  poisoned_.clear();
  ++figures_.journal_reopened;
}

base::Status CommitLoop::reopen() {
  Sequence first = 0;
  std::size_t bytes = 0;
  std::shared_ptr<std::byte[]> content;
  const auto keep = [&](const journal::Record& record) -> base::Status {
    if (record.end() <= tail_.end()) return base::ok;
    // One append failed, so there is one record at most that is not known yet.
    if (content != nullptr || record.first != tail_.end()) {
      return Error{ErrorCode::Corrupt, "event " + std::to_string(record.first) +
                                           " is in the journal, but was never written"};
    }
    first = record.first;
    bytes = record.content.size();
    content = tail_.room_for(bytes);
    std::ranges::copy(record.content, content.get());
    return base::ok;
  };
  auto reopened = options_.reopen_journal(manifest_->end(), keep);
  if (!reopened || content == nullptr) return reopened;
  // Only now is it durable.
  return take_found(first, content, bytes);
}

base::Status CommitLoop::take_found(Sequence first, const std::shared_ptr<std::byte[]>& content,
                                    std::size_t bytes) {
  const auto rows = event::decode({content.get(), bytes}, first, parts_.hasher);
  if (!rows) return rows.error();
  parts_.ids.begin_group();
  for (const auto& row : rows->rows()) {
    // They were new when the group was written, and nothing was taken since.
    TIDEMARK_CHECK(parts_.ids.reserve(row.id_hash, row.sequence) == kNoSequence);
  }
  apply(*rows, content, bytes);
  return base::ok;
}

void CommitLoop::publish() {
  // What is in neither would be lost to every question.
  assert(tail_.begin() <= manifest_->end() && manifest_->end() <= tail_.end());
  auto visible = std::make_shared<query::Visible>();
  visible->position = tail_.end();
  visible->views = parts_.views.roots();
  visible->tail = tail_.snapshot();
  visible->manifest = manifest_;
  visible->epoch = options_.epoch;
  parts_.publication.publish(std::move(visible));
}

void CommitLoop::answer(Group& group, const base::Status& status) {
  const auto answer_all = [&] {
    for (auto& pending : group) {
      pending->receipt.position = tail_.end();
      // A batch without anything new does not depend on the write, unless what it repeats does.
      if (status) {
        pending->done(std::move(pending->receipt));
      } else {
        pending->done(status.error());
      }
    }
  };
  if (options_.around_answers) {
    options_.around_answers(answer_all);
  } else {
    answer_all();
  }
  std::size_t bytes = 0;
  for (const auto& pending : group) bytes += pending->bytes;
  group.clear();  // releases SealedIds and bodies before the next group checks their holders
  const std::lock_guard lock(mutex_);
  TIDEMARK_CHECK(bytes <= figures_.in_flight_bytes);
  figures_.in_flight_bytes -= bytes;
}

void CommitLoop::note_figures() {
  const std::lock_guard lock(mutex_);
  figures_.tail_bytes = tail_.memory_bytes();
  figures_.tail_spare_bytes = tail_.spare_bytes();
  figures_.tail_begin = tail_.snapshot().begin;
  figures_.tail_end = tail_.end();
  figures_.fresh_id_bytes = parts_.ids.fresh().memory_bytes();
}

}  // namespace tidemark::ingest
