#include "app/commands/print.hpp"

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <tuple>

#include <fcntl.h>
#include <unistd.h>

#include "base/printable.hpp"

namespace tidemark::app {
namespace {

std::string filled(std::string_view pattern, const Value* values) {
  std::string out;
  for (;;) {
    const std::size_t at = pattern.find("{}");
    out += pattern.substr(0, at);
    if (at == std::string_view::npos) return out;
    out += (values++)->text();
    pattern.remove_prefix(at + 2);
  }
}

/// In one call, so that lines of several threads stay whole. `flushed` finds what a stream did not
/// take; standard error is nobody's result.
void write(std::FILE* stream, std::string_view text) {
  std::ignore = std::fwrite(text.data(), 1, text.size(), stream);
}

}  // namespace

std::string Value::shown(std::string_view text) { return base::printable(text); }

void keep_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) != -1) continue;
    // The lowest that is free is what open gives. A result that cannot be written must be found.
    const int opened = open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY);
    if (opened != stream && opened >= 0) close(opened);
  }
}

std::string fixed(double number, int digits) {
  std::array<char, 400> text{};  // of the largest number
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number,
                                          std::chars_format::fixed, digits);
  return {text.data(), end};
}

void printing::print(std::string_view pattern, const Value* values) {
  write(stdout, filled(pattern, values));
}

void printing::tell(std::string_view pattern, const Value* values) {
  write(stderr, filled(pattern, values));
}

void printing::announce(std::string_view pattern, const Value* values) {
  const std::string text = filled(pattern, values);
  // Past the stream's buffer: what that could not write would count as a result that was lost.
  for (std::size_t at = 0; at < text.size();) {
    const auto written = ::write(STDOUT_FILENO, text.data() + at, text.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    at += static_cast<std::size_t>(written);
  }
}

void print_lines(std::string_view text) { write(stdout, base::printable_lines(text)); }

void tell_lines(std::string_view text) { write(stderr, base::printable_lines(text)); }

void print_json(std::string_view json) { write(stdout, base::printable_json(json) + "\n"); }

void print_bytes(std::string_view bytes) { write(stdout, bytes); }

bool flushed() {
  errno = 0;
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
}

}  // namespace tidemark::app
