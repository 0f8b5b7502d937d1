#include "catalog/catalog.hpp"

#include <utility>

#include "catalog/audit.hpp"
#include "catalog/database.hpp"
#include "catalog/migrations.hpp"
#include "catalog/rows.hpp"

namespace tidemark::catalog {
namespace {

base::Result<std::uint64_t> read_version(Database& database) {
  auto rows = database.run("SELECT version FROM catalog_version");
  if (!rows) return rows.error();
  const auto version = number_of(*rows);
  if (!version) return version.error();
  return static_cast<std::uint64_t>(*version);
}

/// All rows of a table, by id.
template <class T>
base::Result<std::vector<T>> read_all(Database& database, const std::string& sql,
                                      base::Result<T> (*read)(const Row&)) {
  auto rows = database.run(sql + " ORDER BY id");
  if (!rows) return rows.error();
  std::vector<T> all;
  all.reserve(rows->size());
  for (const auto& row : *rows) {
    auto one = read(row);
    if (!one) return one.error();
    all.push_back(std::move(*one));
  }
  return all;
}

base::Result<Contents> read_contents(Database& database) {
  const auto version = read_version(database);
  if (!version) return version.error();
  auto projects = read_all(
      database, "SELECT " + std::string(kProjectColumns) + " FROM catalog_project", project_of);
  if (!projects) return projects.error();
  if (projects->empty()) {
    return base::Error(base::ErrorCode::Corrupt, "the table `catalog_project` has lost its rows");
  }
  auto keys =
      read_all(database, "SELECT " + std::string(kKeyColumns) + " FROM catalog_key", key_of);
  if (!keys) return keys.error();
  return Contents{.version = *version, .projects = std::move(*projects), .keys = std::move(*keys)};
}

}  // namespace

base::Result<std::unique_ptr<Catalog>> Catalog::open(std::unique_ptr<Database> database,
                                                     const base::Clock& clock) {
  auto migrated = migrate(*database, clock.now());
  if (!migrated) return migrated.error();
  return std::unique_ptr<Catalog>(new Catalog(std::move(database), clock));
}

Catalog::Catalog(std::unique_ptr<Database> database, const base::Clock& clock)
    : database_(std::move(database)), clock_(clock) {}

Catalog::~Catalog() = default;

base::Result<std::uint64_t> Catalog::version() {
  const std::scoped_lock lock(mutex_);
  return read_version(*database_);
}

base::Result<Contents> Catalog::contents() {
  const std::scoped_lock lock(mutex_);
  return in_transaction(*database_, Access::Read, [&] { return read_contents(*database_); });
}

base::Result<std::vector<AuditEntry>> Catalog::audit(const AuditRange& range) {
  const std::scoped_lock lock(mutex_);
  return read_audit(*database_, range);
}

}  // namespace tidemark::catalog
