#include "clients/sqlite/connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <sqlite3.h>
#include <sys/stat.h>

#include "clients/sqlite/error.hpp"

namespace tidemark::clients::sqlite {
namespace {

using base::Error;
using base::ErrorCode;

constexpr int kPageBytes = 4'096;  // the library's choice for a new file

// Of the two journals the one that is rolled back. With it a catalog at rest is one file, so that a
// copy of it is complete and works anywhere, while a write-ahead log is a second file that belongs
// to it, and shares memory between processes, which not every file system can. What the other would
// be faster at, many changes, a catalog does not see. EXTRA is FULL, and also syncs the folder
// after the journal was removed, which is the commit: with FULL alone a power cut could bring the
// journal back, and take back a change that was answered.
constexpr const char* kDurable = "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA";
constexpr const char* kStrict =
    "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON";

sqlite3* raw(void* handle) { return static_cast<sqlite3*>(handle); }

Error error_of(sqlite3* database) {
  return error_from(sqlite3_extended_errcode(database), sqlite3_errmsg(database));
}

/// Makes an empty file, which is an empty database. Never by open and close: these would take back
/// the locks that another connection of this process may have got in between.
base::Status make_file(const std::filesystem::path& file) {
  constexpr mode_t kOfItsUser = 0600;
  if (::mknod(file.c_str(), S_IFREG | kOfItsUser, 0) == 0 || errno == EEXIST) return base::ok;
  const auto reason = std::error_code(errno, std::generic_category()).message();
  return Error::foreign(ErrorCode::Unavailable,
                        "the file cannot be made: its folder must be there, and this user must be "
                        "allowed to write it: " +
                            reason);
}

/// A statement that was compiled, until it goes.
class Statement {
 public:
  static base::Result<Statement> prepare(sqlite3* database, const std::string& sql) {
    sqlite3_stmt* compiled = nullptr;
    const char* rest = nullptr;
    const int length = static_cast<int>(sql.size()) + 1;
    const int code = sqlite3_prepare_v2(database, sql.c_str(), length, &compiled, &rest);
    Statement statement(database, compiled);
    if (code != SQLITE_OK) return error_of(database);
    const std::string_view behind = rest;
    if (compiled == nullptr || behind.find_first_not_of(" \n;") != std::string_view::npos) {
      return Error(ErrorCode::InvalidInput, "expected exactly one statement");
    }
    return statement;
  }

  base::Status bind(std::span<const Value> values) {
    if (sqlite3_bind_parameter_count(compiled_.get()) != static_cast<int>(values.size())) {
      return Error(ErrorCode::InvalidInput, "the statement takes another number of values than " +
                                                std::to_string(values.size()));
    }
    for (std::size_t at = 0; at < values.size(); ++at) {
      const auto name = "$" + std::to_string(at + 1);
      const int place = sqlite3_bind_parameter_index(compiled_.get(), name.c_str());
      if (place == 0) return Error(ErrorCode::InvalidInput, "the statement has no " + name);
      if (bind_one(place, values[at]) != SQLITE_OK) return error_of(database_);
    }
    return base::ok;
  }

  base::Result<Rows> rows() {
    Rows rows;
    for (;;) {
      const int code = sqlite3_step(compiled_.get());
      if (code == SQLITE_DONE) return rows;
      if (code != SQLITE_ROW) return error_of(database_);
      auto row = read_row();
      if (!row) return row.error();
      rows.push_back(std::move(*row));
    }
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* compiled) const { sqlite3_finalize(compiled); }
  };

  Statement(sqlite3* database, sqlite3_stmt* compiled) : database_(database), compiled_(compiled) {}

  // The values outlive the statement's run, so nothing is copied.
  int bind_one(int place, const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      return sqlite3_bind_int64(compiled_.get(), place, *number);
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
      return sqlite3_bind_text64(compiled_.get(), place, text->data(), text->size(), SQLITE_STATIC,
                                 SQLITE_UTF8);
    }
    return sqlite3_bind_null(compiled_.get(), place);
  }

