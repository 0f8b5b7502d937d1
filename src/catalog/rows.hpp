#pragma once

/// Rows of the catalog's tables as projects, keys and entries of the audit.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "catalog/database.hpp"

namespace tidemark::catalog {

// The columns that the functions below take, in their order.
inline constexpr std::string_view kProjectColumns = "id, name, title, timezone, created_at";
inline constexpr std::string_view kKeyColumns =
    "id, kind, project, name, digest, origins, created_at, expires_at, last_used_at, revoked_at";
inline constexpr std::string_view kAuditColumns =
    "id, made_at, who, address, action, subject, project, detail";

// Corrupt: a value is missing, of another type, or none that this program writes.
base::Result<Project> project_of(const Row& row);
base::Result<Key> key_of(const Row& row);
base::Result<AuditEntry> audit_entry_of(const Row& row);
/// The one number of the one row.
base::Result<std::int64_t> number_of(const Rows& rows);

/// Lower-case hexadecimal digits.
std::string text_of(const KeyDigest& digest);

Value value_of(std::optional<event::ProjectId> project);
Value value_of(std::optional<Micros> instant);
/// An id that a client may have chosen; one that no row can have becomes the largest.
std::int64_t stored(std::uint64_t id);

}  // namespace tidemark::catalog
