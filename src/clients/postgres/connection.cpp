#include "clients/postgres/connection.hpp"

#include <array>
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

// Reads the answers up to the mark behind them; the first failure counts.
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

// `as` is how the server answers a COPY of that direction.
base::Status begin_copy(Link& link, const std::string& sql, ExecStatusType as) {
  auto sent = link.check_sent(
      PQsendQueryParams(link.raw(), sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, kBinary));
  if (!sent) return sent.error();
  auto result = link.next();
  if (!result) return result.error();
  if (*result == nullptr) return link.error();
  if (PQresultStatus(result_of(*result)) == as) return base::ok;
  const auto failure = error_of(*result);
  TIDEMARK_CHECK(is_failure(*result));  // else `sql` is no such COPY
  const auto rest = link.only();        // reads away what stands behind: there is no answer in it
  static_cast<void>(rest);
  return failure;
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
  const auto statement_timeout = std::to_string(options.statement_timeout.count());
  const auto lock_timeout = std::to_string(options.lock_timeout.count());
  // Before the first ANALYZE the server takes a table of one row for one of thousands, and then
  // compiles in 0.3 s what runs in a tenth of a millisecond.
  auto set = connection.exec(
      "SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false), "
      "set_config('TimeZone', 'UTC', false), set_config('jit', 'off', false)",
      {std::string_view(statement_timeout), std::string_view(lock_timeout)});
  if (!set) return set.error().while_doing("setting up a session of PostgreSQL");
  return connection;
}

base::Result<Rows> Connection::exec(const std::string& sql, std::span<const Value> values) {
  const Parameters parameters(values);
  auto sent = link_->check_sent(send_statement(link_->raw(), sql, parameters));
  if (!sent) return sent.error();
  return link_->only();
}

base::Status Connection::run(const std::string& sql) {
  auto sent = link_->check_sent(PQsendQuery(link_->raw(), sql.c_str()));
  if (!sent) return sent.error();
  auto answer = link_->only();
  if (!answer) return answer.error();
  return base::ok;
}

base::Status Connection::prepare(const std::string& name, const std::string& sql) {
  auto sent = link_->check_sent(PQsendPrepare(link_->raw(), name.c_str(), sql.c_str(), 0, nullptr));
  if (!sent) return sent.error();
  auto answer = link_->only();
  if (!answer) return answer.error().while_doing("preparing " + name);
  return base::ok;
}

base::Result<Rows> Connection::exec_prepared(const std::string& name,
                                             std::span<const Value> values) {
  const Parameters parameters(values);
  auto sent = link_->check_sent(send_prepared(link_->raw(), name, parameters));
  if (!sent) return sent.error();
  return link_->only();
}

base::Result<std::vector<Rows>> Connection::pipeline(std::span<const Statement> statements) {
  auto entered = link_->check_sent(PQenterPipelineMode(link_->raw()));
  if (!entered) return entered.error();
  auto sent = send_all(*link_, statements);
  if (!sent) return sent.error();
  auto answers = read_all(*link_);
  // Without it the connection could not go on; after a lost one nobody minds.
  const int left = PQexitPipelineMode(link_->raw());
  if (answers && left == 0) return link_->error();
  if (answers) TIDEMARK_CHECK(answers->size() == statements.size());
  return answers;
}

base::Result<CopyWriter> Connection::copy_in(const std::string& sql) {
  if (auto begun = begin_copy(*link_, sql, PGRES_COPY_IN); !begun) return begun.error();
  return CopyWriter(*link_);
}

base::Result<CopyReader> Connection::copy_out(const std::string& sql) {
  if (auto begun = begin_copy(*link_, sql, PGRES_COPY_OUT); !begun) return begun.error();
  return CopyReader(*link_);
}

Canceller Connection::canceller() const {
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
