#include "app/import/report.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include <unistd.h>

#include "app/commands/print.hpp"

namespace tidemark::app {
namespace {

// For one file. A sender that varies its faults must not make the report grow with the file.
constexpr std::size_t kKindsMax = 200;
constexpr std::size_t kLinesNamed = 10;
constexpr std::uint64_t kConflictsNamed = 100;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The message without what differs from row to row: what was received, what is quoted, numbers.
std::string kind_of_message(std::string_view message) {
  message = message.substr(0, message.find("; received "));
  std::string kind;
  for (std::size_t at = 0; at < message.size(); ++at) {
    if (message[at] == '"') {
      const auto end = message.find('"', at + 1);
      kind += '"';
      if (end != std::string_view::npos) at = end;
    } else if (is_digit(message[at])) {
      if (kind.empty() || kind.back() != '#') kind += '#';
    } else {
      kind += message[at];
    }
  }
  return kind;
}

std::string joined(const std::vector<std::uint64_t>& lines) {
  std::string text;
  for (const auto line : lines) text += (text.empty() ? "" : ", ") + std::to_string(line);
  return text;
}

}  // namespace

void ImportReport::line_of(std::uint64_t line, std::string_view text) const {
  tell("{}:{}: {}\n", name_, line, text);
}

void ImportReport::begin_file(const std::string& name) {
  name_ = name;
  kind_of_.clear();
  kinds_.clear();
  of_other_kinds_ = 0;
  conflicts_of_file_ = 0;
}

void ImportReport::fault(std::uint64_t line, std::string_view field, std::string_view message) {
  const std::string told = std::string(field.empty() ? "row" : field) + ": ";
  const std::string kind = told + kind_of_message(message);
  auto found = kind_of_.find(kind);
  if (found == kind_of_.end()) {
    if (kinds_.size() == kKindsMax) {
      ++of_other_kinds_;
      return;
    }
    found = kind_of_.emplace(kind, kinds_.size()).first;
    kinds_.push_back({.told = told + std::string(message.substr(0, message.find("; received "))),
                      .count = 0,
                      .lines = {}});
    line_of(line, told + std::string(message));
  }
  Kind& of = kinds_[found->second];
  ++of.count;
  if (of.lines.size() < kLinesNamed) of.lines.push_back(line);
}

void ImportReport::conflict(std::uint64_t line, std::string_view event_id) {
  ++counts_.conflicts;
  if (++conflicts_of_file_ > kConflictsNamed) return;
  line_of(line, "event_id: conflict: there is another event with the id \"" +
                    std::string(event_id) + "\"; this row was not taken");
}

void ImportReport::end_file(std::string_view where) {
  for (const Kind& kind : kinds_) {
    if (kind.count < 2) continue;
    tell("{}: {}: {} times in all, in lines {}{}\n", name_, kind.told, kind.count,
         joined(kind.lines), kind.count > kind.lines.size() ? ", …" : "");
  }
  if (of_other_kinds_ > 0) {
    tell("{}: {} faults of other kinds are not listed here\n", name_, of_other_kinds_);
  }
  if (conflicts_of_file_ > kConflictsNamed) {
    tell("{}: {} conflicts in all; the first {} are listed above\n", name_, conflicts_of_file_,
         kConflictsNamed);
  }
  if (!where.empty()) tell("{}: {}\n", name_, where);
}

void ImportReport::show_progress(bool end) {
  static const bool terminal = isatty(STDERR_FILENO) != 0;
  constexpr std::chrono::milliseconds kBetween{100};
  const auto now = std::chrono::steady_clock::now();
  if (!terminal || (!end && now - shown_ < kBetween)) return;
  shown_ = now;
  const double seconds = std::chrono::duration<double>(now - begun_).count();
  const double speed = static_cast<double>(counts_.read) / std::max(seconds, 0.001);
  tell("\r{} rows, {} new, {} rows/s", counts_.read, counts_.accepted, fixed(speed, 0));
  if (end) tell("\n");
}

void ImportReport::print_summary(bool as_json, bool dry_run) const {
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
  const std::array<std::pair<std::string_view, std::uint64_t>, 5> all = {
      {{"read", counts_.read},
       {"accepted", counts_.accepted},
       {"duplicates", counts_.duplicates},
       {"conflicts", counts_.conflicts},
       {"rejected", counts_.rejected}}};
  std::string text = as_json ? "{" : "";
  const std::string quote = as_json ? "\"" : "";
  const std::string behind = as_json ? "\":" : " ";
  for (const auto& [name, count] : all) {
    text.append(quote).append(name).append(behind).append(std::to_string(count));
    text += as_json ? "," : ", ";
  }
  text.append(quote).append("seconds").append(behind).append(fixed(seconds, 3));
  if (as_json) text += '}';
  if (!as_json && dry_run) text += " (dry run: nothing was taken)";
  print("{}\n", text);
  std::ignore = flushed();  // told once more at the end
}

}  // namespace tidemark::app
