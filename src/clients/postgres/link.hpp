#pragma once

/// The library's connection, and how an answer of it is waited for: what the sources here share.

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

/// The socket is not blocking, so that each wait has an end: a server, or a network, that is silent
/// beyond its time costs the connection and not the thread.
class Link {
 public:
  static base::Result<std::unique_ptr<Link>> open(const Options& options, NoticeHandler notices);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  [[nodiscard]] PGconn* raw() const { return raw_; }

  /// After a send function of the library gave `sent`: 0 is a failure.
  base::Status check_sent(int sent);
  /// Sends what is queued.
  base::Status flush();
  /// The next result, or a null one where there is none left.
  base::Result<Handle> next();
  /// The next message of a COPY TO STDOUT, for PQfreemem; its size, or 0 behind the last one.
  base::Result<std::size_t> copied(char*& message);
  /// The only result of a statement, all others being read away.
  base::Result<Rows> only();

  [[nodiscard]] base::Error error() const;
  [[nodiscard]] bool usable() const;
  /// What is told of the session is not the server's: it does not count for `usable`.
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

/// Whether it tells of a failure, and of which.
[[nodiscard]] bool is_failure(const Handle& result);
base::Error error_of(const Handle& result);

}  // namespace tidemark::clients::postgres
