#include "app/wiring/entrance.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "access/key_text.hpp"
#include "app/wiring/server_profile.hpp"
#include "app/wiring/setting_checks.hpp"
#include "catalog/postgres_database.hpp"
#include "catalog/sqlite_database.hpp"
#include "telemetry/log.hpp"

namespace tidemark::app {
namespace {

/// The name of the key that the setting admin_key makes.
constexpr std::string_view kSettingKeyName = "setting admin_key";
/// Shorter texts can be guessed. A key of ours has 53 characters, `openssl rand -hex 32` gives 64.
constexpr std::size_t kOwnKeyMin = 32;
constexpr std::size_t kOwnKeyMax = 200;

base::Result<std::unique_ptr<catalog::Database>> open_database(const config::Settings& settings) {
  if (is_server_profile(settings)) {
    return catalog::PostgresDatabase::open(
        ledger_options(settings, clients::postgres::Needs::Writes));
  }
  return catalog::SqliteDatabase::open(std::filesystem::path(settings.data_dir) /
                                       catalog::kSqliteFile);
}

base::Status check_own_key(const std::string& text) {
  const auto kind = access::kind_of(text);
  const bool is_ours = kind == catalog::KeyKind::Admin && access::is_well_formed(text);
  const bool is_plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
  const bool is_long = text.size() >= kOwnKeyMin && text.size() <= kOwnKeyMax;
  if (is_ours || (!kind && is_plain && is_long)) return base::ok;
  return base::Error{
      base::ErrorCode::InvalidInput,
      "the setting admin_key is not an admin key: expected a key that `tidemark keys "
      "generate` prints (tma_…), or 32 to 200 visible characters that nobody can "
      "guess, such as `openssl rand -hex 32` prints"};
}

/// Puts the key of the setting in force, and the one that it replaces out of force.
base::Status apply_own_key(catalog::Catalog& catalog, const std::string& text) {
  if (auto good = check_own_key(text); !good) return good;
  const auto contents = catalog.contents();
  if (!contents) return contents.error();
  const auto digest = access::digest_of(text);
  const catalog::Author author{.who = std::string(kSettingKeyName)};
  bool is_there = false;
  for (const catalog::Key& key : contents->keys) {
    if (access::same(key.digest, digest)) {
      is_there = true;
      if (!key.revoked_at) continue;
      telemetry::warning("the key in the setting admin_key was revoked, and stays so",
                         {{"key", static_cast<std::int64_t>(key.id)}});
    } else if (key.name == kSettingKeyName && !key.revoked_at) {
      if (auto revoked = catalog.revoke_key(author, key.id); !revoked) return revoked.error();
    }
  }
  if (is_there) return base::ok;
  auto added = catalog.add_key(
      author,
      {.kind = catalog::KeyKind::Admin, .name = std::string(kSettingKeyName), .digest = digest});
  // Another process of the same service may have been quicker.
  if (!added && added.error().code() != base::ErrorCode::Conflict) return added.error();
  return base::ok;
}

void tell_state(const base::Status& state) {
  if (state) {
    telemetry::info("the catalog can be read again", {});
  } else {
    telemetry::warning("the catalog cannot be read; what was known of it last stays in force",
                       {{"reason", std::string_view(state.error().message())}});
  }
}

}  // namespace

base::Result<std::unique_ptr<catalog::Catalog>> open_catalog(const config::Settings& settings,
                                                             const base::Clock& clock) {
  auto database = open_database(settings);
  if (!database) return database.error().while_doing("opening the catalog");
  auto catalog = catalog::Catalog::open(std::move(*database), clock);
  if (!catalog) return catalog.error().while_doing("opening the catalog");
  return catalog;
}

base::Result<std::unique_ptr<Entrance>> Entrance::open(const config::Settings& settings,
                                                       const base::Clock& clock,
                                                       telemetry::Metrics& metrics) {
  std::unique_ptr<Entrance> self(new Entrance);
  auto catalog = open_catalog(settings, clock);
  if (!catalog) return catalog.error();
  self->catalog_ = std::move(*catalog);
  if (!settings.admin_key.empty()) {
    if (auto applied = apply_own_key(*self->catalog_, settings.admin_key); !applied) {
      return applied.error();
    }
  }
  auto directory = access::Directory::open(*self->catalog_, {.on_state = tell_state});
  if (!directory) return directory.error();
  self->directory_ = std::move(*directory);
  const auto own = access::make_key(catalog::KeyKind::Admin);
  self->own_key_ = own.text;
  self->gate_ = std::make_unique<access::Gatekeeper>(
      *self->directory_, clock, metrics,
      access::GateOptions{.allowed_hosts = list_of(settings.allowed_hosts),
                          .origins = list_of(settings.cors_origins),
                          .own_key = own.digest});
  return self;
}

base::Status Entrance::check_address(const std::string& host, bool open_in_words) const {
  if (is_closed() || open_in_words || is_loopback(host)) return base::ok;
  return base::Error{
      base::ErrorCode::InvalidInput,
      "there is no key yet, so everybody who can reach " + host +
          " could read and change everything: make the first key with `tidemark setup`, or set "
          "TIDEMARK_ADMIN_KEY, or listen on 127.0.0.1; --open starts without keys all the same"};
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace tidemark::app
