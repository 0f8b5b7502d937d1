#pragma once

/// How many of a day's, week's or month's users come back.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "query/bounds.hpp"
#include "query/declaration.hpp"
#include "query/source.hpp"

namespace tidemark::query {

enum class CohortKind : std::uint8_t {
  Active,     ///< a matching event in window 0
  FirstSeen,  ///< and window 0 also holds the first of all the user's events
};
enum class ReturnMode : std::uint8_t {
  On,         ///< a matching event in the window
  OnOrAfter,  ///< a matching event in the window or at any time after
};

template <>
struct Choices<CohortKind> {
  static constexpr std::array<std::pair<std::string_view, CohortKind>, 2> names{{
      {"active", CohortKind::Active},
      {"first_seen", CohortKind::FirstSeen},
  }};
};
template <>
struct Choices<ReturnMode> {
  static constexpr std::array<std::pair<std::string_view, ReturnMode>, 2> names{{
      {"on", ReturnMode::On},
      {"on_or_after", ReturnMode::OnOrAfter},
  }};
};

struct RetentionWindow {
  static constexpr std::string_view kName = "RetentionWindow";
  static constexpr std::string_view kAcross = "users";
  static constexpr auto columns() {
    return std::tuple{Column{"window", &RetentionWindow::window},
                      Column{"date", &RetentionWindow::date, "The window's first day"},
                      Column{"users", &RetentionWindow::users},
                      Column{"rate", &RetentionWindow::rate,
                             "users / cohort_size to 4 places; null where the cohort is empty or "
                             "the window begins after the last day of data"},
                      Column{"complete", &RetentionWindow::complete,
                             "false if the window ends after the last day of data"}};
  }

  std::uint64_t window = 0;
  event::LocalDay date;
  std::uint64_t users = 0;
  Rate rate;
  bool complete = true;
  bool begun = true;  ///< false: the window begins after the last day of data
};

struct RetentionCohort {
  static constexpr std::string_view kName = "RetentionCohort";
  static constexpr auto columns() {
    return std::tuple{Column{"cohort_date", &RetentionCohort::date},
                      Column{"cohort_size", &RetentionCohort::size},
                      Column{"windows", &RetentionCohort::windows}};
  }

  event::LocalDay date;
  std::uint64_t size = 0;
  std::vector<RetentionWindow> windows;
};

using RetentionRows = std::vector<RetentionCohort>;

/// Cohorts one after another from `start`; window k of cohort S is [S + k·p, S + (k+1)·p).
struct Retention {
  Scope scope;
  event::LocalDay start;  ///< with Period::Month, the first day of its month
  Period period = Period::Day;
  CohortKind cohort = CohortKind::Active;
  ReturnMode mode = ReturnMode::On;
  std::int32_t windows = 3;  ///< the answer tells windows 0..windows
  std::int32_t cohorts = 1;

  using Row = RetentionCohort;
  static constexpr std::string_view kKey = "retention";
  static constexpr std::string_view kAnswer = "Retention";
  static constexpr std::string_view kRows = "One entry for each cohort, empty ones too";

  static constexpr auto names() {
    return std::array{Named<Retention>{"retention", "retention",
                                       "How many of the users of a day, week or month come back"}};
  }
  static constexpr auto fields() {
    return std::tuple{
        QuestionField{.name = "start_date",
                      .at = [](auto& asked) -> auto& { return asked.start; },
                      .meaning = "First day of the first cohort; with period=month, the cohort "
                                 "begins on the first day of that month",
                      .example = "2025-08-01",
                      .required = true},
        QuestionField{.name = "windows",
                      .at = [](auto& asked) -> auto& { return asked.windows; },
                      .meaning = "Number of the last window; the first window is 0",
                      .most = kWindowsMax},
        QuestionField{.name = "cohorts",
                      .at = [](auto& asked) -> auto& { return asked.cohorts; },
                      .meaning = "Number of cohorts, one after another",
                      .least = 1,
                      .most = kCohortsMax},
        QuestionField{.name = "period",
                      .at = [](auto& asked) -> auto& { return asked.period; },
                      .meaning = "Length of a window; weeks count from the cohort's first day",
                      .aliases = {"window_type", "period_type"}},
        QuestionField{.name = "cohort",
                      .at = [](auto& asked) -> auto& { return asked.cohort; },
                      .meaning = "Users of a cohort: all who are active in window 0, or only those "
                                 "whose first event ever is in window 0"},
        QuestionField{.name = "mode",
                      .at = [](auto& asked) -> auto& { return asked.mode; },
                      .meaning = "Users counted in a window: those active in the window, or those "
                                 "active in the window or later"}};
  }

  void settle() {
    if (period == Period::Month) start = event::month_of(start);
  }
  /// The first day of window `k` of cohort `c`; `k` may be one past the end.
  [[nodiscard]] event::LocalDay window_begin(std::int32_t c, std::int32_t k) const;
  [[nodiscard]] event::DayRange days() const {
    return {start, window_begin(cohorts - 1, windows + 1).plus(-1)};
  }
  [[nodiscard]] std::optional<ParameterFault> fault() const {
    return check_day(start, "start_date");
  }
  [[nodiscard]] std::string definition() const;
};

/// All cells without users, in a project whose latest event is on `last_day`.
RetentionRows empty_cohorts(const Retention& asked, std::optional<event::LocalDay> last_day);
/// Turns the counted users and sizes into rates. A window that has not begun has neither; the check
/// is needed because a day may have events before the last day begins anew, where clocks went back
/// over midnight.
Answer answer_of(RetentionRows cohorts);

base::Result<Answer> fold(const Retention& asked, Source& source);

}  // namespace tidemark::query
