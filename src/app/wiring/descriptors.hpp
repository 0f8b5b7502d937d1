#pragma once

/// How many files and connections the process may have open, and how they are shared out.

#include <cstddef>

namespace tidemark::app {

/// Raises the soft limit of open files to the hard one; how many may be open then. A process may
/// always do so, and shells and systemd start it with a soft limit of 1,024.
std::size_t raise_descriptor_limit();

/// What connections may take of a limit.
struct ConnectionRoom {
  std::size_t connections = 0;  ///< that are served
  std::size_t refusing = 0;     ///< that are told 503 beside them
};

/// A part stays for the files of the archive, the journal and the index of ids: a quarter, 64 at
/// least and 512 at most. Of the rest no more than `wanted` are for connections.
ConnectionRoom connection_room(std::size_t limit, std::size_t wanted);

/// Says what to do where the limit allows fewer connections than `wanted`.
void warn_of_low_limit(std::size_t limit, std::size_t wanted);

}  // namespace tidemark::app
