#include "catalog/migrations.hpp"

#include <array>
#include <cstdio>
#include <string>

#include "base/hash.hpp"

namespace tidemark::catalog {
namespace {

using base::Error;
using base::ErrorCode;

constexpr const char* kTable = "catalog_migration";

std::string checksum_of(std::string_view sql) {
  const auto hash = base::hash128(std::as_bytes(std::span(sql)));
  std::array<char, 33> text{};
  std::snprintf(text.data(), text.size(), "%016llx%016llx",
                static_cast<unsigned long long>(hash.high),
                static_cast<unsigned long long>(hash.low));
  return text.data();
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), with);
    at += with.size();
  }
}

Error newer(std::int64_t version, std::size_t known) {
  return {ErrorCode::Conflict, "the catalog is of version " + std::to_string(version) +
                                   ", and this program knows versions up to " +
                                   std::to_string(known) + ": run a newer tidemark"};
}

/// How many steps are applied, which must be the first ones of `steps`.
base::Result<std::size_t> applied_steps(Database& database, std::span<const Migration> steps) {
  auto there = database.has_table(kTable);
  if (!there) return there.error();
  if (!*there) return std::size_t{0};
  auto rows = database.run("SELECT version, checksum FROM catalog_migration ORDER BY version");
  if (!rows) return rows.error();
  std::size_t applied = 0;
  for (const auto& row : *rows) {
    const auto* version = std::get_if<std::int64_t>(&row.at(0));
    const auto* checksum = std::get_if<std::string>(&row.at(1));
    if (version != nullptr && *version > static_cast<std::int64_t>(steps.size())) {
      return newer(*version, steps.size());
    }
    const auto* step = applied < steps.size() ? &steps[applied] : nullptr;
    if (step == nullptr || version == nullptr || checksum == nullptr || *version != step->version) {
      return Error(ErrorCode::Corrupt,
                   "the table `catalog_migration` does not hold the steps in their order");
    }
    if (*checksum != checksum_of(step->sql)) {
      return Error(ErrorCode::Conflict, "migration " + std::string(step->name) +
                                            " of the catalog was applied with another text than "
                                            "this program's: they are not the same tables");
    }
    ++applied;
  }
  return applied;
}

base::Status apply(Database& database, base::Micros now, const Migration& step) {
  std::string sql(step.sql);
  replace_all(sql, "{id}", database.id_type());
  replace_all(sql, "{now}", std::to_string(now));
  const auto doing = "applying migration " + std::string(step.name);
  if (auto done = database.run_script(sql); !done) return done.error().while_doing(doing);
  auto noted = database.run(
      "INSERT INTO catalog_migration (version, name, checksum, applied_at) "
      "VALUES ($1, $2, $3, $4)",
      {std::int64_t{step.version}, std::string(step.name), checksum_of(step.sql), now});
  if (!noted) return noted.error().while_doing(doing);
  return base::ok;
}

base::Result<std::size_t> apply_missing(Database& database, base::Micros now,
                                        std::span<const Migration> steps) {
  auto prepared = database.run_script(
      "CREATE TABLE IF NOT EXISTS catalog_migration (version BIGINT PRIMARY KEY, "
      "name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)");
  if (!prepared) return prepared.error();
  const auto applied = applied_steps(database, steps);  // another process may have been faster
  if (!applied) return applied.error();
  for (const auto& step : steps.subspan(*applied)) {
    if (auto done = apply(database, now, step); !done) return done.error();
  }
  return steps.size() - *applied;
}

}  // namespace

base::Result<std::size_t> migrate(Database& database, base::Micros now,
                                  std::span<const Migration> steps) {
  const auto applied =
      in_transaction(database, Access::Read, [&] { return applied_steps(database, steps); });
  if (!applied) return applied.error();
  if (*applied == steps.size()) return std::size_t{0};
  return in_transaction(database, Access::Change,
                        [&] { return apply_missing(database, now, steps); });
}

}  // namespace tidemark::catalog
