#pragma once

/// The answer of a Redis server, as a value.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tidemark::clients::redis {

struct Reply {
  enum class Kind : std::uint8_t {
    Nil,
    Integer,
    Text,    ///< bytes, which need not be text
    Status,  ///< "OK" and the like
    Error,   ///< a refusal, in the server's words
    List,
  };

  Kind kind = Kind::Nil;
  std::int64_t integer = 0;
  std::string text = {};          ///< of Text, Status and Error
  std::vector<Reply> items = {};  ///< of a List

  [[nodiscard]] bool is_nil() const { return kind == Kind::Nil; }
  [[nodiscard]] bool is_list() const { return kind == Kind::List; }
  /// Whether it is an error with this first word: "NOSCRIPT", "BUSYGROUP".
  [[nodiscard]] bool is_error(std::string_view word) const;
};

/// Translates an error reply into terms that a caller can act on.
///
/// Overloaded: no memory is left (OOM). NotFound: no such group, script or key. Conflict: the group
/// exists, or the key holds something else. Unavailable: everything else, including wrong passwords
/// and commands that the server does not know, because what is needed there does not work, and no
/// client of ours can mend it.
///
/// The text is the server's, cut at `kErrorBytesMax`, without the arguments of a command that it
/// repeats: they may be a password or somebody's events.
base::Error error_from(const Reply& reply);

inline constexpr std::size_t kErrorBytesMax = 200;

/// Whether the server itself is unsuitable, whatever it is asked: a replica, or a server that is
/// still loading. Try again over another connection.
bool tells_of_wrong_server(const Reply& reply);

/// The error for a reply that the command never gives.
base::Error unexpected(std::string_view command);

}  // namespace tidemark::clients::redis
