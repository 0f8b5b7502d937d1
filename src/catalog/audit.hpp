#pragma once

/// The record of who changed what, which is also what raises the version.

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "catalog/database.hpp"

namespace tidemark::catalog {

/// What an entry tells of a change, beside who and when.
struct Change {
  std::string what;
  std::string on;
  std::optional<event::ProjectId> project = {};
  std::string detail = "{}";
};

/// Raises the version, adds the entry and drops the one that is too many. Belongs into the
/// transaction of the change.
base::Status note_change(Database& database, const Author& author, Micros at, const Change& change);

base::Result<std::vector<AuditEntry>> read_audit(Database& database, const AuditRange& range);

}  // namespace tidemark::catalog
