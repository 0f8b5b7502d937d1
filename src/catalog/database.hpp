#pragma once

/// What the catalog needs of a database, so that its statements are written once for all of them.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace tidemark::catalog {

/// Null, a BIGINT, or a TEXT: no other type is used.
using Value = std::variant<std::monostate, std::int64_t, std::string>;
using Row = std::vector<Value>;
using Rows = std::vector<Row>;

enum class Access : std::uint8_t {
  Read,    ///< all statements see one state
  Change,  ///< waits until no other process changes the catalog, and sees what they have changed
};

/// A database that speaks the common subset of SQLite 3.40 and PostgreSQL 15, with the columns'
/// types BIGINT (instants in microseconds, numbers) and TEXT (lists as JSON, digests in hexadecimal
/// digits). What differs between them is a member here.
///
/// Promise:  what a transaction has changed survives a power cut once `transaction` returned Ok.
/// Errors:   InvalidInput: a value or a statement that does not fit; Conflict: a unique or foreign
///           key is in the way; TooLarge; Corrupt; all else is Unavailable. Afterwards the database
///           can be used again, and is connected anew where that is needed.
/// Threads:  one at a time; calls block, with a bound.
class Database {
 public:
  using Body = std::function<base::Status()>;

  Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  virtual ~Database() = default;

  /// Runs one statement. `$1`, `$2`… stand for `values`; each must occur in it.
  virtual base::Result<Rows> run(const std::string& sql, std::span<const Value> values) = 0;
  base::Result<Rows> run(const std::string& sql, std::initializer_list<Value> values = {}) {
    return run(sql, std::span(values.begin(), values.size()));
  }

  /// Runs one or several statements without values and answers, within a transaction.
  virtual base::Status run_script(const std::string& sql) = 0;

  /// Runs `body`, whose statements take effect together; with its error, none does. Not nested.
  virtual base::Status transaction(Access access, const Body& body) = 0;

  virtual base::Result<bool> has_table(const std::string& name) = 0;

  /// The type of a column of ids that the database gives, rising from 1, never one twice. Some may
  /// be passed over.
  [[nodiscard]] virtual std::string_view id_type() const = 0;
};

/// As Database::transaction, for a body with a result: `base::Result<T> body()`.
template <class Body>
auto in_transaction(Database& database, Access access, const Body& body) -> decltype(body()) {
  std::optional<decltype(body())> result;
  auto done = database.transaction(access, [&]() -> base::Status {
    result.emplace(body());
    if (!*result) return result->error();
    return base::ok;
  });
  if (!done) return done.error();
  return std::move(*result);
}

}  // namespace tidemark::catalog
