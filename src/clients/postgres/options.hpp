#pragma once

/// The address of a PostgreSQL, and how long it may take.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace tidemark::clients::postgres {

/// What a server must be able to do. If a URL has several addresses, unsuitable servers are
/// skipped; if none is suitable, opening fails and tells the state of each.
enum class Needs : std::uint8_t {
  Anything,
  Primary,  ///< not a standby, because its answers may be outdated without any bound
  Writes,   ///< a primary whose sessions may write
};

/// A setting of a session, such as `enable_seqscan`. The value is an SQL expression: `'off'`.
struct Setting {
  std::string name;
  std::string value;
};

/// A time of zero means no bound.
struct Options {
  /// `postgres://user:password@host:port/database?sslmode=…`, as libpq reads it; parts that it
  /// lacks come from libpq's environment (PGPASSFILE and the like).
  std::string url;
  std::string application_name = "tidemark";  ///< unless the URL names one
  /// For one address; libpq counts whole seconds, at least 2.
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds statement_timeout{30'000};
  std::chrono::milliseconds lock_timeout{10'000};
  /// How long beyond `statement_timeout` the client waits for an answer. The server answers in time
  /// unless it, or the network between, is dead. After that the connection is given up.
  std::chrono::milliseconds answer_grace{5'000};
  /// If there are several addresses, it overrides `target_session_attrs` of the URL.
  Needs needs = Needs::Anything;
  /// In addition to the settings that every session of ours has.
  std::vector<Setting> settings = {};
  /// After this time a connection is not `usable` any more, so that a caller that keeps one finds
  /// out where its address leads by now, even if the former server still exists.
  std::chrono::milliseconds age_max{300'000};
};

/// The URL for display: without its password, and without passwords in its parameters.
std::string printable(const std::string& url);

/// InvalidInput if libpq cannot read the URL; the message does not repeat it.
base::Status check_url(const std::string& url);

}  // namespace tidemark::clients::postgres
