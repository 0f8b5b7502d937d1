#include "journal/local/reopening_log.hpp"

#include <utility>

#include "journal/local/recovery.hpp"

namespace tidemark::journal::local {
namespace {

base::Error closed() {
  return {base::ErrorCode::Unavailable, "the journal is closed until it can be opened again"};
}

}  // namespace

ReopeningLog::ReopeningLog(files::Files& files, files::Files::Path folder, Log::Options options,
                           std::unique_ptr<Log> log)
    : files_(files),
      folder_(std::move(folder)),
      options_(std::move(options)),
      content_bytes_max_(log->content_bytes_max()),
      log_(std::move(log)) {}

base::Result<std::unique_ptr<ReopeningLog>> ReopeningLog::open(files::Files& files,
                                                               const files::Files::Path& folder,
                                                               Log::Options options, Sequence from,
                                                               const Visitor& visit) {
  auto log = Log::open(files, folder, options, from, visit);
  if (!log) return log.error();
  // For the first opening only: a later one compares with what this process has confirmed.
  options.judge = {};
  options.damage = Damage::Refuse;
  return std::unique_ptr<ReopeningLog>(
      new ReopeningLog(files, folder, std::move(options), std::move(*log)));
}

base::Status ReopeningLog::reopen(Sequence from, const Visitor& visit) {
  const std::unique_lock lock(mutex_);
  last_ = figures();
  log_.reset();
  // Looked at first: an opening would go on from whatever it finds, and this process knows better
  // than the disk what was confirmed.
  auto found = recover(files_, folder_, from, [](const Record&) { return base::Status(base::ok); });
  if (!found) return found.error();
  if (found->end < last_.end) {
    return base::Error{base::ErrorCode::Corrupt,
                       "the journal ends at event " + std::to_string(found->end) +
                           ", but those below " + std::to_string(last_.end) +
                           " were confirmed; restore the data folder from a backup"};
  }
  auto log = Log::open(files_, folder_, options_, from, visit);
  if (!log) return log.error();
  log_ = std::move(*log);
  return base::ok;
}

base::Status ReopeningLog::append(Sequence first, std::uint32_t count,
                                  std::span<const std::span<const std::byte>> pieces) {
  const std::shared_lock lock(mutex_);
  return log_ ? log_->append(first, count, pieces) : closed();
}

base::Status ReopeningLog::release(Sequence end) {
  const std::shared_lock lock(mutex_);
  return log_ ? log_->release(end) : closed();
}

ReopeningLog::Figures ReopeningLog::figures() const {
  if (!log_) return last_;
  return {
      .begin = log_->begin(), .end = log_->end(), .bytes = log_->bytes(), .stats = log_->stats()};
}

Sequence ReopeningLog::begin() const {
  const std::shared_lock lock(mutex_);
  return figures().begin;
}

Sequence ReopeningLog::end() const {
  const std::shared_lock lock(mutex_);
  return figures().end;
}

std::uint64_t ReopeningLog::bytes() const {
  const std::shared_lock lock(mutex_);
  return figures().bytes;
}

base::Status ReopeningLog::room() const {
  const std::shared_lock lock(mutex_);
  return log_ ? log_->room() : closed();
}

Stats ReopeningLog::stats() const {
  const std::shared_lock lock(mutex_);
  return figures().stats;
}

}  // namespace tidemark::journal::local
