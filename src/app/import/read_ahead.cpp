#include "app/import/read_ahead.hpp"

#include <utility>

#include "base/this_thread.hpp"
#include "wire/event_writer.hpp"

namespace tidemark::app {

std::string ndjson_of(std::span<const event::Row> rows) {
  std::string lines;
  for (const auto& row : rows) wire::write_event_ndjson_line(row, lines);
  return lines;
}

base::Result<PreparedRows> prepare_next(wire::EventReader& reader, std::size_t rows) {
  auto read = reader.next(rows);
  if (!read) return read.error();
  PreparedRows prepared{.read = *std::move(read), .body = {}};
  prepared.body = ndjson_of(prepared.read.batch.rows);
  return prepared;
}

ReadAhead::ReadAhead(wire::EventReader& reader, Pieces pieces)
    : reader_(reader), pieces_(pieces), thread_([this] { run(); }) {}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

base::Result<PreparedRows> ReadAhead::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return waiting_.has_value(); });
  auto taken = *std::move(waiting_);
  waiting_.reset();
  lock.unlock();
  changed_.notify_all();
  return taken;
}

void ReadAhead::run() {
  base::name_this_thread("reader");
  std::size_t rows = pieces_.first_rows;
  for (bool more = true; more; rows = pieces_.rows) {
    auto prepared = prepare_next(reader_, rows);
    more = prepared && prepared->read.rows_count > 0;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopping_ || !waiting_; });
    if (stopping_) return;
    waiting_.emplace(std::move(prepared));
    lock.unlock();
    changed_.notify_all();
  }
}

}  // namespace tidemark::app
