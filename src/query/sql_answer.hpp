#pragma once

/// Questions answered by a database that speaks SQL: what is the same for each of them.

#include <functional>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "event/event.hpp"
#include "event/zone.hpp"
#include "query/answer.hpp"
#include "query/question.hpp"
#include "query/sql_question.hpp"
#include "query/user_activity.hpp"

namespace tidemark::query {

/// What a database is asked. Whatever is asked between construction and end is answered from one
/// state.
///
/// Threads: one at a time.
class SqlSource {
 public:
  /// `first` and `words` as activity_sql gives them. The words live until it returns.
  using VisitUser = std::function<void(event::Micros first, Words words)>;

  virtual ~SqlSource() = default;

  /// Each user that has a bit or, with `first_seen`, at least a first event.
  virtual base::Status for_each_user(const Scope& scope, const SqlActivity& activity,
                                     const VisitUser& visit) = 0;
  /// As top_events_sql; there is one piece at least.
  virtual base::Result<TopEventsAnswer> top_events(
      const TopEvents& asked, const std::vector<event::Zone::Piece>& pieces) = 0;
  /// Of the project's latest event; nothing where there is none.
  virtual base::Result<std::optional<event::Micros>> latest(event::ProjectId project) = 0;
};

/// Errors: those of `source`.
/// Cost:   one query of `source` for each eight years of days, two for retention.
base::Result<Answer> answer_by_sql(const Question& question, SqlSource& source);

/// No SqlActivity of these has more words a user.
inline constexpr std::int32_t kActivityWordsMax = 12;

}  // namespace tidemark::query
