#pragma once

/// Everything that commands print. Our own text is written here; foreign text is made harmless.
///
/// Promise: a foreign text (an event type, a file's name, an error's message) reaches the screen as
///          one line without control characters, as `base::printable` writes it: it can set no
///          title, clear no screen and forge no row. `tools/tidy.py` finds code that prints
///          otherwise.
/// Errors:  none here. A standard output that takes no more is found at the end, by `flushed`.

#include <array>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark::app {

/// A text of ours: a literal, with `{}` in place of each value. It has its own line ends.
template <std::size_t Values>
class Pattern {
 public:
  consteval Pattern(const char* literal) : text_(literal) {  // NOLINT(google-explicit-constructor)
    std::size_t values = 0;
    for (std::size_t at = text_.find("{}"); at != std::string_view::npos;
         at = text_.find("{}", at + 2)) {
      ++values;
    }
    if (values != Values) throw "as many {} as values";  // stops the compiler
  }
  [[nodiscard]] std::string_view text() const noexcept { return text_; }

 private:
  std::string_view text_;
};

/// A value for a pattern: a foreign text, or a number.
class Value {
 public:
  template <class Text>
    requires std::convertible_to<const Text&, std::string_view>
  Value(const Text& text)  // NOLINT(google-explicit-constructor)
      : text_(shown(std::string_view(text))) {}
  template <std::integral Number>
  Value(Number number) : text_(std::to_string(number)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] std::string_view text() const noexcept { return text_; }

 private:
  static std::string shown(std::string_view text);

  std::string text_;
};

/// Opens each closed one of the three standard streams as a stream that takes and gives nothing:
/// otherwise the next file that is opened would take its place, and get what is printed. Call it
/// first.
void keep_standard_streams();

/// A number with this many digits after its point.
[[nodiscard]] std::string fixed(double number, int digits);

namespace printing {
void print(std::string_view pattern, const Value* values);
void tell(std::string_view pattern, const Value* values);
void announce(std::string_view pattern, const Value* values);
}  // namespace printing

/// Prints a command's result to standard output.
template <class... Values>
void print(std::type_identity_t<Pattern<sizeof...(Values)>> pattern, const Values&... values) {
  const std::array<Value, sizeof...(Values)> all = {Value(values)...};
  printing::print(pattern.text(), all.data());
}

/// Prints everything else to standard error.
template <class... Values>
void tell(std::type_identity_t<Pattern<sizeof...(Values)>> pattern, const Values&... values) {
  const std::array<Value, sizeof...(Values)> all = {Value(values)...};
  printing::tell(pattern.text(), all.data());
}

/// Prints to standard output at once, whether or not anything reads it: for the address of a
/// service, which is not a result.
template <class... Values>
void announce(std::type_identity_t<Pattern<sizeof...(Values)>> pattern, const Values&... values) {
  const std::array<Value, sizeof...(Values)> all = {Value(values)...};
  printing::announce(pattern.text(), all.data());
}

/// Prints several lines of ours with foreign texts in them: line ends stay, everything else is
/// escaped.
void print_lines(std::string_view text);
void tell_lines(std::string_view text);

/// Prints a JSON document and a line end: harmless, and with the same meaning.
void print_json(std::string_view json);

/// Prints unchanged bytes for a program: CSV, a script.
void print_bytes(std::string_view bytes);

/// Whether standard output has taken everything; errno tells why not.
[[nodiscard]] bool flushed();

}  // namespace tidemark::app
