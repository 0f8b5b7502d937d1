#include "clients/postgres/cursor.hpp"

#include <cassert>

namespace tidemark::clients::postgres {

Cursor::Cursor(Connection& connection, const Options& options)
    : connection_(&connection),
      fetch_("FETCH FORWARD " + std::to_string(options.rows_at_once) + " FROM " + options.name),
      close_("CLOSE " + options.name) {}

base::Result<Cursor> Cursor::open(Connection& connection, const std::string& sql,
                                  std::span<const Value> values, const Options& options) {
  assert(options.rows_at_once > 0);
  auto declared =
      connection.exec("DECLARE " + options.name + " NO SCROLL CURSOR FOR " + sql, values);
  if (!declared) return declared.error();
  return Cursor(connection, options);
}

base::Result<Rows> Cursor::next() {
  auto rows = connection_->exec(fetch_);
  if (rows && rows->empty()) {
    if (auto closed = connection_->run(close_); !closed) return closed.error();
  }
  return rows;
}

}  // namespace tidemark::clients::postgres
