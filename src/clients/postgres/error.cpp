#include "clients/postgres/error.hpp"

#include <array>
#include <string>

namespace tidemark::clients::postgres {
namespace {

using base::ErrorCode;

struct Meaning {
  std::string_view state;  ///< a whole SQLSTATE, or the two letters of its class
  ErrorCode code;
  std::string_view said = {};  ///< before what the server says
};

// The first that fits counts.
constexpr std::array kMeanings{
    Meaning{"22P04", ErrorCode::Unavailable},  // COPY's own format: a bug of ours or a cut stream
    Meaning{"22", ErrorCode::InvalidInput},
    Meaning{"23502", ErrorCode::InvalidInput},  // not null
    Meaning{"23514", ErrorCode::InvalidInput},  // check; also: no partition for the row
    Meaning{"23", ErrorCode::Conflict},
    Meaning{
        "25006", ErrorCode::Unavailable,
        "PostgreSQL accepts no writes (it is a standby, or default_transaction_read_only is on): "},
    Meaning{"28", ErrorCode::Unavailable, "PostgreSQL refuses the login: "},
    Meaning{"3D000", ErrorCode::Unavailable, "the database does not exist: "},
    Meaning{"40P01", ErrorCode::Conflict, "the transaction conflicts with another one: "},
    Meaning{"40", ErrorCode::Unavailable, "the transaction conflicts with another one: "},
    Meaning{"42", ErrorCode::Unavailable,
            "the schema of the database is not the one that this program expects (run `tidemark "
            "migrate up`): "},
    Meaning{"53100", ErrorCode::Unavailable, "PostgreSQL's disk is full: "},
    Meaning{"53", ErrorCode::Overloaded},
    Meaning{"54", ErrorCode::TooLarge},
    Meaning{"55P03", ErrorCode::TimedOut, "a lock could not be taken in time: "},
    Meaning{"57014", ErrorCode::TimedOut},
    Meaning{"57P", ErrorCode::Unavailable, "PostgreSQL is stopping or starting: "},
    Meaning{"XX001", ErrorCode::Corrupt},
    Meaning{"XX002", ErrorCode::Corrupt},
};

// The text after the first line guesses at reasons, or is about other addresses of a host.
std::string first_line(std::string_view message) {
  return std::string(message.substr(0, message.find('\n')));
}

}  // namespace

base::Error error_from(std::string_view sqlstate, std::string_view message) {
  if (message.empty()) message = "PostgreSQL gave no reason";
  if (sqlstate.empty()) return base::Error::foreign(ErrorCode::Unavailable, first_line(message));
  for (const auto& meaning : kMeanings) {
    if (!sqlstate.starts_with(meaning.state)) continue;
    return base::Error::foreign(meaning.code, std::string(meaning.said) + first_line(message));
  }
  return base::Error::foreign(ErrorCode::Unavailable, first_line(message));
}

bool tells_of_wrong_server(std::string_view sqlstate) {
  return sqlstate == "25006" ||        // read-only, also: "cannot … during recovery"
         sqlstate == "55000" ||        // "recovery is in progress"
         sqlstate.starts_with("57P");  // stopping, starting, crashed, its database dropped
}

}  // namespace tidemark::clients::postgres
