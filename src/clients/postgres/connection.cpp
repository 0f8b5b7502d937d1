#include "clients/postgres/connection.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>
#include <utility>

#include "base/check.hpp"
#include "clients/postgres/error.hpp"
#include "clients/postgres/link.hpp"
#include "clients/postgres/parameters.hpp"

namespace tidemark::clients::postgres {
namespace {

constexpr int kBinary = 1;

int send_statement(PGconn* raw, const std::string& sql, const Parameters& with) {
  return PQsendQueryParams(raw, sql.c_str(), with.count(), with.types(), with.bytes(),
                           with.lengths(), with.formats(), kBinary);
}

int send_prepared(PGconn* raw, const std::string& name, const Parameters& with) {
  return PQsendQueryPrepared(raw, name.c_str(), with.count(), with.bytes(), with.lengths(),
                             with.formats(), kBinary);
}

base::Status send_all(Link& link, std::span<const Statement> statements) {
  for (const auto& statement : statements) {
    const Parameters parameters(statement.values);
    const auto send = statement.is_prepared ? send_prepared : send_statement;
    auto sent = link.check_sent(send(link.raw(), statement.sql, parameters));
    if (!sent) return sent.error();
  }
  return link.check_sent(PQpipelineSync(link.raw()));
}

// Reads the answers up to the mark after them; the first failure counts.
base::Result<std::vector<Rows>> read_all(Link& link) {
  std::vector<Rows> answers;
  std::optional<base::Error> failure;
  for (;;) {
    auto result = link.next();
    if (!result) return result.error();
    // Null parts one statement's results from the next one's; without a connection it is all.
    if (*result == nullptr) {
      if (PQstatus(link.raw()) != CONNECTION_OK) return failure ? *failure : link.error();
      continue;
    }
    if (PQresultStatus(result_of(*result)) == PGRES_PIPELINE_SYNC) break;
    if (!is_failure(*result)) {
      answers.emplace_back(std::move(*result));
    } else if (!failure) {
      failure = error_of(*result);
    }
  }
  if (failure) return *failure;
  return answers;
}

base::Result<std::vector<Rows>> run_pipeline(Link& link, std::span<const Statement> statements) {
  auto entered = link.check_sent(PQenterPipelineMode(link.raw()));
  if (!entered) return entered.error();
  auto sent = send_all(link, statements);
  if (!sent) return sent.error();
  auto answers = read_all(link);
  // Without it the connection could not go on; if the connection is lost, it does not matter.
  const int left = PQexitPipelineMode(link.raw());
  if (answers && left == 0) return link.error();
  if (answers) TIDEMARK_CHECK(answers->size() == statements.size());
  return answers;
}

// `as` is how the server answers a COPY of that direction; another statement may stand before it.
base::Status begin_copy(Link& link, const std::string& sql, ExecStatusType as) {
  auto sent = link.check_sent(PQsendQuery(link.raw(), sql.c_str()));
  if (!sent) return sent.error();
  auto result = link.next();
  if (result && *result != nullptr && PQresultStatus(result_of(*result)) == PGRES_TUPLES_OK) {
    result = link.next();
  }
  if (!result) return result.error();
  if (*result == nullptr) return link.error();
  if (PQresultStatus(result_of(*result)) == as) return base::ok;
  const auto failure = error_of(*result);
  TIDEMARK_CHECK(is_failure(*result));  // otherwise `sql` is not such a COPY
  const auto rest = link.only();        // reads the rest, which has no answer
  static_cast<void>(rest);
  return failure;
}

/// All in one statement: one answer.
std::string set_up_sql(const Options& options, bool is_local) {
  // Before the first ANALYZE the server takes a table of one row for one of thousands, and then
  // compiles in 0.3 s what runs in a tenth of a millisecond.
  std::vector<Setting> settings{
      {.name = "statement_timeout",
       .value = sql_text(std::to_string(options.statement_timeout.count()))},
      {.name = "lock_timeout", .value = sql_text(std::to_string(options.lock_timeout.count()))},
      {.name = "TimeZone", .value = "'UTC'"},
      {.name = "jit", .value = "'off'"}};
  settings.insert(settings.end(), options.settings.begin(), options.settings.end());
  std::string sql;
  for (const auto& [name, value] : settings) {
    sql += sql.empty() ? "SELECT " : ", ";
    sql += "set_config(" + sql_text(name) + ", " + value + (is_local ? ", true)" : ", false)");
  }
  return sql;
}

base::Error not_met(const std::string& what) {
  return {base::ErrorCode::Unavailable, "connecting to PostgreSQL: " + what};
}

}  // namespace

base::Status Canceller::cancel() const {
  std::array<char, 256> message{};
  auto* handle = static_cast<PGcancel*>(handle_.get());
  if (handle != nullptr && PQcancel(handle, message.data(), message.size()) != 0) return base::ok;
  return error_from("", message.data());
}

Connection::Connection(std::unique_ptr<Link> link) : link_(std::move(link)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

base::Result<Connection> Connection::open(const Options& options, NoticeHandler notices) {
  auto link = Link::open(options, std::move(notices));
  if (!link) return link.error();
  Connection connection(std::move(*link));
  if (auto fits = connection.look_at_server(options); !fits) return fits.error();
  if (connection.is_pooled_) {
    connection.link_->distrust_parameters();
    connection.set_up_ = set_up_sql(options, true);
    return connection;
  }
  auto set = connection.run(set_up_sql(options, false));
  if (!set) return set.error().while_doing("setting up a session of PostgreSQL");
  return connection;
}

// A pooler tells a process of its own, and of the server what it was when it first met it: neither
// its word nor what the library makes of it counts.
base::Status Connection::look_at_server(const Options& options) {
  auto told = exec(
      "SELECT pg_backend_pid(), pg_is_in_recovery(), current_setting('transaction_read_only')");
  if (!told) return told.error().while_doing("setting up a session of PostgreSQL");
  const auto row = (*told)[0];
  is_pooled_ = row.integer(0) != server_process();
  if (options.needs == Needs::Anything) return base::ok;
  if (row.boolean(1)) return not_met("the server is a hot standby, whose session is read-only");
  if (options.needs == Needs::Primary || row.text(2) == "off") return base::ok;
  return not_met("the session is read-only (default_transaction_read_only)");
}

bool Connection::sets_up() const {
  return is_pooled_ && PQtransactionStatus(link_->raw()) == PQTRANS_IDLE;
}

std::string Connection::with_set_up(const std::string& sql) const {
  return sets_up() ? set_up_ + "; " + sql : sql;
}

const std::string& Connection::prepared(const std::string& name) const {
  const auto found = statements_.find(name);
  TIDEMARK_CHECK(found != statements_.end());
  return found->second;
}

// Behind the first statement, which is the BEGIN, and before what the caller sets by itself.
base::Status Connection::begin(const std::string& sql) {
  if (!is_pooled_) return run(sql);
  const auto end = std::min(sql.find(';'), sql.size());
  const auto whole = sql.substr(0, end) + "; " + set_up_ + sql.substr(end);
  auto sent = link_->check_sent(PQsendQuery(link_->raw(), whole.c_str()));
  if (!sent) return sent.error();
  auto answer = link_->only();
  if (!answer) return answer.error();
  return base::ok;
}

base::Result<Rows> Connection::exec(const std::string& sql, std::span<const Value> values) {
  assert(link_ != nullptr && "it was not moved from");
  if (sets_up()) {
    const Statement one{.sql = sql, .values = std::vector<Value>(values.begin(), values.end())};
    auto answers = pipeline(std::span(&one, 1));
    if (!answers) return answers.error();
    assert(answers->size() == 1);
    return std::move(answers->front());
  }
  const Parameters parameters(values);
  auto sent = link_->check_sent(send_statement(link_->raw(), sql, parameters));
  if (!sent) return sent.error();
  return link_->only();
}

base::Status Connection::run(const std::string& sql) {
  assert(link_ != nullptr && "it was not moved from");
  auto sent = link_->check_sent(PQsendQuery(link_->raw(), with_set_up(sql).c_str()));
  if (!sent) return sent.error();
  auto answer = link_->only();
  if (!answer) return answer.error();
  return base::ok;
}

base::Status Connection::prepare(const std::string& name, const std::string& sql) {
  if (is_pooled_) {
    statements_[name] = sql;
    return base::ok;
  }
  auto sent = link_->check_sent(PQsendPrepare(link_->raw(), name.c_str(), sql.c_str(), 0, nullptr));
  if (!sent) return sent.error();
  auto answer = link_->only();
  if (!answer) return answer.error().while_doing("preparing " + name);
  return base::ok;
}

base::Result<Rows> Connection::exec_prepared(const std::string& name,
                                             std::span<const Value> values) {
  if (is_pooled_) return exec(prepared(name), values);
  const Parameters parameters(values);
  auto sent = link_->check_sent(send_prepared(link_->raw(), name, parameters));
  if (!sent) return sent.error();
  return link_->only();
}

base::Result<std::vector<Rows>> Connection::pipeline(std::span<const Statement> statements) {
  if (!is_pooled_) return run_pipeline(*link_, statements);
  std::vector<Statement> all;
  const bool with_first = sets_up();
  if (with_first) all.push_back({.sql = set_up_});
  for (auto statement : statements) {
    if (std::exchange(statement.is_prepared, false)) statement.sql = prepared(statement.sql);
    all.push_back(std::move(statement));
  }
  auto answers = run_pipeline(*link_, all);
  if (answers && with_first) answers->erase(answers->begin());
  return answers;
}

base::Result<CopyWriter> Connection::copy_in(const std::string& sql) {
  assert(link_ != nullptr);
  if (auto begun = begin_copy(*link_, with_set_up(sql), PGRES_COPY_IN); !begun)
    return begun.error();
  return CopyWriter(*link_);
}

base::Result<CopyReader> Connection::copy_out(const std::string& sql) {
  assert(link_ != nullptr);
  if (auto begun = begin_copy(*link_, with_set_up(sql), PGRES_COPY_OUT); !begun)
    return begun.error();
  return CopyReader(*link_);
}

Canceller Connection::canceller() const {
  assert(link_ != nullptr);
  return Canceller(std::shared_ptr<void>(PQgetCancel(link_->raw()), [](void* handle) {
    PQfreeCancel(static_cast<PGcancel*>(handle));
  }));
}

bool Connection::usable() const { return link_ != nullptr && link_->usable(); }

int Connection::server_process() const { return PQbackendPID(link_->raw()); }

std::string sql_text(std::string_view text) {
  std::string quoted = "'";
  for (const char letter : text) {
    if (letter == '\'') quoted += '\'';
    quoted += letter;
  }
  return quoted += '\'';
}

}  // namespace tidemark::clients::postgres
