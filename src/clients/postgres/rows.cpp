#include "clients/postgres/rows.hpp"

#include <bit>
#include <cassert>
#include <charconv>

#include <libpq-fe.h>

#include "base/check.hpp"
#include "clients/postgres/wire_format.hpp"

namespace tidemark::clients::postgres {
namespace {

const PGresult* of(const Handle& handle) { return static_cast<const PGresult*>(handle.get()); }
PGresult* mutable_of(const Handle& handle) { return static_cast<PGresult*>(handle.get()); }

}  // namespace

Rows::Rows(Handle result)
    : result_(std::move(result)), size_(static_cast<std::size_t>(PQntuples(of(result_)))) {}

std::size_t Rows::columns() const { return static_cast<std::size_t>(PQnfields(of(result_))); }

std::string Rows::name(std::size_t column) const {
  assert(column < columns());
  const char* name = PQfname(of(result_), static_cast<int>(column));
  return name != nullptr ? name : "";
}

Kind Rows::kind(std::size_t column) const {
  // From pg_type.dat, where they stay for ever.
  switch (PQftype(of(result_), static_cast<int>(column))) {
    case 20:  // int8
    case 21:  // int2
    case 23:  // int4
      return Kind::Integer;
    case 19:    // name
    case 25:    // text
    case 1043:  // varchar
      return Kind::Text;
    default:
      return Kind::Other;
  }
}

std::string_view Rows::command() const { return PQcmdStatus(mutable_of(result_)); }

std::uint64_t Rows::affected() const {
  const std::string_view text = PQcmdTuples(mutable_of(result_));
  std::uint64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

std::string_view Rows::value(std::size_t row, std::size_t column) const {
  const int line = static_cast<int>(row);
  const int place = static_cast<int>(column);
  TIDEMARK_CHECK(row < size_ && column < columns());
  TIDEMARK_CHECK(PQgetisnull(of(result_), line, place) == 0);
  return {PQgetvalue(of(result_), line, place),
          static_cast<std::size_t>(PQgetlength(of(result_), line, place))};
}

bool Row::is_null(std::size_t column) const {
  TIDEMARK_CHECK(index_ < rows_->size_ && column < rows_->columns());
  return PQgetisnull(of(rows_->result_), static_cast<int>(index_), static_cast<int>(column)) != 0;
}

std::int64_t Row::integer(std::size_t column) const {
  const auto bytes = rows_->value(index_, column);
  if (bytes.size() == 8) return static_cast<std::int64_t>(get<std::uint64_t>(bytes.data()));
  if (bytes.size() == 4) return static_cast<std::int32_t>(get<std::uint32_t>(bytes.data()));
  TIDEMARK_CHECK(bytes.size() == 2);
  return static_cast<std::int16_t>(get<std::uint16_t>(bytes.data()));
}

double Row::number(std::size_t column) const {
  const auto bytes = rows_->value(index_, column);
  TIDEMARK_CHECK(bytes.size() == 8);
  return std::bit_cast<double>(get<std::uint64_t>(bytes.data()));
}

bool Row::boolean(std::size_t column) const {
  const auto bytes = rows_->value(index_, column);
  TIDEMARK_CHECK(bytes.size() == 1);
  return bytes.front() != 0;
}

std::string_view Row::text(std::size_t column) const { return rows_->value(index_, column); }

std::string_view Row::bytes(std::size_t column) const { return rows_->value(index_, column); }

Uuid Row::uuid(std::size_t column) const {
  const auto bytes = rows_->value(index_, column);
  TIDEMARK_CHECK(bytes.size() == 16);
  return {.high = get<std::uint64_t>(bytes.data()), .low = get<std::uint64_t>(bytes.data() + 8)};
}

base::Micros Row::instant(std::size_t column) const {
  const auto bytes = rows_->value(index_, column);
  TIDEMARK_CHECK(bytes.size() == 8);
  return static_cast<base::Micros>(get<std::uint64_t>(bytes.data())) + kEpochMicros;
}

}  // namespace tidemark::clients::postgres
