#pragma once

/// Writes JSON text front to back, without a tree in between.

#include <cassert>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tidemark::http {

/// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// True when `text` is well-formed UTF-8.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// `writer.begin_object().member("date", "2025-08-01").key("rows").begin_array()…`
///
/// Promise: sets the commas. The caller must get keys and nesting right.
class JsonWriter {
 public:
  JsonWriter() = default;
  /// Goes on after what `text` holds already.
  explicit JsonWriter(std::string text) : out_(std::move(text)) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  JsonWriter& key(std::string_view name) {
    comma();
    append_json_string(out_, name);
    out_ += ':';
    return *this;
  }

  JsonWriter& value(std::string_view text) {
    comma();
    append_json_string(out_, text);
    return *this;
  }
  JsonWriter& value(const char* text) { return value(std::string_view{text}); }
  JsonWriter& value(const std::string& text) { return value(std::string_view{text}); }
  JsonWriter& value(bool truth) { return raw(truth ? "true" : "false"); }
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  JsonWriter& value(I number) {
    return raw(std::to_string(number));
  }
  /// The shortest text that reads back to the same number; infinity and NaN become null.
  JsonWriter& value(double number);
  JsonWriter& null() { return raw("null"); }
  /// JSON text as it is: one value, or `"key":value,…` within an object. Empty text adds nothing.
  JsonWriter& raw(std::string_view json) {
    if (json.empty()) return *this;
    comma();
    out_ += json;
    return *this;
  }

  template <class T>
  JsonWriter& member(std::string_view name, const T& content) {
    return key(name).value(content);
  }

  [[nodiscard]] const std::string& text() const noexcept { return out_; }
  [[nodiscard]] std::string take() noexcept { return std::move(out_); }

 private:
  JsonWriter& open(char bracket) {
    comma();
    out_ += bracket;
    return *this;
  }
  JsonWriter& close(char bracket) {
    assert(!out_.empty());
    out_ += bracket;
    return *this;
  }
  void comma() {
    if (out_.empty()) return;
    const char last = out_.back();
    if (last != '{' && last != '[' && last != ':' && last != ',' && last != '\n') out_ += ',';
  }

  std::string out_;
};

}  // namespace tidemark::http
