// tidemark setup, keys and projects: who may do what. They change the catalog itself, whether a
// service is running or not, or ask the service that --url names.

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include "access/key_text.hpp"
#include "app/commands/command_line.hpp"
#include "app/commands/print.hpp"
#include "app/commands/problem_text.hpp"
#include "app/commands/service_connection.hpp"
#include "app/wiring/entrance.hpp"
#include "app/wiring/server_profile.hpp"
#include "event/timestamp.hpp"
#include "files/data_folder.hpp"
#include "http/json_reader.hpp"

namespace tidemark::app {
namespace {

using base::Error;
using base::ErrorCode;
using catalog::KeyKind;
namespace json = boost::json;

const catalog::Author kAuthor{.who = "command line"};

/// What was typed.
struct Asked {
  std::string url;  ///< empty: the catalog itself
  std::string kind;
  std::string name;
  std::string title;
  std::string timezone;
  std::string expires;
  std::vector<std::string> origins;
  std::uint64_t id = 0;
  bool all_projects = false;
};
using AskedPtr = std::shared_ptr<Asked>;

/// The catalog of these settings. What makes a key or a project may make the data folder first, so
/// that keys can be there before the first start.
base::Result<std::unique_ptr<catalog::Catalog>> open_own_catalog(
    const config::Settings& settings, const base::Clock& clock,
    MissingFolder missing = MissingFolder::Refused) {
  if (!is_server_profile(settings) && !files::DataFolder::is_there(settings.data_dir)) {
    if (missing == MissingFolder::Refused) {
      if (auto there = require_folder(settings); !there) return there.error();
    }
    const auto made = files::DataFolder::open(files::posix_files(), settings.data_dir);
    if (!made) return made.error();
  }
  return open_catalog(settings, clock);
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

std::string or_dash(const std::optional<base::Micros>& at) {
  return at ? event::to_string(*at) : "-";
}

/// One line of a table, in columns of equal width.
void print_row(const std::vector<std::string>& cells) {
  constexpr std::size_t kWidth = 20;
  std::string line;
  for (const std::string& cell : cells) {
    line += cell;
    if (&cell != &cells.back()) line.append(cell.size() < kWidth ? kWidth - cell.size() : 2, ' ');
  }
  print("{}\n", line);
}

// ---- through a service ------------------------------------------------------------------------

base::Result<json::value> ask(const config::Settings& settings, const Asked& asked,
                              http::Method method, const std::string& target,
                              const json::object& body = {}) {
  auto service = ServiceConnection::open(settings, asked.url);
  if (!service) return service.error();
  const std::string text = body.empty() ? std::string() : json::serialize(body);
  http::ClientRequest request{.method = method, .target = target};
  if (!text.empty()) {
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = text;
  }
  const auto answer = (*service)->request(request);
  if (!answer) return answer.error();
  if (answer->status >= 300) {
    return Error{answer->status < 500 ? ErrorCode::InvalidInput : ErrorCode::Unavailable,
                 problem_text(answer->status, answer->body)};
  }
  return http::read_json(answer->body);
}

int print_answer(const base::Result<json::value>& answer) {
  if (!answer) return fail(answer.error());
  const auto* data = answer->is_object() ? answer->get_object().if_contains("data") : nullptr;
  if (data == nullptr) {
    print_json(json::serialize(*answer));
    return kExitOk;
  }
  for (const auto& each : data->as_array()) print_json(json::serialize(each));
  return kExitOk;
}

// ---- keys -------------------------------------------------------------------------------------

base::Result<KeyKind> kind_of(const std::string& text) {
  using enum KeyKind;
  for (const auto kind : {Write, Read, Admin}) {
    if (text == catalog::name_of(kind)) return kind;
  }
  return Error{ErrorCode::InvalidInput,
               "a key is write, read or admin; \"" + text + "\" was given"};
}

/// The id of the project that the setting names, or of the default one.
base::Result<event::ProjectId> project_of(catalog::Catalog& catalog,
                                          const config::Settings& settings) {
  const auto contents = catalog.contents();
  if (!contents) return contents.error();
  const std::string name =
      settings.project.empty() ? std::string(catalog::kDefaultProject) : settings.project;
  for (const auto& project : contents->projects) {
    if (project.name == name) return project.id;
  }
  return Error{ErrorCode::InvalidInput,
               "there is no project \"" + name + "\"; `tidemark projects list` shows them"};
}

base::Result<catalog::NewKey> wanted_key(catalog::Catalog& catalog,
                                         const config::Settings& settings, const Asked& asked) {
  const auto kind = kind_of(asked.kind);
  if (!kind) return kind.error();
  catalog::NewKey key{.kind = *kind, .name = asked.name, .origins = asked.origins};
  if (!asked.all_projects) {
    const auto project = project_of(catalog, settings);
    if (!project) return project.error();
    key.project = *project;
  }
  if (!asked.expires.empty()) {
    const auto at = event::parse_timestamp(asked.expires);
    if (!at) {
      return Error{ErrorCode::InvalidInput, "--expires=\"" + asked.expires +
                                                "\": expected an instant such as "
                                                "2027-01-01T00:00:00Z"};
    }
    key.expires_at = at.micros;
  }
  return key;
}

int create_key(const config::Settings& settings, const Asked& asked) {
  if (!asked.url.empty()) {
    json::object body{{"kind", asked.kind}, {"name", asked.name}};
    if (asked.all_projects) body["all_projects"] = true;
    if (!asked.expires.empty()) body["expires"] = asked.expires;
    if (!asked.origins.empty()) body["origins"] = json::value_from(asked.origins);
    return print_answer(ask(settings, asked, http::Method::Post, "/keys", body));
  }
  const base::SystemClock clock;
  auto catalog = open_own_catalog(settings, clock, MissingFolder::Made);
  if (!catalog) return fail(catalog.error());
  auto wanted = wanted_key(**catalog, settings, asked);
  if (!wanted) return fail(wanted.error());
  const auto made = access::make_key(wanted->kind);
  wanted->digest = made.digest;
  const auto added = (*catalog)->add_key(kAuthor, *wanted);
  if (!added) return fail(added.error());
  tell("key {} ({}); it is shown only now:\n", added->id, catalog::name_of(added->kind));
  print("{}\n", made.text);
  return kExitOk;
}

int list_keys(const config::Settings& settings, const Asked& asked) {
  if (!asked.url.empty()) {
    return print_answer(ask(settings, asked, http::Method::Get, "/keys"));
  }
  const base::SystemClock clock;
  auto catalog = open_own_catalog(settings, clock);
  if (!catalog) return fail(catalog.error());
  auto contents = (*catalog)->contents();
  if (!contents) return fail(contents.error());
  const access::Known known(std::move(*contents));
  print_row({"id", "kind", "project", "name", "last used", "expires", "revoked"});
  for (const auto& key : known.keys()) {
    const auto* project = key.project ? known.project(*key.project) : nullptr;
    print_row({std::to_string(key.id), std::string(catalog::name_of(key.kind)),
               project != nullptr ? project->name : "(all)", or_dash(key.name),
               or_dash(key.last_used_at), or_dash(key.expires_at), or_dash(key.revoked_at)});
  }
  return kExitOk;
}

int revoke_key(const config::Settings& settings, const Asked& asked) {
  if (!asked.url.empty()) {
    return print_answer(
        ask(settings, asked, http::Method::Delete, "/keys/" + std::to_string(asked.id)));
  }
  const base::SystemClock clock;
  auto catalog = open_own_catalog(settings, clock);
  if (!catalog) return fail(catalog.error());
  const auto revoked = (*catalog)->revoke_key(kAuthor, asked.id);
  if (!revoked) return fail(revoked.error());
  print("key {} is revoked; every process refuses it within a second\n", revoked->id);
  return kExitOk;
}

int generate_key(const Asked& asked) {
  const auto kind = kind_of(asked.kind);
  if (!kind) return fail(kind.error());
  print("{}\n", access::make_key(*kind).text);
  return kExitOk;
}

// ---- projects ---------------------------------------------------------------------------------

int print_projects(const base::Result<std::vector<catalog::Project>>& projects) {
  if (!projects) return fail(projects.error());
  print_row({"name", "timezone", "created", "title"});
  for (const auto& project : *projects) {
    print_row({project.name, or_dash(project.timezone), event::to_string(project.created_at),
               or_dash(project.title)});
  }
  return kExitOk;
}

int list_projects(const config::Settings& settings, const Asked& asked) {
  if (!asked.url.empty()) {
    return print_answer(ask(settings, asked, http::Method::Get, "/projects"));
  }
  const base::SystemClock clock;
  auto catalog = open_own_catalog(settings, clock);
  if (!catalog) return fail(catalog.error());
  auto contents = (*catalog)->contents();
  if (!contents) return fail(contents.error());
  return print_projects(std::move(contents->projects));
}

json::object settings_body(const Asked& asked) {
  json::object body;
  if (!asked.title.empty()) body["title"] = asked.title;
  if (!asked.timezone.empty()) body["timezone"] = asked.timezone;
  return body;
}

catalog::ProjectChange change_of(const Asked& asked) {
  catalog::ProjectChange change;
  if (!asked.title.empty()) change.title = asked.title;
  if (!asked.timezone.empty()) change.timezone = asked.timezone;
  return change;
}

int create_project(const config::Settings& settings, const Asked& asked) {
  if (!asked.url.empty()) {
    auto body = settings_body(asked);
    body["name"] = asked.name;
    return print_answer(ask(settings, asked, http::Method::Post, "/projects", body));
  }
  const base::SystemClock clock;
  auto catalog = open_own_catalog(settings, clock, MissingFolder::Made);
  if (!catalog) return fail(catalog.error());
  auto made = (*catalog)->create_project(kAuthor, asked.name, change_of(asked));
  if (!made) return fail(made.error());
  return print_projects(std::vector<catalog::Project>{std::move(*made)});
}

int set_project(const config::Settings& settings, const Asked& asked) {
  if (!asked.url.empty()) {
    return print_answer(
        ask(settings, asked, http::Method::Patch, "/projects/" + asked.name, settings_body(asked)));
  }
  const base::SystemClock clock;
  auto catalog = open_own_catalog(settings, clock);
  if (!catalog) return fail(catalog.error());
  auto changed = (*catalog)->change_project(kAuthor, asked.name, change_of(asked));
  if (!changed) return fail(changed.error());
  return print_projects(std::vector<catalog::Project>{std::move(*changed)});
}

// ---- setup ------------------------------------------------------------------------------------

int set_up(const config::Settings& settings) {
  const base::SystemClock clock;
  auto catalog = open_own_catalog(settings, clock, MissingFolder::Made);
  if (!catalog) return fail(catalog.error());
  const auto contents = (*catalog)->contents();
  if (!contents) return fail(contents.error());
  if (!contents->keys.empty()) {
    return fail(kExitBadInput,
                "there are keys already: `tidemark keys list` shows them, `tidemark keys create "
                "admin --all-projects` makes another admin key");
  }
  const auto admin = access::make_key(KeyKind::Admin);
  const auto writer = access::make_key(KeyKind::Write);
  auto added = (*catalog)->add_key(
      kAuthor, {.kind = KeyKind::Admin, .name = "setup", .digest = admin.digest});
  if (!added) return fail(added.error());
  added = (*catalog)->add_key(kAuthor, {.kind = KeyKind::Write,
                                        .project = event::ProjectId::Default,
                                        .name = "setup",
                                        .digest = writer.digest});
  if (!added) return fail(added.error());
  print(
      "The service is closed now. These keys are shown only once; keep them.\n\n"
      "admin key, for all projects:     {}\n"
      "write key, for project default:  {}\n\n"
      "Send an event:\n"
      "  curl -H 'Authorization: Bearer {}' -H 'Content-Type: application/json' \\\n"
      "    -d '{\"event_id\":\"1\",\"occurred_at\":\"2025-08-01T10:00:00Z\",\"user_id\":\"u\","
      "\"event_type\":\"hello\"}' http://{}:{}/events\n"
      "Ask:\n"
      "  curl -H 'Authorization: Bearer {}' "
      "http://{}:{}/stats/dau?from=2025-08-01\\&to=2025-08-01\n"
      "More keys and projects: tidemark keys --help, tidemark projects --help\n",
      admin.text, writer.text, writer.text, settings.host, settings.port, admin.text, settings.host,
      settings.port);
  return kExitOk;
}

void add_keys(CommandLine& commands) {
  const auto keys = commands.add("keys", "Makes, shows and revokes keys", {});
  keys.needs_one_below();
  auto asked = std::make_shared<Asked>();
  const auto create = commands.add_under(
      keys, "create", "Makes a key and prints it, once",
      [asked](const config::Loaded& loaded) { return create_key(loaded.settings, *asked); });
  create.option("kind", &asked->kind, "write, read or admin").required();
  create.option("--name", &asked->name, "What it is for");
  create.flag("--all-projects", asked->all_projects, "For every project; only admin keys");
  create.option("--expires", &asked->expires, "An instant after which the key is refused");
  create
      .option("--origin", &asked->origins,
              "Origin of a page that may send with it, such as https://app.example")
      .repeated();
  const auto list = commands.add_under(
      keys, "list", "Prints all keys, without their texts",
      [asked](const config::Loaded& loaded) { return list_keys(loaded.settings, *asked); });
  const auto revoke = commands.add_under(
      keys, "revoke", "Revokes a key by its number",
      [asked](const config::Loaded& loaded) { return revoke_key(loaded.settings, *asked); });
  revoke.option("id", &asked->id, "The number that `keys list` shows").required();
  const auto generate = commands.add_under(
      keys, "generate", "Prints a new key that no service knows yet (for admin_key)",
      [asked](const config::Loaded&) { return generate_key(*asked); });
  generate.option("kind", &asked->kind, "write, read or admin").required();
  for (const auto& command : {create, list, revoke}) {
    command.option("--url", &asked->url, "Ask this service instead of the data folder");
  }
}

void add_projects(CommandLine& commands) {
  const auto projects = commands.add("projects", "Shows, makes and changes projects", {});
  projects.needs_one_below();
  auto asked = std::make_shared<Asked>();
  const auto list = commands.add_under(
      projects, "list", "Prints all projects",
      [asked](const config::Loaded& loaded) { return list_projects(loaded.settings, *asked); });
  const auto create = commands.add_under(
      projects, "create", "Makes a project",
      [asked](const config::Loaded& loaded) { return create_project(loaded.settings, *asked); });
  const auto set = commands.add_under(
      projects, "set", "Changes settings of a project; what is not given stays",
      [asked](const config::Loaded& loaded) { return set_project(loaded.settings, *asked); });
  for (const auto& command : {create, set}) {
    command.option("name", &asked->name, "1 to 64 of a-z, 0-9 and -, first a letter").required();
    command.option("--title", &asked->title, "For people");
    command.option("--zone", &asked->timezone, "IANA zone of its days where a question names none");
  }
  for (const auto& command : {list, create, set}) {
    command.option("--url", &asked->url, "Ask this service instead of the data folder");
  }
}

}  // namespace

void add_access(CommandLine& commands) {
  commands.add("setup", "Makes the first keys, which closes the service to everybody else",
               [](const config::Loaded& loaded) { return set_up(loaded.settings); });
  add_keys(commands);
  add_projects(commands);
}

}  // namespace tidemark::app
