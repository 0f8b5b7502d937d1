#pragma once

/// One POST of events, made once and sent again and again with other ids and users.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/commands/generator.hpp"

namespace tidemark::app::bench {

/// Whom the events belong to: a few do most of what is done. Made once, drawn from by all.
class UserPicker {
 public:
  static constexpr std::size_t kDigits = 8;

  UserPicker(std::uint64_t users, std::uint64_t seed);
  /// Below 10^kDigits.
  [[nodiscard]] std::uint32_t next() { return drawn_[at_++ % drawn_.size()]; }

 private:
  std::vector<std::uint32_t> drawn_;
  std::size_t at_ = 0;
};

/// How events stand in a body.
enum class BodyFormat : std::uint8_t { Array, Lines };

/// The bytes of a request, its head included. Between two sendings only digits change, in place,
/// so that the generator takes as little of the machine as it can.
class RequestTemplate {
 public:
  struct Options {
    std::string target = "/events";
    BodyFormat format = BodyFormat::Array;
    std::size_t batch_events = 1;
    /// No two templates of a run have the same, and so no id in common.
    std::uint32_t number = 0;
  };

  /// Takes the events' instants, types and properties from `events`.
  RequestTemplate(const Options& options, Generator& events, UserPicker& users);

  /// Gives every event an id that was not used before, and a user.
  void renew();

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  void add_event(std::string& body, std::string line);

  UserPicker& users_;
  std::uint32_t number_;
  std::string bytes_;
  std::vector<std::size_t> ids_;          // where each event's id begins
  std::vector<std::size_t> user_digits_;  // and its user's number
  std::uint32_t next_id_ = 0;
};

}  // namespace tidemark::app::bench
