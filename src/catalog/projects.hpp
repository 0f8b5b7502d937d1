#pragma once

/// Finds projects in the database.

#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "catalog/database.hpp"

namespace tidemark::catalog {

/// None: there is no such project.
base::Result<std::optional<Project>> find_project(Database& database, std::string_view name);
base::Result<std::optional<Project>> find_project(Database& database, event::ProjectId id);

/// How many rows a table has.
base::Result<std::size_t> count_rows(Database& database, std::string_view table);

}  // namespace tidemark::catalog
