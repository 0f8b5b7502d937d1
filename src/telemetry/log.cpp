#include "telemetry/log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

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

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_value(std::string& out, const LogField& field, bool quoted) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    const bool plain =
        !quoted && !text->empty() && text->find_first_of(" \"=\\\n\r\t") == std::string_view::npos;
    plain ? out.append(*text) : (append_json_text(out, *text), out);
  } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    out += std::to_string(*number);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    out += fmt::format("{:.6g}", *real);
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

void log(Level level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!logs(level)) return;
  std::string line;
  if (format_in_force == Format::Json) {
    line += "\"message\":";
    append_json_text(line, message);
    for (const auto& field : fields) {
      line += ',';
      append_json_text(line, field.name);
      line += ':';
      append_value(line, field, true);
    }
  } else {
    line += message;
    for (const auto& field : fields) {
      line += ' ';
      line += field.name;
      line += '=';
      append_value(line, field, false);
    }
  }
  logger().log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace tidemark::telemetry
