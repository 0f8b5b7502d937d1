#pragma once

/// Numbers, texts and faults as bytes, as docs/formats/quarantine.md describes them.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quarantine/quarantine.hpp"

namespace tidemark::quarantine {

class Writer {
 public:
  void number(std::uint64_t value);
  void text(std::string_view value);
  void faults(std::span<const QuarantineFault> faults);
  [[nodiscard]] const std::string& bytes() const { return out_; }

 private:
  std::string out_;
};

/// Errors:   if the bytes end too early, everything read from there on is 0 or empty, and `ok`
///           tells it.
/// Lifetime: the bytes must outlive it; what was read may outlive both.
class Reader {
 public:
  explicit Reader(std::string_view in) : in_(in) {}
  std::uint64_t number();
  std::string text();
  std::vector<QuarantineFault> faults();
  [[nodiscard]] bool ok() const { return ok_; }
  /// The bytes that were not read yet.
  [[nodiscard]] std::string_view rest() const { return in_; }

 private:
  std::uint64_t fail();

  std::string_view in_;
  bool ok_ = true;
};

}  // namespace tidemark::quarantine
