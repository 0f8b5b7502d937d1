#pragma once

/// A connection to a PostgreSQL server.

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
  std::string sql;  ///< if `is_prepared`, the name
  std::vector<Value> values = {};
  bool is_prepared = false;
};

/// Ends the current statement of a connection, from another thread.
class Canceller {
 public:
  explicit Canceller(std::shared_ptr<void> handle) : handle_(std::move(handle)) {}

  /// Asks the server; the statement then fails with TimedOut, unless it was done already. Blocks
  /// for as long as connecting takes.
  /// Threads:  any, at any time, also when the connection is gone.
  base::Status cancel() const;

 private:
  std::shared_ptr<void> handle_;
};

/// One connection; one statement at a time. Answers come in binary.
///
/// Behind a pooler (PgBouncer), each transaction may run in another session of the server, which
/// other clients use as well. The opening notices that. Then nothing is left behind in a session:
/// the settings of Options are set anew in each transaction, and prepared statements are sent as
/// text each time.
///
/// Errors:   see error.hpp. Within a transaction every failure of a statement ends it. If a commit
///           fails with Unavailable, it is unknown whether it took effect.
/// Threads:  one at a time; all calls block, for at most the statement's time and the grace.
class Connection {
 public:
  /// Connects and sets time-outs; sessions run in UTC and compile no statement. Unavailable also if
  /// the server does not meet the needs.
  static base::Result<Connection> open(const Options& options, NoticeHandler notices = {});
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  base::Result<Rows> exec(const std::string& sql, std::span<const Value> values = {});
  base::Result<Rows> exec(const std::string& sql, std::initializer_list<Value> values) {
    return exec(sql, std::span(values.begin(), values.size()));
  }

  /// Begins a transaction with a statement (and others after it), as Transaction does.
  base::Status begin(const std::string& sql);

  /// Runs one or several statements without answers (in one transaction, unless they begin one).
  base::Status run(const std::string& sql);

  /// Gives a statement a name, for as long as the connection lasts.
  base::Status prepare(const std::string& name, const std::string& sql);
  base::Result<Rows> exec_prepared(const std::string& name, std::span<const Value> values = {});
  base::Result<Rows> exec_prepared(const std::string& name, std::initializer_list<Value> values) {
    return exec_prepared(name, std::span(values.begin(), values.size()));
  }

  /// Sends all, then reads all: one round trip. After a failure the rest is not run; outside of a
  /// transaction all of them form one.
  base::Result<std::vector<Rows>> pipeline(std::span<const Statement> statements);

  /// `sql` must be a COPY … FROM STDIN (FORMAT binary). Run nothing else until the writer is done
  /// or gone.
  base::Result<CopyWriter> copy_in(const std::string& sql);

  /// `sql` must be a COPY … TO STDOUT (FORMAT binary), which takes no values. Run nothing else
  /// until the reader is gone.
  base::Result<CopyReader> copy_out(const std::string& sql);

  [[nodiscard]] Canceller canceller() const;
  /// True if, as far as is known, it is connected to a server that meets the needs, is not too old,
  /// and is not in a transaction.
  [[nodiscard]] bool usable() const;
  /// The id of the server process, as in pg_stat_activity.
  [[nodiscard]] int server_process() const;
  /// Whether there is a pooler before the server.
  [[nodiscard]] bool is_pooled() const { return is_pooled_; }

 private:
  explicit Connection(std::unique_ptr<Link> link);

  base::Status look_at_server(const Options& options);
  /// Whether the next statements must be preceded by the settings of the session.
  [[nodiscard]] bool sets_up() const;
  [[nodiscard]] std::string with_set_up(const std::string& sql) const;
  [[nodiscard]] const std::string& prepared(const std::string& name) const;

  std::unique_ptr<Link> link_;
  bool is_pooled_ = false;
  std::string set_up_;                             ///< for a transaction, if pooled
  std::map<std::string, std::string> statements_;  ///< by name, if pooled
};

/// `text` as an SQL string: quotes doubled. For text that cannot be a value: names of settings,
/// DDL.
std::string sql_text(std::string_view text);

}  // namespace tidemark::clients::postgres
