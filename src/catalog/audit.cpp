#include "catalog/audit.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/printable.hpp"
#include "catalog/rows.hpp"

namespace tidemark::catalog {

base::Status note_change(Database& database, const Author& author, Micros at,
                         const Change& change) {
  auto raised = database.run("UPDATE catalog_version SET version = version + 1 RETURNING version");
  if (!raised) return raised.error();
  const auto version = number_of(*raised);
  if (!version) return version.error();
  // What others have said may hold anything; it is read on screens.
  auto added = database.run(
      "INSERT INTO catalog_audit (id, made_at, who, address, action, subject, project, detail) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      {*version, at, base::printable(author.who), base::printable(author.from), change.what,
       change.on, value_of(change.project), change.detail});
  if (!added) return added.error();
  auto dropped = database.run("DELETE FROM catalog_audit WHERE id <= $1",
                              {*version - static_cast<std::int64_t>(kAuditEntriesMax)});
  if (!dropped) return dropped.error();
  return base::ok;
}

base::Result<std::vector<AuditEntry>> read_audit(Database& database, const AuditRange& range) {
  std::string sql = "SELECT " + std::string(kAuditColumns) + " FROM catalog_audit WHERE id < $1";
  std::vector<Value> values{
      stored(range.before.value_or(std::numeric_limits<std::uint64_t>::max())),
      stored(std::min(range.limit, kAuditPageMax))};
  if (range.project) {
    sql += " AND project = $3";
    values.push_back(value_of(range.project));
  }
  auto rows = database.run(sql + " ORDER BY id DESC LIMIT $2", values);
  if (!rows) return rows.error();
  std::vector<AuditEntry> entries;
  entries.reserve(rows->size());
  for (const auto& row : *rows) {
    auto entry = audit_entry_of(row);
    if (!entry) return entry.error();
    entries.push_back(std::move(*entry));
  }
  return entries;
}

}  // namespace tidemark::catalog
