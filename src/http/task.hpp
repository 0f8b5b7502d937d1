#pragma once

/// The coroutines that run on a network thread.

#include <cstddef>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "base/result.hpp"

namespace tidemark::http {

/// A coroutine on a network thread. It must never block; see `Handoff` for waiting on another
/// thread and `run_on` for work that takes long.
///
/// GCC 12 miscompiles `co_await` inside `?:`, `&&`, `||` and `{}`: await into a name.
template <class T>
using Task = boost::asio::awaitable<T, boost::asio::io_context::executor_type>;

/// A body of unknown length, sent piece by piece: server-sent events, an export.
///
/// Order:    a piece is requested when the client's socket has taken the one before; a client that
///           does not take it in time (`Limits::write_max`) is closed. With `watch_client()`,
///           `Request::stop` says that the client has gone; a stream that ends then ends whole for
///           a client that had only ended its side.
/// Errors:   the status is sent already when a piece fails, so the body is cut off, which the
///           client notices, and the observer gets the reason.
/// Threads:  every call comes from the network thread of its connection.
/// Lifetime: destroyed when it has ended, or when the client has gone.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  /// The most bytes that it holds at once, counted for as long as it lives. 0: other code bounds
  /// it.
  [[nodiscard]] virtual std::size_t bytes_max() const { return 0; }
  /// The next piece; an empty one ends the body.
  virtual Task<base::Result<std::string>> next() = 0;
};

}  // namespace tidemark::http
