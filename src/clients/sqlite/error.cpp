#include "clients/sqlite/error.hpp"

#include <string>

#include <sqlite3.h>

namespace tidemark::clients::sqlite {
namespace {

using base::ErrorCode;

/// What a code means, and what is said before the library's own words.
struct Meaning {
  ErrorCode code = ErrorCode::Unavailable;
  std::string_view said = {};
};

Meaning meaning_of_constraint(int code) {
  if (code == SQLITE_CONSTRAINT_NOTNULL || code == SQLITE_CONSTRAINT_CHECK) {
    return {.code = ErrorCode::InvalidInput};
  }
  return {.code = ErrorCode::Conflict};
}

Meaning meaning_of(int code) {
  constexpr int kPrimary = 0xff;  // the rest tells more of the same
  switch (code & kPrimary) {
    case SQLITE_CONSTRAINT:
      return meaning_of_constraint(code);
    case SQLITE_CORRUPT:
    case SQLITE_FORMAT:
      return {ErrorCode::Corrupt,
              "the file is damaged: put it aside and restore it from a backup: "};
    case SQLITE_NOTADB:
      return {ErrorCode::Corrupt,
              "the file is not a database of SQLite: put it aside, or restore it from a backup: "};
    case SQLITE_TOOBIG:
      return {.code = ErrorCode::TooLarge};
    case SQLITE_NOMEM:
      return {.code = ErrorCode::Overloaded};
    case SQLITE_RANGE:
    case SQLITE_MISMATCH:
    case SQLITE_MISUSE:
      return {.code = ErrorCode::InvalidInput};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::Unavailable,
              "another process is changing the database, and did not let go in time: try again: "};
    case SQLITE_FULL:
      return {ErrorCode::Unavailable,
              "there is no room left (the disk is full, or the file has reached its bound): "};
    case SQLITE_CANTOPEN:
      return {ErrorCode::Unavailable,
              "the file cannot be opened: its folder must be there, and this user must be allowed "
              "to write both: "};
    case SQLITE_READONLY:
      return {ErrorCode::Unavailable,
              "the file cannot be written: it is read-only, or was moved while it was open: "};
    case SQLITE_IOERR:
      return {ErrorCode::Unavailable, "the disk does not work: "};
    default:
      return {};
  }
}

}  // namespace

base::Error error_from(int code, std::string_view message) {
  const auto meaning = meaning_of(code);
  if (message.empty()) message = sqlite3_errstr(code);
  return base::Error::foreign(meaning.code, std::string(meaning.said) + std::string(message));
}

}  // namespace tidemark::clients::sqlite
