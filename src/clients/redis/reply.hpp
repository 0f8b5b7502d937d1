#pragma once

/// What a Redis server answers, as a value.

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
    Text,    ///< bytes, which may be no text
    Status,  ///< "OK" and the like
    Error,   ///< what the server refused, in its words
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

/// An error reply in the words a caller can act on.
///
/// Overloaded: no memory is left (OOM). NotFound: no such group, script or key. Conflict: the group
/// is there, or the key holds something else. Unavailable: everything else, wrong passwords and
/// commands that the server does not know included: what is needed there does not work, and no
/// client of ours can mend it.
///
/// The text is the server's, cut at `kErrorBytesMax`, and without the arguments that it repeats of
/// a command: they may be a password or somebody's events.
base::Error error_from(const Reply& reply);

inline constexpr std::size_t kErrorBytesMax = 200;

/// Whether it is the server that was asked, and not what it was asked, that will not do: a replica,
/// or one that is still loading. Who tries again does so over another connection.
bool tells_of_wrong_server(const Reply& reply);

/// Of a reply that is not what its command is known to answer.
base::Error unexpected(std::string_view command);

}  // namespace tidemark::clients::redis
