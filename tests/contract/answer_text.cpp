#include "contract/answer_text.hpp"

namespace tidemark::contract {

std::vector<std::string> rows_of(const query::Answer& answer) {
  auto rows = query::lines_of(answer.data);
  for (const auto& beside : answer.beside) {
    for (const auto& line : query::lines_of(beside.rows)) {
      rows.push_back(std::string(beside.name) + ' ' + line);
    }
  }
  return rows;
}

std::string text_of(const query::Answer& answer) {
  std::string out;
  for (const auto& row : rows_of(answer)) out += row + '\n';
  return out;
}

}  // namespace tidemark::contract
