#pragma once

/// Finds the end of a head, however small the pieces are in which the head arrives.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tidemark::http::network {

/// Promise: looks at each byte once: a head that comes one byte per packet costs no more than one
///          that comes at once.
class HeadScanner {
 public:
  enum class Found : std::uint8_t { Nothing, End, LoneCr };

  /// `input` must begin where it began at the last call, and may have grown.
  Found scan(std::string_view input) noexcept {
    while (at_ < input.size()) {
      const void* const found = std::memchr(input.data() + at_, '\r', input.size() - at_);
      if (found == nullptr) {
        at_ = input.size();
        break;
      }
      at_ = static_cast<std::size_t>(static_cast<const char*>(found) - input.data());
      const std::string_view rest = input.substr(at_);
      if (rest.size() == 1) break;
      if (rest[1] != '\n') return Found::LoneCr;
      if (rest.starts_with(kEnd)) {
        at_ += kEnd.size();
        return Found::End;
      }
      if (kEnd.starts_with(rest)) break;  // more bytes may complete it
      at_ += 2;
    }
    return Found::Nothing;
  }

  /// The offset after the empty line, once `scan` has found the end.
  [[nodiscard]] std::size_t end() const noexcept { return at_; }

 private:
  static constexpr std::string_view kEnd = "\r\n\r\n";
  std::size_t at_ = 0;
};

}  // namespace tidemark::http::network
