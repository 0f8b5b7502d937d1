#pragma once

/// Where a PostgreSQL is, and how long it may take.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace tidemark::clients::postgres {

/// What a server must be able to do to be talked to. The others of a URL with several addresses are
/// passed over; where none fits, opening fails, and says what each is.
enum class Needs : std::uint8_t {
  Anything,
  Primary,  ///< no standby: what it answers may be of the past, and for as long as one looks
  Writes,   ///< a primary whose sessions may write
};

/// Of a session, such as `enable_seqscan`. The value is an expression of SQL: `'off'`.
struct Setting {
  std::string name;
  std::string value;
};

/// A time of zero means no bound.
struct Options {
  /// `postgres://user:password@host:port/database?sslmode=…`, as libpq reads it; what it leaves out
  /// comes from libpq's environment (PGPASSFILE and the like).
  std::string url;
  std::string application_name = "tidemark";  ///< unless the URL names one
  /// Of one address; libpq counts whole seconds, at least 2.
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds statement_timeout{30'000};
  std::chrono::milliseconds lock_timeout{10'000};
  /// How long beyond `statement_timeout` an answer is waited for, which the server gives in time
  /// unless it, or the network between, is dead. After it the connection is given up.
  std::chrono::milliseconds answer_grace{5'000};
  /// With several addresses it goes before what the URL says in `target_session_attrs`.
  Needs needs = Needs::Anything;
  /// Beside what every session of ours has.
  std::vector<Setting> settings = {};
  /// After it a connection is not `usable` any more: whoever keeps one finds out where its address
  /// leads by now, even if the server it led to before is still there.
  std::chrono::milliseconds age_max{300'000};
};

/// The URL as it may be shown: without its password, and without those in its parameters.
std::string printable(const std::string& url);

/// InvalidInput where libpq cannot read the URL; the text does not repeat it.
base::Status check_url(const std::string& url);

}  // namespace tidemark::clients::postgres