  base::Result<Row> read_row() {
    Row row;
    const int columns = sqlite3_column_count(compiled_.get());
    row.reserve(static_cast<std::size_t>(columns));
    for (int at = 0; at < columns; ++at) {
      auto value = read_value(at);
      if (!value) {
        return Error(ErrorCode::Corrupt,
                     "a value is neither a whole number nor text: somebody else has written it");
      }
      row.push_back(std::move(*value));
    }
    return row;
  }

  std::optional<Value> read_value(int column) {
    switch (sqlite3_column_type(compiled_.get(), column)) {
      case SQLITE_NULL:
        return Value{};
      case SQLITE_INTEGER:
        return Value{std::int64_t{sqlite3_column_int64(compiled_.get(), column)}};
      case SQLITE_TEXT: {
        // The text first: asking for it may change its length.
        const void* text = sqlite3_column_text(compiled_.get(), column);
        const int bytes = sqlite3_column_bytes(compiled_.get(), column);
        return Value{std::string(static_cast<const char*>(text), static_cast<std::size_t>(bytes))};
      }
      default:
        return std::nullopt;
    }
  }

  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> compiled_;
};

/// Nothing in the file may make the library do more than read and write this file.
void close_doors(sqlite3* database) {
  constexpr std::array kClosed{SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, SQLITE_DBCONFIG_DQS_DDL,
                               SQLITE_DBCONFIG_DQS_DML};
  // Both are set through `...`; neither can fail where the library knows the option.
  for (const int option : kClosed) sqlite3_db_config(database, option, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
}

}  // namespace

base::Result<Connection> Connection::open(const std::filesystem::path& file,
                                          const Options& options) {
  const auto doing = "opening " + file.string();
  if (auto made = make_file(file); !made) return made.error().while_doing(doing);
  std::error_code ignored;
  const auto whole = std::filesystem::absolute(file, ignored);  // "file:…" is no address then
  sqlite3* opened = nullptr;
  constexpr int kHow = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                       SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(whole.c_str(), &opened, kHow, nullptr);
  Connection connection(Handle(opened, [](void* handle) { sqlite3_close_v2(raw(handle)); }));
  if (code != SQLITE_OK) {
    return (opened != nullptr ? error_of(opened) : error_from(code, "")).while_doing(doing);
  }
  if (auto set = connection.set_up(options); !set) return set.error().while_doing(doing);
  return connection;
}

base::Status Connection::set_up(const Options& options) {
  sqlite3* database = raw(handle_.get());
  close_doors(database);
  sqlite3_busy_timeout(database, static_cast<int>(options.busy_timeout.count()));
  // Where it may not write, the library opens for reading without a word.
  if (sqlite3_db_readonly(database, "main") != 0) {
    return error_from(SQLITE_READONLY, "this user may only read it");
  }
  const auto pages = std::max<std::int64_t>(options.file_bytes_max / kPageBytes, 1);
  // The first of these that reads the file finds out whether it is a database.
  for (const auto& sql : {std::string(kStrict), std::string(kDurable),
                          "PRAGMA max_page_count = " + std::to_string(pages)}) {
    if (auto done = run(sql); !done) return done.error();
  }
  return base::ok;
}

base::Result<Rows> Connection::exec(const std::string& sql, std::span<const Value> values) {
  auto statement = Statement::prepare(raw(handle_.get()), sql);
  if (!statement) return statement.error();
  if (auto bound = statement->bind(values); !bound) return bound.error();
  return statement->rows();
}

base::Status Connection::run(const std::string& sql) {
  if (sqlite3_exec(raw(handle_.get()), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return error_of(raw(handle_.get()));
  }
  return base::ok;
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(raw(handle_.get())) == 0; }

}  // namespace tidemark::clients::sqlite
