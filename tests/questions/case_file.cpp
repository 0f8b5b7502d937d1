#include "questions/case_file.hpp"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

#include "event/timestamp.hpp"

namespace tidemark::contract {
namespace {

CaseQuestion read_question(const std::string& line, int number) {
  CaseQuestion question{
      .line = number, .text = line, .asked = {.what = {}}, .segments = {}, .rows = {}};
  std::istringstream words(line);
  std::string word;
  words >> word >> question.asked.what;
  while (words >> word) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) throw std::invalid_argument("no parameter: " + word);
    const auto name = word.substr(0, equals);
    const auto value = word.substr(equals + 1);
    if (name == "tz") {
      question.asked.tz = value;
    } else {
      question.asked.fields[name] = value;
    }
  }
  return question;
}

void take_event(Case& into, const std::string& line) {
  std::istringstream words(line);
  std::string id;
  std::string instant;
  KnownEvent event;
  std::string properties;
  words >> id >> instant >> event.user >> event.type >> std::ws;
  std::getline(words, properties);
  const auto at = event::parse_timestamp(instant);
  if (!at) throw std::invalid_argument("'" + instant + "' " + at.message);
  event.id = id;
  event.at = at.micros;
  into.events.push_back("{\"event_id\":\"" + id + "\",\"occurred_at\":\"" + instant +
                        "\",\"user_id\":\"" + event.user + "\",\"event_type\":\"" + event.type +
                        "\",\"properties\":" + (properties.empty() ? "{}" : properties) + "}\n");
  const bool repeated = std::ranges::any_of(
      into.known, [&](const KnownEvent& known) { return known.id == event.id; });
  if (!repeated) into.known.push_back(event);
}

}  // namespace

query::Question CaseQuestion::question() const {
  auto question = asked.question();
  for (const auto& segment : segments) {
    auto condition = query::parse_condition(segment);
    if (!condition) throw std::invalid_argument(segment + ": " + condition.error().message());
    std::visit([&](auto& any) { any.scope.segment.conditions.push_back(*condition); }, question);
  }
  return question;
}

bool CaseQuestion::beyond_rollup() const {
  return std::ranges::any_of(
      segments, [](const std::string& segment) { return !segment.starts_with("event_type"); });
}

std::vector<std::filesystem::path> case_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(TIDEMARK_QUESTIONS)) {
    if (entry.path().extension() == ".case") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::string joined(const std::vector<std::string>& rows) {
  std::string text;
  for (const auto& row : rows) text += row + '\n';
  return text;
}

Case read_case(const std::filesystem::path& path) {
  constexpr std::string_view kSegment = "segment ";
  std::ifstream file(path);
  if (!file) throw std::invalid_argument(path.string() + " cannot be read");
  Case read;
  enum class In : std::uint8_t { Nothing, Events, Question } in = In::Nothing;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) try {
      if (line.starts_with('#')) continue;
      if (line.empty()) {
        in = In::Nothing;
      } else if (in == In::Events) {
        take_event(read, line);
      } else if (in == In::Question) {
        auto& question = read.questions.back();
        if (line.starts_with(kSegment)) {
          question.segments.push_back(line.substr(kSegment.size()));
        } else {
          question.rows.push_back(line);
        }
      } else if (line == "events") {
        in = In::Events;
      } else if (line.starts_with("ask ")) {
        in = In::Question;
        read.questions.push_back(read_question(line, number));
      } else {
        throw std::invalid_argument("expected `events`, `ask …` or an empty line");
      }
    } catch (const std::exception& error) {
      throw std::invalid_argument(path.string() + ":" + std::to_string(number) + ": " +
                                  error.what());
    }
  return read;
}

}  // namespace tidemark::contract
