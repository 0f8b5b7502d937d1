#pragma once

/// The catalog's tables, step by step, for every database.

#include <cstddef>
#include <span>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "catalog/database.hpp"

namespace tidemark::catalog {

/// One step. A released step is never changed, only followed by another one. In its text `{id}`
/// stands for the type of a column of ids, and `{now}` for the present in microseconds.
struct Migration {
  int version = 0;  ///< from 1, without gaps
  std::string_view name;
  std::string_view sql;
};

/// The steps that this program carries, in order.
std::span<const Migration> migrations();

/// Applies the missing steps, all or none, and returns their number. If two run at once, the second
/// waits and finds nothing to do. Where nothing is missing, nothing is written, so that a user of
/// the database who may not make tables can open the catalog.
/// Errors: Conflict if the database holds a version that this program does not know (a newer
/// program was here), or another text of a known one; nothing is changed then.
base::Result<std::size_t> migrate(Database& database, base::Micros now,
                                  std::span<const Migration> steps = migrations());

}  // namespace tidemark::catalog
