#include <cassert>
#include <chrono>
#include <thread>
#include <utility>

#include "clients/duckdb/database.hpp"
#include "clients/duckdb/error.hpp"
#include "clients/duckdb/library.hpp"

namespace tidemark::clients::duckdb {
namespace {

// While other threads have all the work. A hundredth of what a person notices.
constexpr std::chrono::microseconds kNoTaskPause{200};

struct Bind {
  duckdb_prepared_statement statement;
  idx_t place;

  duckdb_state operator()(Null) const { return duckdb_bind_null(statement, place); }
  duckdb_state operator()(bool value) const { return duckdb_bind_boolean(statement, place, value); }
  duckdb_state operator()(std::int64_t value) const {
    return duckdb_bind_int64(statement, place, value);
  }
  duckdb_state operator()(double value) const {
    return duckdb_bind_double(statement, place, value);
  }
  duckdb_state operator()(std::string_view value) const {
    return duckdb_bind_varchar_length(statement, place, value.data(), value.size());
  }
  duckdb_state operator()(Bits128 value) const {
    duckdb_value uuid = duckdb_create_uuid({.lower = value.low, .upper = value.high});
    const duckdb_state state = duckdb_bind_value(statement, place, uuid);
    duckdb_destroy_value(&uuid);
    return state;
  }
  duckdb_state operator()(Instant value) const {
    return duckdb_bind_timestamp_tz(statement, place, {.micros = value.micros});
  }
};

base::Status bind_all(duckdb_prepared_statement statement, std::span<const Value> values) {
  if (duckdb_nparams(statement) != values.size()) {
    return base::Error(base::ErrorCode::InvalidInput,
                       "the query takes " + std::to_string(duckdb_nparams(statement)) +
                           " values and was given " + std::to_string(values.size()));
  }
  for (std::size_t index = 0; index < values.size(); ++index) {
    const Bind bind{.statement = statement, .place = index + 1};
    if (std::visit(bind, values[index]) != DuckDBSuccess) {
      return error_from(duckdb_prepare_error(statement));
    }
  }
  return base::ok;
}

/// A query under way.
class Pending {
 public:
  Pending(duckdb_prepared_statement statement, bool streaming) {
    const auto start = streaming ? duckdb_pending_prepared_streaming : duckdb_pending_prepared;
    failed_ = start(statement, &pending_) != DuckDBSuccess;
  }
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;
  ~Pending() { duckdb_destroy_pending(&pending_); }

  /// Works until the answer is ready, failed, or `stop` ends it.
  base::Status work(duckdb_connection connection, const Stop& stop) {
    if (failed_) return error_from(duckdb_pending_error(pending_));
    while (stop) {
      if (stop()) {
        duckdb_interrupt(connection);
        return base::Error(base::ErrorCode::TimedOut, "the query was cancelled");
      }
      const duckdb_pending_state state = duckdb_pending_execute_task(pending_);
      if (state == DUCKDB_PENDING_ERROR) return error_from(duckdb_pending_error(pending_));
      if (duckdb_pending_execution_is_finished(state)) break;
      if (state == DUCKDB_PENDING_NO_TASKS_AVAILABLE) std::this_thread::sleep_for(kNoTaskPause);
    }
    return base::ok;
  }

  base::Status finish(duckdb_result* result) {
    if (duckdb_execute_pending(pending_, result) == DuckDBSuccess) return base::ok;
    const char* text = duckdb_result_error(result);
    return error_from(text != nullptr ? text : duckdb_pending_error(pending_));
  }

 private:
  duckdb_pending_result pending_ = nullptr;
  bool failed_ = false;
};

}  // namespace

base::Result<Rows> Connection::query(const std::string& sql, std::span<const Value> values,
                                     const Stop& stop) {
  return start(sql, values, stop, false);
}

base::Result<Rows> Connection::stream(const std::string& sql, std::span<const Value> values,
                                      const Stop& stop) {
  return start(sql, values, stop, true);
}

base::Result<Rows> Connection::start(const std::string& sql, std::span<const Value> values,
                                     const Stop& stop, bool streaming) {
  assert(connection_ != nullptr);
  auto* connection = static_cast<duckdb_connection>(connection_.get());
  auto owned = std::make_unique<Answer>();
  Answer& answer = *owned;
  if (duckdb_prepare(connection, sql.c_str(), &answer.statement) != DuckDBSuccess) {
    return error_from(duckdb_prepare_error(answer.statement));
  }
  if (auto bound = bind_all(answer.statement, values); !bound) return bound.error();
  {
    Pending pending(answer.statement, streaming);
    if (auto worked = pending.work(connection, stop); !worked) return worked.error();
    if (auto finished = pending.finish(&answer.result); !finished) return finished.error();
  }
  Handle handle(owned.release(), [](void* given) { delete static_cast<Answer*>(given); });
  return Rows(std::move(handle), connection, stop);
}

base::Status Connection::run(const std::string& sql) {
  assert(connection_ != nullptr);
  Answer answer;
  auto* connection = static_cast<duckdb_connection>(connection_.get());
  if (duckdb_query(connection, sql.c_str(), &answer.result) == DuckDBSuccess) return base::ok;
  return error_from(duckdb_result_error(&answer.result));
}

}  // namespace tidemark::clients::duckdb
