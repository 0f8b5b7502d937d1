#include "ledger/postgres/partitions.hpp"

#include <array>
#include <cassert>
#include <chrono>
#include <cstdio>

#include "clients/postgres/transaction.hpp"

namespace tidemark::ledger::postgres {
namespace {

using clients::postgres::Connection;
using clients::postgres::Transaction;

constexpr std::int32_t kMonthsEnd = 1'200;                      // 2100-01
constexpr std::int64_t kPartitionLock = 0x7469'6465'7061'7274;  // "tidepart"

std::chrono::year_month first_of(Month month) {
  using std::chrono::January;
  return std::chrono::year(2000) / January + std::chrono::months(month.since_2000);
}

std::string text_of(Month month, const char* format) {
  assert(month.since_2000 >= 0 && month.since_2000 <= kMonthsEnd);
  const auto first = first_of(month);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), format, static_cast<int>(first.year()),
                static_cast<unsigned>(first.month()));
  return text.data();
}

std::string first_instant(Month month) { return text_of(month, "'%04d-%02u-01 00:00:00+00'"); }

// CREATE TABLE … PARTITION OF would lock everybody out of all partitions.
base::Status make_one(Connection& connection, Month month) {
  const auto name = partition_name(month);
  auto there = connection.exec("SELECT to_regclass($1) IS NOT NULL", {std::string_view(name)});
  if (!there) return there.error();
  if ((*there)[0].boolean(0)) return base::ok;
  auto made = connection.run("CREATE TABLE " + name + " (LIKE event INCLUDING ALL)");
  if (!made) return made.error();
  return connection.run("ALTER TABLE event ATTACH PARTITION " + name + " FOR VALUES FROM (" +
                        first_instant(month) + ") TO (" + first_instant({month.since_2000 + 1}) +
                        ")");
}

}  // namespace

std::optional<Month> month_of(base::Micros occurred_at) {
  const std::chrono::sys_time<std::chrono::microseconds> instant{
      std::chrono::microseconds(occurred_at)};
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(instant)};
  const std::int32_t month = (static_cast<int>(day.year()) - 2000) * 12 +
                             static_cast<std::int32_t>(static_cast<unsigned>(day.month())) - 1;
  if (month < 0 || month >= kMonthsEnd) return std::nullopt;
  return Month{month};
}

std::string partition_name(Month month) { return text_of(month, "event_%04d_%02u"); }

base::Status Partitions::make(Connection& connection, const std::set<Month>& months) {
  std::set<Month> missing;
  for (const auto month : months) {
    if (!known_.contains(month)) missing.insert(month);
  }
  if (missing.empty()) return base::ok;
  auto transaction = Transaction::begin(connection);
  if (!transaction) return transaction.error();
  auto locked = connection.exec("SELECT pg_advisory_xact_lock($1)", {kPartitionLock});
  if (!locked) return locked.error().while_doing("waiting to make partitions");
  for (const auto month : missing) {
    auto made = make_one(connection, month);
    if (!made) return made.error().while_doing("making partition " + partition_name(month));
  }
  if (auto committed = transaction->commit(); !committed) return committed.error();
  known_.insert(missing.begin(), missing.end());
  return base::ok;
}

base::Status Partitions::make_ahead(Connection& connection, base::Micros now, std::int32_t ahead) {
  assert(ahead >= 0);
  const auto current = month_of(now);
  if (!current) return base::ok;
  std::set<Month> months;
  for (std::int32_t more = 0; more <= ahead; ++more) {
    const std::int32_t month = current->since_2000 + more;
    if (month < kMonthsEnd) months.insert({month});
  }
  return make(connection, months);
}

}  // namespace tidemark::ledger::postgres
