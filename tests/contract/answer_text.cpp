#include "contract/answer_text.hpp"

#include "contract/asked.hpp"

namespace tidemark::contract {
namespace {

std::string row_of(const query::ActiveUsersRow& row) {
  return date_text(row.date.days) + ' ' + std::to_string(row.active_users);
}

std::string row_of(const query::TopEventsRow& row) {
  return std::to_string(row.count) + ' ' + std::to_string(row.unique_users) + ' ' + row.event_type;
}

std::string row_of(const query::RetentionCohort& cohort) {
  std::string out = date_text(cohort.date.days) + ' ' + std::to_string(cohort.size) + ':';
  for (const auto& window : cohort.windows) {
    out += ' ' + (window.begun || window.users > 0 ? std::to_string(window.users) : "-");
    if (window.begun != window.complete && !window.complete) out += '?';
    if (window.complete && !window.begun) out += "(complete before it began)";
  }
  return out;
}

}  // namespace

std::vector<std::string> rows_of(const query::Answer& answer) {
  std::vector<std::string> rows;
  std::visit(
      [&](const auto& found) {
        for (const auto& row : found) rows.push_back(row_of(row));
      },
      answer);
  return rows;
}

std::string text_of(const query::Answer& answer) {
  std::string out;
  for (const auto& row : rows_of(answer)) out += row + '\n';
  return out;
}

}  // namespace tidemark::contract
