// tidemark migrate: the schema of the database.

#include <utility>

#include "app/commands/command_line.hpp"
#include "app/commands/print.hpp"
#include "app/wiring/server_profile.hpp"
#include "catalog/catalog.hpp"
#include "catalog/postgres_database.hpp"
#include "event/timestamp.hpp"
#include "ledger/postgres/migrations.hpp"

namespace tidemark::app {
namespace {

base::Status require_ledger(const config::Settings& settings) {
  if (settings.ledger != "local") return base::ok;
  return base::Error{
      base::ErrorCode::InvalidInput,
      "the setting ledger is local, and a local ledger has no schema: expected postgres://…"};
}

int up(const config::Settings& settings) {
  if (auto named = require_ledger(settings); !named) return fail(named.error());
  const auto applied =
      ledger::postgres::migrate_up(ledger_options(settings, clients::postgres::Needs::Writes));
  if (!applied) return fail(kExitCannotWork, applied.error().message());
  // The catalog has steps of its own, which it applies when it is opened.
  const base::SystemClock clock;
  auto database =
      catalog::PostgresDatabase::open(ledger_options(settings, clients::postgres::Needs::Writes));
  if (!database) return fail(kExitCannotWork, database.error().message());
  const auto catalog = catalog::Catalog::open(std::move(*database), clock);
  if (!catalog) return fail(kExitCannotWork, catalog.error().message());
  print("applied {} of {} migrations\n", *applied, ledger::postgres::migrations().size());
  return kExitOk;
}

int status(const config::Settings& settings) {
  if (auto named = require_ledger(settings); !named) return fail(named.error());
  auto connection = clients::postgres::Connection::open(
      ledger_options(settings, clients::postgres::Needs::Anything));
  if (!connection) return fail(kExitCannotWork, connection.error().message());
  const auto states = ledger::postgres::migration_status(*connection);
  if (!states) return fail(kExitCannotWork, states.error().message());
  bool all = true;
  for (const auto& state : *states) {
    all = all && state.is_applied;
    print("{}  {}  {}\n", state.version, state.name,
          state.is_applied ? "applied " + event::to_string(state.applied_at) : "missing");
  }
  return all ? kExitOk : kExitBadInput;
}

}  // namespace

void add_migrate(CommandLine& commands) {
  const auto parent =
      commands.add("migrate", "Shows or updates the schema of the database (server profile)", {});
  parent.needs_one_below();
  commands.add_under(parent, "up", "Applies missing migrations; harmless to repeat",
                     [](const config::Loaded& loaded) { return up(loaded.settings); });
  commands.add_under(parent, "status", "Prints each migration; exits with 1 if one is missing",
                     [](const config::Loaded& loaded) { return status(loaded.settings); });
}

}  // namespace tidemark::app
