#include "clients/duckdb/database.hpp"

#include <thread>
#include <utility>

#include "base/this_thread.hpp"
#include "clients/duckdb/error.hpp"
#include "clients/duckdb/library.hpp"

namespace tidemark::clients::duckdb {
namespace {

base::Result<Handle> open_with(duckdb_config config) {
  duckdb_database database = nullptr;
  char* text = nullptr;
  if (duckdb_open_ext(nullptr, &database, config, &text) != DuckDBSuccess) {
    auto error = error_from(text).while_doing("starting DuckDB");
    duckdb_free(text);
    return error;
  }
  return Handle(database, [](void* given) {
    auto taken = static_cast<duckdb_database>(given);
    duckdb_close(&taken);
  });
}

base::Result<Handle> open_nicely(duckdb_config config, int nice) {
  if (nice == 0) return open_with(config);
  // The library's threads inherit how nice the one is that starts them; and one's own niceness
  // cannot be taken back without privileges. So one is started for this alone.
  base::Result<Handle> opened = base::Error(base::ErrorCode::Unavailable, "not started");
  std::thread starter([&] {
    base::be_nice(nice);
    opened = open_with(config);
  });
  starter.join();
  return opened;
}

}  // namespace

base::Result<std::unique_ptr<Database>> Database::open(const Options& options) {
  duckdb_config config = nullptr;
  if (duckdb_create_config(&config) != DuckDBSuccess) {
    return base::Error(base::ErrorCode::Unavailable, "starting DuckDB: no configuration");
  }
  const auto memory = std::to_string(options.memory_bytes_max) + "B";
  const auto threads = std::to_string(options.threads == 0 ? 1 : options.threads);
  const std::pair<const char*, std::string> settings[] = {
      {"memory_limit", memory},
      {"threads", threads},
      {"temp_directory", options.temporary_folder.string()},
      {"preserve_insertion_order", options.preserve_order ? "true" : "false"},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      // A damaged file can trip the library over its own checks, after which it would answer
      // nothing more. What it protects are tables, and there are none: it reads files, in memory.
      {"disable_database_invalidation", "true"},
  };
  const char* refused = nullptr;
  for (const auto& [name, value] : settings) {
    if (duckdb_set_config(config, name, value.c_str()) != DuckDBSuccess) refused = name;
  }
  auto opened = open_nicely(config, options.nice);
  duckdb_destroy_config(&config);
  if (refused != nullptr) {
    return base::Error(base::ErrorCode::Unavailable,
                       std::string("starting DuckDB: it does not know the setting ") + refused);
  }
  if (!opened) return opened.error();

  std::unique_ptr<Database> database(new Database(std::move(*opened)));
  auto connection = database->connect();
  if (!connection) return connection.error();
  // No answer depends on the machine's zone.
  const std::string cache = options.cache_files ? "true" : "false";
  auto set =
      connection->run("SET GLOBAL TimeZone = 'UTC'; SET GLOBAL parquet_metadata_cache = " + cache +
                      "; SET GLOBAL enable_external_file_cache = " + cache);
  if (!set) return set.error().while_doing("starting DuckDB");
  return database;
}

base::Result<Connection> Database::connect() {
  duckdb_connection connection = nullptr;
  auto* database = static_cast<duckdb_database>(database_.get());
  if (duckdb_connect(database, &connection) != DuckDBSuccess) {
    return base::Error(base::ErrorCode::Unavailable, "DuckDB takes no connection");
  }
  return Connection(Handle(connection, [](void* given) {
    auto taken = static_cast<duckdb_connection>(given);
    duckdb_disconnect(&taken);
  }));
}

std::string library_version() { return duckdb_library_version(); }

std::string sql_file(const std::filesystem::path& file) {
  const std::string name = file.string();
  // In a pattern the library takes a backslash for a slash. If a pattern matches nothing, the
  // library finally takes it for a name.
  if (name.find('\\') != std::string::npos) return sql_text(name);
  std::string pattern;
  for (const char letter : name) {
    const bool stands_for_others = letter == '*' || letter == '?' || letter == '[';
    pattern += stands_for_others ? std::string{'[', letter, ']'} : std::string(1, letter);
  }
  return sql_text(pattern);
}

std::string sql_text(std::string_view text) {
  std::string sql = "'";
  for (const char letter : text) {
    if (letter == '\'') sql += '\'';
    sql += letter;
  }
  return sql += '\'';
}

}  // namespace tidemark::clients::duckdb
