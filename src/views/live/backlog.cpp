#include "views/live/backlog.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "views/live/message.hpp"

namespace tidemark::views::live {
namespace {

/// Events that one step reads: some milliseconds of work.
constexpr event::Sequence kStepEvents = 20'000;
/// A step ends early at this size: what a slow client makes us hold.
constexpr std::size_t kStepBytes = std::size_t{256} * 1024;

}  // namespace

Backlog::Backlog(Parts parts, std::shared_ptr<Listener> listener, event::Sequence begins,
                 event::Sequence events_max)
    : parts_(parts),
      listener_(std::move(listener)),
      at_(std::min(listener_->from(), begins)),
      end_(begins),
      events_max_(events_max) {}

base::Result<std::string> Backlog::next() {
  std::string text;
  if (end_ - at_ > events_max_) {
    const auto passed_over = end_ - at_ - events_max_;
    at_ += passed_over;
    text = listener_->tell_missed(passed_over, at_);
  }
  if (done()) return text;
  const auto visible = parts_.publication.events();
  auto read = read_step(visible, text);
  if (!read) return read.error().while_doing("reading what a listener missed");
  return text;
}

base::Status Backlog::read_step(const query::Visible& visible, std::string& text) {
  assert(at_ < end_);
  const auto to = std::min(at_ + kStepEvents, end_);
  std::uint64_t events = 0;
  bool full = false;
  const auto take = [&](const event::ProjectRows& piece) -> base::Status {
    for (const auto& row : piece.rows) {
      assert(row.sequence >= at_ && row.sequence < to);
      at_ = row.sequence + 1;
      if (!listener_->filter().matches(piece.project, row)) continue;
      append_event(row, listener_->position_tag(), text);
      ++events;
      full = text.size() >= kStepBytes;
      // An error is how a reading is stopped.
      if (full) return base::Error{base::ErrorCode::TooLarge, "the piece is full"};
    }
    return base::ok;
  };
  auto read = parts_.scan.read(visible, at_, to, take);
  listener_->count_sent(events);
  if (full) return base::ok;
  if (read) at_ = to;
  return read;
}

}  // namespace tidemark::views::live
