#pragma once

/// What comes back. Two engines that answer one question at one position give equal values.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "event/event.hpp"
#include "event/local_day.hpp"

namespace tidemark::query {

struct ActiveUsersRow {
  event::LocalDay date;
  std::uint64_t active_users = 0;
  bool operator==(const ActiveUsersRow&) const = default;
};
/// One row a day of the range, in order, zeros too.
using ActiveUsersAnswer = std::vector<ActiveUsersRow>;

struct TopEventsRow {
  std::string event_type;
  std::uint64_t count = 0;
  std::uint64_t unique_users = 0;
  bool operator==(const TopEventsRow&) const = default;
};
using TopEventsAnswer = std::vector<TopEventsRow>;

struct RetentionWindow {
  event::LocalDay date;  ///< its first day
  std::uint64_t users = 0;
  bool complete = true;  ///< false: it ends after the last day of data
  bool begun = true;     ///< false: it begins after it, `users` is 0 and there is no rate
  bool operator==(const RetentionWindow&) const = default;
};
struct RetentionCohort {
  event::LocalDay date;
  std::uint64_t size = 0;
  std::vector<RetentionWindow> windows;
  bool operator==(const RetentionCohort&) const = default;
};
using RetentionAnswer = std::vector<RetentionCohort>;

using Answer = std::variant<ActiveUsersAnswer, TopEventsAnswer, RetentionAnswer>;

/// An event of a list, in its own memory.
struct ListedEvent {
  std::string id;
  std::string user_id;
  std::string event_type;
  std::string properties;
  event::Micros occurred_at = 0;
  event::Micros received_at = 0;
  event::Sequence sequence = 0;
};
struct EventPage {
  std::vector<ListedEvent> events;
  bool more = false;  ///< there are events after the last one
};

}  // namespace tidemark::query
