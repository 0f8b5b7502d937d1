#pragma once

/// Random rows of every shape, for tests. One seed gives the same rows.

#include <deque>
#include <random>
#include <string>
#include <vector>

#include "archive/segment_writer.hpp"
#include "event/event_id.hpp"
#include "event/limits.hpp"

namespace tidemark::archive {

/// Lifetime: the rows live as long as this.
class RandomRows {
 public:
  explicit RandomRows(std::uint32_t seed) : random_(seed) {}

  /// The next `count` rows of one project.
  event::ProjectRows piece(event::ProjectId project, std::size_t count) {
    auto& rows = rows_.emplace_back();
    for (std::size_t i = 0; i < count; ++i) rows.push_back(row());
    return {.project = project, .rows = rows};
  }

  std::size_t below(std::size_t end) { return random_() % end; }

 private:
  event::StoredRow row() {
    event::StoredRow row;
    row.id = below(2) == 0 ? uuid() : text(1, event::kEventIdBytesMax);
    row.user_id = text(1, event::kUserIdBytesMax);
    row.event_type = below(2) == 0 ? keep("login") : text(1, event::kEventTypeBytesMax);
    row.properties = properties();
    row.occurred_at = static_cast<event::Micros>(random_() % event::kOccurredAtEnd);
    row.received_at = static_cast<event::Micros>(random_() % event::kOccurredAtEnd);
    row.sequence = next_++;
    return row;
  }

  std::string_view keep(std::string value) { return texts_.emplace_back(std::move(value)); }

  std::string_view uuid() {
    std::string text(event::kUuidTextBytes, ' ');
    event::write_uuid({.high = random_(), .low = random_()}, text.data());
    return keep(std::move(text));
  }

  std::string_view properties() {
    const auto kind = below(200);
    if (kind < 60) return keep("{}");
    // The bytes are not parsed here: any text does.
    if (kind == 199) return keep(std::string(event::kPropertiesBytesMax, 'p'));
    return keep(R"({"a":")" + std::string(text(0, 300)) + R"("})");
  }

  /// Letters of one to four bytes, from every plane; never NUL.
  std::string_view text(std::size_t bytes_min, std::size_t bytes_max) {
    const auto bytes = bytes_min + below(below(4) == 0 ? bytes_max - bytes_min + 1 : 14);
    std::string text;
    while (text.size() < bytes) {
      auto letter = letter_of_some_plane();
      if (text.size() + letter.size() > bytes_max) break;
      text += letter;
    }
    if (text.empty() && bytes_min > 0) text = "x";
    return keep(std::move(text));
  }

  std::string letter_of_some_plane() {
    std::uint32_t code = 0;
    const auto kind = below(4);
    if (kind == 0) code = static_cast<std::uint32_t>(1 + below(0x7f));
    if (kind == 1) code = static_cast<std::uint32_t>(0x80 + below(0x780));
    if (kind == 2) code = static_cast<std::uint32_t>(0x800 + below(0xD000));
    if (kind == 3) code = static_cast<std::uint32_t>(0x10000 + below(0x100000));
    const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
    if (kind == 0) return {static_cast<char>(code)};
    if (kind == 1) return {static_cast<char>(0xC0 | (code >> 6)), tail(0)};
    if (kind == 2) return {static_cast<char>(0xE0 | (code >> 12)), tail(6), tail(0)};
    return {static_cast<char>(0xF0 | (code >> 18)), tail(12), tail(6), tail(0)};
  }

  std::mt19937_64 random_;
  event::Sequence next_ = 0;
  std::deque<std::string> texts_;
  std::deque<std::vector<event::StoredRow>> rows_;
};

}  // namespace tidemark::archive
