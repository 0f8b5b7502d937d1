#pragma once

/// One POST of events, made once and sent again and again with new ids and users.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/commands/generator.hpp"

namespace tidemark::app::bench {

/// Chooses the users of events: a few users do most. Made once, shared by all templates.
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

/// The form of the events in a body.
enum class BodyFormat : std::uint8_t { Array, Lines };

/// The bytes of a request, including its head. Between two sendings only digits change, in place,
/// so that the generator takes as little of the machine as possible.
class RequestTemplate {
 public:
  struct Options {
    std::string target = "/events";
    BodyFormat format = BodyFormat::Array;
    std::size_t batch_events = 1;
    /// Two templates of a run never have the same number, and so never the same id.
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
  std::vector<std::size_t> user_digits_;  // where the number of its user begins
  std::uint32_t next_id_ = 0;
};

}  // namespace tidemark::app::bench
