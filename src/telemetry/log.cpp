#include "telemetry/log.hpp"

#include <algorithm>
#include <cmath>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/printable.hpp"

namespace tidemark::telemetry {
namespace {

Format format_in_force = Format::Text;  // written once, before other threads start

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::Debug:
      return spdlog::level::debug;
    case Level::Info:
      return spdlog::level::info;
    case Level::Warning:
      return spdlog::level::warn;
    case Level::Error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = spdlog::stderr_logger_mt("tidemark");
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %-7l %v", spdlog::pattern_time_type::utc);
    return made;
  }();
  return *instance;
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  base::append_json_escaped(out, text);
  out += '"';
}

/// Whether a reader of `name=value` sees where the value ends, and nothing in it acts on a screen.
bool is_plain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '=' && c != '\\';
  });
}

void append_value(std::string& out, const LogField& field, bool quoted) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    !quoted&& is_plain(*text) ? out.append(*text) : (append_quoted(out, *text), out);
  } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    out += std::to_string(*number);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    // JSON has no word for what is not a number.
    out += std::isfinite(*real) || !quoted ? fmt::format("{:.6g}", *real) : "null";
  } else {
    out += std::get<bool>(field.value) ? "true" : "false";
  }
}

}  // namespace

void configure_log(Level least, Format format) {
  format_in_force = format;
  logger().set_level(spdlog_level(least));
  if (format == Format::Json) {
    logger().set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l",%v})",
                         spdlog::pattern_time_type::utc);
  }
}

bool logs(Level level) { return logger().should_log(spdlog_level(level)); }

std::string text_of(Format format, std::string_view message,
                    std::initializer_list<LogField> fields) {
  std::string line;
  if (format == Format::Json) {
    line += "\"message\":";
    append_quoted(line, message);
    for (const auto& field : fields) {
      line += ',';
      append_quoted(line, field.name);
      line += ':';
      append_value(line, field, true);
    }
    return line;
  }
  base::append_printable(line, message);
  for (const auto& field : fields) {
    line += ' ';
    line += field.name;
    line += '=';
    append_value(line, field, false);
  }
  return line;
}

void log(Level level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!logs(level)) return;
  const std::string line = text_of(format_in_force, message, fields);
  logger().log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace tidemark::telemetry
