#pragma once

/// A value, or the reason why there is none.

#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace tidemark::base {

/// Why an operation failed, in terms that a caller can act on.
enum class ErrorCode : std::uint8_t {
  InvalidInput,  ///< the caller's fault; the same call fails again
  NotFound,      ///< there is no such thing
  Conflict,      ///< the call contradicts what exists or what is in progress
  CannotAnswer,  ///< the requested engine does not answer such questions
  TooLarge,      ///< over a limit on size or count; send less
  Overloaded,    ///< a limit was reached; try again later
  Unavailable,   ///< a necessary disk, file or server does not work; try again later
  TimedOut,      ///< the allowed time is over
  Corrupt,       ///< stored bytes do not read back as written
};

class Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  /// An error whose message contains what a server, a library or the system says: an operator may
  /// need the message, but no client reads it.
  static Error foreign(ErrorCode code, std::string message) {
    Error error(code, std::move(message));
    error.is_foreign_ = true;
    return error;
  }

  [[nodiscard]] ErrorCode code() const noexcept { return code_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  [[nodiscard]] bool is_foreign() const noexcept { return is_foreign_; }

  /// The same error, which also says what was being done: "storing a batch: disk full".
  [[nodiscard]] Error while_doing(std::string_view what) const {
    Error more(code_, std::string(what) + ": " + message_);
    more.is_foreign_ = is_foreign_;
    return more;
  }

 private:
  ErrorCode code_;
  std::string message_;
  bool is_foreign_ = false;
};

/// The result of an operation that can fail. Code that ignores it does not compile.
template <class T>
class [[nodiscard]] Result {
 public:
  // NOLINTBEGIN(google-explicit-constructor): `return value;` and `return error;` are the point.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] explicit operator bool() const noexcept { return state_.index() == 0; }

  [[nodiscard]] T& operator*() & {
    assert(*this);
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& operator*() const& {
    assert(*this);
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] T&& operator*() && {
    assert(*this);
    return std::move(*std::get_if<0>(&state_));
  }
  [[nodiscard]] T* operator->() { return &**this; }
  [[nodiscard]] const T* operator->() const { return &**this; }

  [[nodiscard]] const Error& error() const {
    assert(!*this);
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

/// For an operation that returns nothing but may fail: `return base::ok;`
struct Ok {};
inline constexpr Ok ok;
using Status = Result<Ok>;

}  // namespace tidemark::base
