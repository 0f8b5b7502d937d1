#pragma once

/// How many files and connections the process may have open, and how they are divided.

#include <cstddef>

namespace tidemark::app {

/// Raises the soft limit of open files to the hard one, and returns the limit. A process may always
/// do so, and shells and systemd start it with a soft limit of 1,024.
std::size_t raise_descriptor_limit();

/// The part of a limit that connections may take.
struct ConnectionRoom {
  std::size_t connections = 0;  ///< that are served
  std::size_t refusing = 0;     ///< additional ones that get 503
};

/// A part stays for the files of the archive, the journal and the index of ids: a quarter, at least
/// 64 and at most 512. Of the rest at most `wanted` are for connections.
ConnectionRoom connection_room(std::size_t limit, std::size_t wanted);

/// Logs what to do if the limit allows fewer connections than `wanted`.
void warn_of_low_limit(std::size_t limit, std::size_t wanted);

}  // namespace tidemark::app
