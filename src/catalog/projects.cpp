#include "catalog/projects.hpp"

#include <array>
#include <utility>

#include "base/printable.hpp"
#include "catalog/audit.hpp"
#include "catalog/json_text.hpp"
#include "catalog/rows.hpp"
#include "catalog/rules.hpp"

namespace tidemark::catalog {
namespace {

using base::Error;
using base::ErrorCode;

base::Result<std::optional<Project>> first_project(const base::Result<Rows>& rows) {
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<Project>();
  auto project = project_of(rows->front());
  if (!project) return project.error();
  return std::optional(std::move(*project));
}

std::string select_by(std::string_view column) {
  return "SELECT " + std::string(kProjectColumns) + " FROM catalog_project WHERE " +
         std::string(column) + " = $1";
}

/// A setting: its name, what it shall be, and what is wrong with that.
struct Setting {
  std::string_view name;
  const std::optional<std::string>* wanted = nullptr;
  std::string Project::* place = nullptr;
  std::string fault = {};
};

std::array<Setting, 2> settings_of(const ProjectChange& change) {
  return {Setting{.name = "title",
                  .wanted = &change.title,
                  .place = &Project::title,
                  .fault = fault_of_text("a title", change.title.value_or(""))},
          Setting{.name = "timezone",
                  .wanted = &change.timezone,
                  .place = &Project::timezone,
                  .fault = fault_of_timezone(change.timezone.value_or(""))}};
}

base::Status check(const ProjectChange& change) {
  for (const auto& setting : settings_of(change)) {
    if (!setting.fault.empty()) return Error(ErrorCode::InvalidInput, setting.fault);
  }
  return base::ok;
}

/// Changes what is wanted otherwise, and tells what that was.
Members apply(const ProjectChange& change, Project& project) {
  Members changed;
  for (const auto& setting : settings_of(change)) {
    if (!*setting.wanted || **setting.wanted == project.*setting.place) continue;
    project.*setting.place = **setting.wanted;
    changed.emplace_back(setting.name, **setting.wanted);
  }
  return changed;
}

Error no_project(std::string_view name) {
  return {ErrorCode::NotFound, "there is no project `" + std::string(name) + "`"};
}

base::Status check_new(Database& database, const std::string& name) {
  const auto taken = find_project(database, name);
  if (!taken) return taken.error();
  if (*taken) return Error(ErrorCode::Conflict, "there is a project `" + name + "` already");
  const auto count = count_rows(database, "catalog_project");
  if (!count) return count.error();
  if (*count < kProjectsMax) return base::ok;
  return Error(ErrorCode::TooLarge,
               "there are " + std::to_string(kProjectsMax) + " projects, which is the most");
}

base::Status insert(Database& database, Project& project) {
  auto added = database.run(
      "INSERT INTO catalog_project (name, title, timezone, created_at) VALUES ($1, $2, $3, $4) "
      "RETURNING id",
      {project.name, project.title, project.timezone, project.created_at});
  if (!added) return added.error();
  const auto id = number_of(*added);
  if (!id) return id.error();
  if (!std::in_range<std::uint32_t>(*id)) {
    return Error(ErrorCode::TooLarge, "all numbers of projects are used up");
  }
  project.id = static_cast<event::ProjectId>(*id);
  return base::ok;
}

base::Status update(Database& database, const Project& project) {
  auto done = database.run("UPDATE catalog_project SET title = $2, timezone = $3 WHERE id = $1",
                           {value_of(project.id), project.title, project.timezone});
  if (!done) return done.error();
  return base::ok;
}

Change change_of(const Project& project, std::string what, const Members& changed) {
  return {.what = std::move(what),
          .on = "project " + project.name,
          .project = project.id,
          .detail = text_of_object(changed)};
}

}  // namespace

base::Result<std::optional<Project>> find_project(Database& database, std::string_view name) {
  return first_project(database.run(select_by("name"), {std::string(name)}));
}

base::Result<std::optional<Project>> find_project(Database& database, event::ProjectId id) {
  return first_project(database.run(select_by("id"), {value_of(id)}));
}

base::Result<std::size_t> count_rows(Database& database, std::string_view table) {
  auto rows = database.run("SELECT count(*) FROM " + std::string(table));
  if (!rows) return rows.error();
  const auto count = number_of(*rows);
  if (!count) return count.error();
  return static_cast<std::size_t>(*count);
}

base::Result<Project> Catalog::create_project(const Author& author, std::string_view name,
                                              const ProjectChange& settings) {
  if (author.only) {
    return Error(ErrorCode::Conflict, "an author of one project cannot create another one");
  }
  const auto fault = fault_of_project_name(name);
  if (!fault.empty()) return Error(ErrorCode::InvalidInput, fault);
  if (auto good = check(settings); !good) return good.error();
  const std::scoped_lock lock(mutex_);
  return in_transaction(*database_, Access::Change, [&]() -> base::Result<Project> {
    Project project{.name = std::string(name), .created_at = clock_.now()};
    if (auto can = check_new(*database_, project.name); !can) return can.error();
    const auto changed = apply(settings, project);
    if (auto added = insert(*database_, project); !added) return added.error();
    auto noted = note_change(*database_, author, project.created_at,
                             change_of(project, "project.create", changed));
    if (!noted) return noted.error();
    return project;
  });
}

base::Result<Project> Catalog::change_project(const Author& author, std::string_view name,
                                              const ProjectChange& change) {
  if (auto good = check(change); !good) return good.error();
  if (!fault_of_project_name(name).empty()) return no_project(base::printable(name));
  const std::scoped_lock lock(mutex_);
  return in_transaction(*database_, Access::Change, [&]() -> base::Result<Project> {
    auto found = find_project(*database_, name);
    if (!found) return found.error();
    if (!*found || (author.only && *author.only != (*found)->id)) return no_project(name);
    auto& project = **found;
    const auto changed = apply(change, project);
    if (changed.empty()) return project;
    if (auto updated = update(*database_, project); !updated) return updated.error();
    auto noted = note_change(*database_, author, clock_.now(),
                             change_of(project, "project.change", changed));
    if (!noted) return noted.error();
    return project;
  });
}

}  // namespace tidemark::catalog
