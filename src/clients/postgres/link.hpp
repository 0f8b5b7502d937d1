#pragma once

/// The library's connection and the waiting for its answers, shared by the sources of this folder.

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <libpq-fe.h>

#include "base/result.hpp"
#include "clients/postgres/options.hpp"
#include "clients/postgres/rows.hpp"
#include "clients/postgres/value.hpp"

namespace tidemark::clients::postgres {

/// The socket does not block, so each wait has an end: if a server or a network is silent for too
/// long, that costs the connection and not the thread.
class Link {
 public:
  static base::Result<std::unique_ptr<Link>> open(const Options& options, NoticeHandler notices);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  [[nodiscard]] PGconn* raw() const { return raw_; }

  /// Call it with the result `sent` of a send function of the library: 0 is a failure.
  base::Status check_sent(int sent);
  /// Sends the queued bytes.
  base::Status flush();
  /// The next result, or a null one if there are no more.
  base::Result<Handle> next();
  /// The next message of a COPY TO STDOUT, which PQfreemem must free; its size, or 0 after the last
  /// one.
  base::Result<std::size_t> copied(char*& message);
  /// The only result of a statement; all others are read and dropped.
  base::Result<Rows> only();

  [[nodiscard]] base::Error error() const;
  [[nodiscard]] bool usable() const;
  /// What the session reports is not the server's own state: it does not count for `usable`.
  void distrust_parameters() { needs_ = Needs::Anything; }

 private:
  using Deadline = std::optional<std::chrono::steady_clock::time_point>;

  Link(PGconn* raw, const Options& options, NoticeHandler notices);

  [[nodiscard]] Deadline deadline() const;
  base::Status flush_until(const Deadline& until);
  base::Status wait(short events, const Deadline& until);
  [[nodiscard]] bool meets_needs() const;

  PGconn* raw_;
  Needs needs_;
  std::chrono::steady_clock::time_point made_anew_at_;
  std::chrono::milliseconds answer_time_;  // 0: no bound
  NoticeHandler notices_;
  bool given_up_ = false;
  bool is_of_no_use_ = false;  // the server said so
};

PGresult* result_of(const Handle& handle);

/// Whether the result is a failure.
[[nodiscard]] bool is_failure(const Handle& result);
base::Error error_of(const Handle& result);

}  // namespace tidemark::clients::postgres
