// What Catalog does with keys.

#include <algorithm>
#include <utility>

#include "catalog/audit.hpp"
#include "catalog/catalog.hpp"
#include "catalog/database.hpp"
#include "catalog/json_text.hpp"
#include "catalog/projects.hpp"
#include "catalog/rows.hpp"
#include "catalog/rules.hpp"
#include "event/timestamp.hpp"

namespace tidemark::catalog {
namespace {

using base::Error;
using base::ErrorCode;

/// So many uses are noted by one statement.
constexpr std::size_t kNotedTogether = 500;

base::Status check_origins(const std::vector<std::string>& origins) {
  if (origins.size() > kOriginsMax) {
    return Error(ErrorCode::TooLarge, "expected at most " + std::to_string(kOriginsMax) +
                                          " origins, received " + std::to_string(origins.size()));
  }
  for (const auto& origin : origins) {
    if (auto fault = fault_of_origin(origin); !fault.empty()) {
      return Error(ErrorCode::InvalidInput, fault);
    }
  }
  return base::ok;
}

/// What can be said without the database.
base::Status check(const Author& author, const NewKey& key, Micros now) {
  if (auto fault = fault_of_text("a name", key.name); !fault.empty()) {
    return Error(ErrorCode::InvalidInput, fault);
  }
  if (!key.project && key.kind != KeyKind::Admin) {
    return Error(ErrorCode::InvalidInput, "expected a project: only an admin key is one of all");
  }
  if (key.expires_at && *key.expires_at <= now) {
    return Error(ErrorCode::InvalidInput,
                 "expected an instant to come as the key's end, received " +
                     event::to_string_of_any(*key.expires_at));
  }
  if (author.only && !key.project) {
    return Error(ErrorCode::Conflict, "an author of one project cannot make a key of all");
  }
  return check_origins(key.origins);
}

base::Status check_room(Database& database, const std::string& digest) {
  auto known = database.run("SELECT id FROM catalog_key WHERE digest = $1", {digest});
  if (!known) return known.error();
  if (!known->empty()) return Error(ErrorCode::Conflict, "this key is there already");
  const auto count = count_rows(database, "catalog_key");
  if (!count) return count.error();
  if (*count < kKeysMax) return base::ok;
  return Error(ErrorCode::TooLarge, "there are " + std::to_string(kKeysMax) +
                                        " keys with the revoked ones, which is the most");
}

/// The name of the key's project, which must be there; empty for a key of all.
base::Result<std::string> project_name(Database& database, const Author& author,
                                       const NewKey& key) {
  if (!key.project) return std::string();
  const auto found = find_project(database, *key.project);
  if (!found) return found.error();
  if (*found && (!author.only || *author.only == *key.project)) return (*found)->name;
  return Error(ErrorCode::NotFound,
               "there is no project " + std::to_string(static_cast<std::uint32_t>(*key.project)));
}

base::Result<Key> insert(Database& database, const NewKey& key, Micros now) {
  auto added = database.run(
      "INSERT INTO catalog_key (kind, project, name, digest, origins, created_at, expires_at) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING " +
          std::string(kKeyColumns),
      {std::string(name_of(key.kind)), value_of(key.project), key.name, text_of(key.digest),
       text_of_list(key.origins), now, value_of(key.expires_at)});
  if (!added) return added.error();
  if (added->size() == 1) return key_of(added->front());
  return Error(ErrorCode::Corrupt, "the table `catalog_key` does not give back what it was given");
}

base::Result<std::optional<Key>> find_key(Database& database, std::uint64_t id) {
  auto rows = database.run("SELECT " + std::string(kKeyColumns) + " FROM catalog_key WHERE id = $1",
                           {stored(id)});
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<Key>();
  auto key = key_of(rows->front());
  if (!key) return key.error();
  return std::optional(std::move(*key));
}

std::string shown(const Key& key) {
  const auto number = "key " + std::to_string(key.id);
  return key.name.empty() ? number : number + " (" + key.name + ")";
}

Change addition_of(const Key& key, const std::string& project) {
  Members members{{"kind", std::string(name_of(key.kind))}};
  if (key.project) members.emplace_back("project", project);
  if (!key.origins.empty()) members.emplace_back("origins", key.origins);
  if (key.expires_at) members.emplace_back("expires", event::to_string_of_any(*key.expires_at));
  return {.what = "key.create",
          .on = shown(key),
          .project = key.project,
          .detail = text_of_object(members)};
}

base::Status note_some_used(Database& database, std::span<const std::uint64_t> ids, Micros hour) {
  std::string sql =
      "UPDATE catalog_key SET last_used_at = $1 "
      "WHERE (last_used_at IS NULL OR last_used_at < $1) AND id IN (";
  std::vector<Value> values{hour};
  for (const auto id : ids) {
    values.emplace_back(stored(id));
    sql += (values.size() > 2 ? ", $" : "$") + std::to_string(values.size());
  }
  auto noted = database.run(sql + ")", values);
  if (!noted) return noted.error();
  return base::ok;
}

}  // namespace

std::string_view name_of(KeyKind kind) noexcept {
  switch (kind) {
    case KeyKind::Write:
      return "write";
    case KeyKind::Read:
      return "read";
    case KeyKind::Admin:
      return "admin";
  }
  return {};
}

base::Result<Key> Catalog::add_key(const Author& author, const NewKey& key) {
  const auto now = clock_.now();
  if (auto good = check(author, key, now); !good) return good.error();
  const std::scoped_lock lock(mutex_);
  return in_transaction(*database_, Access::Change, [&]() -> base::Result<Key> {
    const auto project = project_name(*database_, author, key);
    if (!project) return project.error();
    if (auto can = check_room(*database_, text_of(key.digest)); !can) return can.error();
    auto added = insert(*database_, key, now);
    if (!added) return added.error();
    auto noted = note_change(*database_, author, now, addition_of(*added, *project));
    if (!noted) return noted.error();
    return added;
  });
}

base::Result<Key> Catalog::revoke_key(const Author& author, std::uint64_t id) {
  const std::scoped_lock lock(mutex_);
  return in_transaction(*database_, Access::Change, [&]() -> base::Result<Key> {
    auto found = find_key(*database_, id);
    if (!found) return found.error();
    if (!*found || (author.only && author.only != (*found)->project)) {
      return Error(ErrorCode::NotFound, "there is no key " + std::to_string(id));
    }
    auto& key = **found;
    if (key.revoked_at) return key;
    key.revoked_at = clock_.now();
    auto done = database_->run("UPDATE catalog_key SET revoked_at = $2 WHERE id = $1",
                               {stored(key.id), *key.revoked_at});
    if (!done) return done.error();
    auto noted = note_change(*database_, author, *key.revoked_at,
                             {.what = "key.revoke", .on = shown(key), .project = key.project});
    if (!noted) return noted.error();
    return key;
  });
}

base::Status Catalog::note_used(std::span<const std::uint64_t> ids, Micros hour) {
  if (ids.empty()) return base::ok;
  const std::scoped_lock lock(mutex_);
  return database_->transaction(Access::Change, [&]() -> base::Status {
    for (auto rest = ids; !rest.empty();) {
      const auto some = rest.first(std::min(rest.size(), kNotedTogether));
      if (auto noted = note_some_used(*database_, some, hour); !noted) return noted;
      rest = rest.subspan(some.size());
    }
    return base::ok;
  });
}

}  // namespace tidemark::catalog
