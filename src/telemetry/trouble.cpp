#include "telemetry/trouble.hpp"

#include "telemetry/log.hpp"

namespace tidemark::telemetry {
namespace {

double seconds_of(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

Trouble::Line Trouble::note(const base::Status& status, Clock::time_point now) {
  if (!status) return note_failure(status.error().message(), now);
  if (!lasts_) return Line::None;
  lasts_ = false;
  if (!is_told_) return Line::None;
  is_told_ = false;
  info(ends_, {{"seconds", seconds_of(now - since_)}});
  return Line::Ends;
}

Trouble::Line Trouble::note_failure(const std::string& reason, Clock::time_point now) {
  if (!lasts_) {
    lasts_ = true;
    tries_ = 0;
    since_ = now;
  }
  ++tries_;
  const auto silent = now - line_at_;
  const bool due = !has_line_ || silent >= kSameReason ||
                   (silent >= kAnyReason && (!is_told_ || reason != reason_));
  if (!due) return Line::None;
  has_line_ = true;
  line_at_ = now;
  reason_ = reason;
  if (is_told_) {
    warning(begins_, {{"reason", std::string_view(reason)},
                      {"for_seconds", seconds_of(now - since_)},
                      {"tries", static_cast<std::int64_t>(tries_)}});
    return Line::GoesOn;
  }
  is_told_ = true;
  warning(begins_, {{"reason", std::string_view(reason)}});
  return Line::Begins;
}

}  // namespace tidemark::telemetry
