#include "catalog/postgres_database.hpp"

#include <string>
#include <utility>

#include "base/check.hpp"
#include "clients/postgres/transaction.hpp"

namespace tidemark::catalog {
namespace {

using base::Error;
using base::ErrorCode;
using clients::postgres::Connection;
using clients::postgres::Options;
using clients::postgres::Transaction;

// Any number, as long as nobody else's is the same: "tidecata" in ASCII.
constexpr std::int64_t kChangeLock = 0x7469'6465'6361'7461;

// All other changes wait: a session that holds the lock and falls silent loses it.
constexpr const char* kBeginChange = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '10s'";
constexpr const char* kBeginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Whoever asks can do nothing about any of these but come again.
Error told(const Error& error) {
  auto said = error.while_doing("the catalog in PostgreSQL");
  const bool is_away = error.code() == ErrorCode::TimedOut || error.code() == ErrorCode::Overloaded;
  if (!is_away) return said;
  return Error::foreign(ErrorCode::Unavailable, said.message());
}

void set_bounds(Options& options) {
  const Options standard;
  const auto bound = [](auto& time, auto otherwise) {
    if (time.count() == 0) time = otherwise;
  };
  bound(options.connect_timeout, standard.connect_timeout);
  bound(options.statement_timeout, standard.statement_timeout);
  bound(options.lock_timeout, standard.lock_timeout);
  bound(options.answer_grace, standard.answer_grace);
}

/// The same value as the client's, which points into it.
struct ToServer {
  clients::postgres::Value operator()(std::monostate) const { return clients::postgres::Null{}; }
  clients::postgres::Value operator()(std::int64_t number) const { return number; }
  clients::postgres::Value operator()(const std::string& text) const {
    return std::string_view(text);
  }
};

base::Result<Rows> rows_of(const clients::postgres::Rows& answer) {
  using clients::postgres::Kind;
  Rows rows;
  rows.reserve(answer.size());
  for (const auto from : answer) {
    Row row;
    row.reserve(answer.columns());
    for (std::size_t at = 0; at < answer.columns(); ++at) {
      const auto kind = answer.kind(at);
      if (from.is_null(at)) {
        row.emplace_back();
      } else if (kind == Kind::Integer) {
        row.emplace_back(from.integer(at));
      } else if (kind == Kind::Text) {
        row.emplace_back(std::string(from.text(at)));
      } else {
        return Error(ErrorCode::Corrupt, "the column `" + answer.name(at) +
                                             "` is neither of whole numbers nor of text: somebody "
                                             "has changed its table");
      }
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

base::Result<std::unique_ptr<Database>> PostgresDatabase::open(Options options) {
  set_bounds(options);
  if (options.needs == clients::postgres::Needs::Anything) {
    options.needs = clients::postgres::Needs::Primary;
  }
  std::unique_ptr<PostgresDatabase> database(new PostgresDatabase(std::move(options)));
  if (auto connection = database->connected(); !connection) return connection.error();
  return std::unique_ptr<Database>(std::move(database));
}

base::Result<Connection*> PostgresDatabase::connected() {
  if (in_transaction_ || (connection_ && connection_->usable())) return &*connection_;
  connection_.reset();
  auto opened = Connection::open(options_);
  if (!opened) return told(opened.error());
  connection_ = std::move(*opened);
  return &*connection_;
}

base::Result<Rows> PostgresDatabase::run(const std::string& sql, std::span<const Value> values) {
  auto connection = connected();
  if (!connection) return connection.error();
  std::vector<clients::postgres::Value> sent;
  sent.reserve(values.size());
  for (const auto& value : values) sent.push_back(std::visit(ToServer{}, value));
  auto answer = (*connection)->exec(sql, sent);
  if (!answer) return told(answer.error());
  auto rows = rows_of(*answer);
  if (!rows) return told(rows.error());
  return rows;
}

base::Status PostgresDatabase::run_script(const std::string& sql) {
  TIDEMARK_CHECK(in_transaction_);
  if (auto done = connection_->run(sql); !done) return told(done.error());
  return base::ok;
}

base::Status PostgresDatabase::transaction(Access access, const Body& body) {
  TIDEMARK_CHECK(!in_transaction_);
  auto connection = connected();
  if (!connection) return connection.error();
  in_transaction_ = true;
  auto done = run_transaction(**connection, access, body);
  in_transaction_ = false;
  return done;
}

base::Status PostgresDatabase::run_transaction(Connection& connection, Access access,
                                               const Body& body) {
  const bool changes = access == Access::Change;
  auto transaction = Transaction::begin(connection, changes ? kBeginChange : kBeginRead);
  if (!transaction) return told(transaction.error());
  if (changes) {
    auto locked = connection.exec("SELECT pg_advisory_xact_lock($1)", {kChangeLock});
    if (!locked) return told(locked.error().while_doing("waiting for another change"));
  }
  if (auto done = body(); !done) return done;
  if (auto committed = transaction->commit(); !committed) return told(committed.error());
  return base::ok;
}

base::Result<bool> PostgresDatabase::has_table(const std::string& name) {
  // Not to_regclass: it looks into a cache of the session, which learns of another session's new
  // table at the next transaction or the next lock of a table, such as this statement's.
  auto rows = run(
      "SELECT CAST(relname AS TEXT) FROM pg_class WHERE relname = $1 AND pg_table_is_visible(oid)",
      {name});
  if (!rows) return rows.error();
  return !rows->empty();
}

std::string_view PostgresDatabase::id_type() const {
  return "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY";
}

}  // namespace tidemark::catalog
