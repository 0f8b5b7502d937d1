#pragma once

/// The program's messages to its operator, one line per event, on standard error.

#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace tidemark::telemetry {

enum class Level : std::uint8_t { Debug, Info, Warning, Error };
enum class Format : std::uint8_t { Text, Json };

/// A name and a value in addition to the message: `{"seconds", 1.5}`.
struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

/// Call it once, before other threads start. Until then: Info, Text.
void configure_log(Level least, Format format);

/// Whether a line of this level would be written; ask before building an expensive one.
[[nodiscard]] bool logs(Level level);

/// The part of a line after its time and level: UTF-8 in one line without control characters,
/// whatever bytes a client has sent; in JSON, the members of an object.
[[nodiscard]] std::string text_of(Format format, std::string_view message,
                                  std::initializer_list<LogField> fields = {});

/// Threads: any. Never throws; a line that cannot be written is lost.
void log(Level level, std::string_view message, std::initializer_list<LogField> fields = {});

inline void info(std::string_view message, std::initializer_list<LogField> fields = {}) {
  log(Level::Info, message, fields);
}
inline void warning(std::string_view message, std::initializer_list<LogField> fields = {}) {
  log(Level::Warning, message, fields);
}
inline void error(std::string_view message, std::initializer_list<LogField> fields = {}) {
  log(Level::Error, message, fields);
}

}  // namespace tidemark::telemetry
