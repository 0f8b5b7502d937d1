#pragma once

/// A conversation with a PostgreSQL server.

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "clients/postgres/copy_reader.hpp"
#include "clients/postgres/copy_writer.hpp"
#include "clients/postgres/options.hpp"
#include "clients/postgres/rows.hpp"
#include "clients/postgres/value.hpp"

namespace tidemark::clients::postgres {

class Link;

/// One of several statements that are sent at once.
struct Statement {
  std::string sql;  ///< where `is_prepared`, the name
  std::vector<Value> values = {};
  bool is_prepared = false;
};

/// Ends what a connection is doing, from another thread.
class Canceller {
 public:
  explicit Canceller(std::shared_ptr<void> handle) : handle_(std::move(handle)) {}

  /// Asks the server; the statement then fails with TimedOut, unless it was done already. Blocks
  /// for as long as connecting takes. Threads:  any, at any time, also when the connection is gone.
  base::Status cancel() const;

 private:
  std::shared_ptr<void> handle_;
};

/// One connection; one statement at a time. Answers come in binary.
///
/// Where a pooler stands between (PgBouncer), each transaction may be carried out by another
/// session of the server, which other clients use as well. That is noticed when the connection is
/// opened; then nothing is left behind in a session: what Options sets is set anew in each
/// transaction, and prepared statements are sent as text each time.
///
/// Errors:   see error.hpp. Within a transaction every failure of a statement ends it. Of a commit
///           that failed with Unavailable nobody knows whether it counts.
/// Threads:  one at a time; all calls block, for at most the statement's time and the grace.
class Connection {
 public:
  /// Connects and sets time-outs; sessions run in UTC and compile no statement. Unavailable also
  /// where the server does not meet the needs.
  static base::Result<Connection> open(const Options& options, NoticeHandler notices = {});
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  base::Result<Rows> exec(const std::string& sql, std::span<const Value> values = {});
  base::Result<Rows> exec(const std::string& sql, std::initializer_list<Value> values) {
    return exec(sql, std::span(values.begin(), values.size()));
  }

  /// Begins a transaction with a statement (and others behind it), as Transaction does.
  base::Status begin(const std::string& sql);

  /// One or several statements (in one transaction, where they begin none) whose answers nobody
  /// wants.
  base::Status run(const std::string& sql);

  /// Gives a statement a name, for as long as the connection lasts.
  base::Status prepare(const std::string& name, const std::string& sql);
  base::Result<Rows> exec_prepared(const std::string& name, std::span<const Value> values = {});
  base::Result<Rows> exec_prepared(const std::string& name, std::initializer_list<Value> values) {
    return exec_prepared(name, std::span(values.begin(), values.size()));
  }

  /// Sends all, then reads all: one round trip. After a failure the rest is not run; outside of a
  /// transaction all of them are one.
  base::Result<std::vector<Rows>> pipeline(std::span<const Statement> statements);

  /// `sql` is a COPY … FROM STDIN (FORMAT binary). Nothing else may be run until the writer is done
  /// or gone.
  base::Result<CopyWriter> copy_in(const std::string& sql);

  /// `sql` is a COPY … TO STDOUT (FORMAT binary), which takes no values. Nothing else may be run
  /// until the reader is gone.
  base::Result<CopyReader> copy_out(const std::string& sql);

  [[nodiscard]] Canceller canceller() const;
  /// Connected as far as one can tell, to a server that meets the needs, not too old, and in no
  /// transaction.
  [[nodiscard]] bool usable() const;
  /// The process that serves it, as pg_stat_activity names it.
  [[nodiscard]] int server_process() const;
  /// Whether a pooler stands between.
  [[nodiscard]] bool is_pooled() const { return is_pooled_; }

 private:
  explicit Connection(std::unique_ptr<Link> link);

  base::Status look_at_server(const Options& options);
  /// Whether what is sent now has to set up its session before.
  [[nodiscard]] bool sets_up() const;
  [[nodiscard]] std::string with_set_up(const std::string& sql) const;
  [[nodiscard]] const std::string& prepared(const std::string& name) const;

  std::unique_ptr<Link> link_;
  bool is_pooled_ = false;
  std::string set_up_;                             ///< of a transaction, where it is pooled
  std::map<std::string, std::string> statements_;  ///< by name, where it is pooled
};

/// `text` as an SQL string: quotes doubled. For what cannot be a value: names of settings, DDL.
std::string sql_text(std::string_view text);

}  // namespace tidemark::clients::postgres
