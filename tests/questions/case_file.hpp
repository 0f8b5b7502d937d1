#pragma once

/// Questions as data: events in, questions, rows out, in a text file that anybody can write.
///
///     # A comment.
///     events
///     ID INSTANT USER TYPE [PROPERTIES]
///
///     ask dau from=2025-03-29 to=2025-03-31 tz=Europe/Kyiv
///     segment properties.plan=pro
///     2025-03-29 1
///
/// A block ends at an empty line. `segment` may be there several times, as a client writes it. What
/// rows look like is told in contract/answer_text.hpp; no row at all is an empty answer.

#include <filesystem>
#include <string>
#include <vector>

#include "contract/asked.hpp"
#include "contract/known_event.hpp"

namespace tidemark::contract {

struct CaseQuestion {
  int line = 0;
  std::string text;
  Asked asked;                        ///< without its segments
  std::vector<std::string> segments;  ///< as they stand
  std::vector<std::string> rows;

  /// For the engines; throws where a segment is malformed.
  [[nodiscard]] query::Question question() const;
  [[nodiscard]] bool beyond_rollup() const;
};

struct Case {
  std::vector<std::string> events;  ///< NDJSON, in order
  std::vector<KnownEvent> known;    ///< the same without their properties; repeated ids left out
  std::vector<CaseQuestion> questions;
};

/// Every case of this folder, by name.
std::vector<std::filesystem::path> case_files();

/// Rows as a text that a failed comparison shows well: a line each.
std::string joined(const std::vector<std::string>& rows);

/// Throws std::invalid_argument with file and line.
Case read_case(const std::filesystem::path& path);

}  // namespace tidemark::contract
