#include "query/sql_dialect.hpp"

namespace tidemark::query {
namespace {

class DuckDbDialect final : public SqlDialect {
 public:
  [[nodiscard]] std::string micros_of(std::string_view instant) const override {
    return "epoch_us(" + std::string(instant) + ")";
  }
  [[nodiscard]] std::string instant(event::Micros micros) const override {
    return "make_timestamptz(" + std::to_string(micros) + ")";
  }
  [[nodiscard]] std::string quotient(std::string_view a, std::string_view b) const override {
    return "(" + std::string(a) + " // " + std::string(b) + ")";
  }
  [[nodiscard]] std::string month_of(std::string_view days) const override {
    const auto date = "(DATE '1970-01-01' + CAST(" + std::string(days) + " AS INTEGER))";
    return "(year(" + date + ") * 12 + month(" + date + ") - 1)";
  }
  [[nodiscard]] std::string bit(std::string_view index) const override {
    // Both sides of one type: with a signed right side the shift is done in 128 bits, and takes
    // twice as long.
    return "(1::UBIGINT << CAST(" + std::string(index) + " & 63 AS UBIGINT))";
  }
};

}  // namespace

const SqlDialect& duckdb_dialect() {
  static const DuckDbDialect dialect;
  return dialect;
}

}  // namespace tidemark::query
