#include "clients/postgres/link.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <string_view>

#include <poll.h>
#include <sys/socket.h>

#include "base/check.hpp"
#include "clients/postgres/error.hpp"

namespace tidemark::clients::postgres {
namespace {

constexpr std::chrono::milliseconds kConnectTimeoutMin{2'000};  // what libpq makes of less

void hand_on(void* handler, const char* message) {
  const auto& notices = *static_cast<NoticeHandler*>(handler);
  if (!notices) return;
  std::string_view line = message;
  while (line.ends_with('\n')) line.remove_suffix(1);
  notices(line);
}

const char* session_for(Needs needs) {
  switch (needs) {
    case Needs::Anything:
      return "";  // whatever the URL says
    case Needs::Primary:
      return "primary";
    case Needs::Writes:
      return "read-write";
  }
  return "";
}

PGconn* connect(const Options& options) {
  struct Setting {
    const char* name;
    std::string value;
  };
  // Of several servers the library skips unsuitable ones, by what each reports about its session.
  // What a pooler reports may be outdated, so behind a pooler the server itself is asked
  // (Connection::open).
  const bool has_several = options.url.find(',') != std::string::npos;
  const auto patience = std::max(options.connect_timeout, kConnectTimeoutMin);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(patience).count();
  // The URL may override parameters before `dbname`, but not those after it. A peer that goes away
  // silently is noticed within half a minute.
  const std::array settings{
      Setting{"fallback_application_name", options.application_name},
      Setting{"connect_timeout",
              options.connect_timeout.count() == 0 ? "0" : std::to_string(seconds)},
      Setting{"keepalives_idle", "10"},
      Setting{"keepalives_interval", "5"},
      Setting{"keepalives_count", "3"},
      Setting{"tcp_user_timeout", "25000"},
      Setting{"dbname", options.url},
      Setting{"client_encoding", "UTF8"},
      Setting{"target_session_attrs", has_several ? session_for(options.needs) : ""},
  };
  std::array<const char*, settings.size() + 1> names{};
  std::array<const char*, settings.size() + 1> values{};
  for (std::size_t at = 0; at < settings.size(); ++at) {
    names.at(at) = settings.at(at).name;
    values.at(at) = settings.at(at).value.c_str();
  }
  constexpr int kExpandUrl = 1;
  return PQconnectdbParams(names.data(), values.data(), kExpandUrl);
}

/// For each address, what is wrong with it; the guesses that the library adds begin with a tab.
std::string all_reasons(std::string_view message) {
  constexpr std::size_t kBytesMax = 500;
  std::string reasons;
  while (!message.empty() && reasons.size() < kBytesMax) {
    const auto line = message.substr(0, message.find('\n'));
    message.remove_prefix(std::min(line.size() + 1, message.size()));
    if (line.empty() || line.starts_with('\t')) continue;
    if (!reasons.empty()) reasons += "; ";
    reasons += line;
    if (line.ends_with("session is read-only")) {
      reasons += " (a standby, or default_transaction_read_only)";
    }
  }
  return reasons.substr(0, kBytesMax);
}

std::string_view state_of(const Handle& result) {
  const char* state = PQresultErrorField(result_of(result), PG_DIAG_SQLSTATE);
  return state != nullptr ? state : "";
}

int left_of(const std::optional<std::chrono::steady_clock::time_point>& until) {
  if (!until) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(*until - std::chrono::steady_clock::now());
  return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

}  // namespace

PGresult* result_of(const Handle& handle) { return static_cast<PGresult*>(handle.get()); }

bool is_failure(const Handle& result) {
  switch (PQresultStatus(result_of(result))) {
    case PGRES_FATAL_ERROR:
    case PGRES_BAD_RESPONSE:
    case PGRES_PIPELINE_ABORTED:
      return true;
    default:
      return false;
  }
}

base::Error error_of(const Handle& result) {
  const auto* raw = result_of(result);
  // Only the primary message of the server: its DETAIL may contain what somebody has sent.
  const char* message = PQresultErrorField(raw, PG_DIAG_MESSAGE_PRIMARY);
  if (message == nullptr) message = PQresultErrorMessage(raw);
  return error_from(state_of(result), message != nullptr ? message : "");
}

base::Result<std::unique_ptr<Link>> Link::open(const Options& options, NoticeHandler notices) {
  if (auto readable = check_url(options.url); !readable) return readable.error();
  PGconn* raw = connect(options);
  if (raw == nullptr)
    return base::Error(base::ErrorCode::Overloaded, "not enough memory to connect");
  std::unique_ptr<Link> link(new Link(raw, options, std::move(notices)));
  if (PQstatus(raw) != CONNECTION_OK) {
    return error_from("", all_reasons(PQerrorMessage(raw))).while_doing("connecting to PostgreSQL");
  }
  if (PQsetnonblocking(raw, 1) != 0) return link->error();
  return link;
}

Link::Link(PGconn* raw, const Options& options, NoticeHandler notices)
    : raw_(raw),
      needs_(options.needs),
      made_anew_at_(options.age_max.count() == 0
                        ? std::chrono::steady_clock::time_point::max()
                        : std::chrono::steady_clock::now() + options.age_max),
      answer_time_(options.statement_timeout.count() == 0
                       ? std::chrono::milliseconds(0)
                       : options.statement_timeout + options.answer_grace),
      notices_(std::move(notices)) {
  assert(raw_ != nullptr);
  PQsetNoticeProcessor(raw_, hand_on, &notices_);
}

Link::~Link() { PQfinish(raw_); }

base::Error Link::error() const { return error_from("", PQerrorMessage(raw_)); }

// What the server reports unasked about its session, since version 14.
bool Link::meets_needs() const {
  const auto is_on = [this](const char* parameter) {
    const char* value = PQparameterStatus(raw_, parameter);
    return value != nullptr && std::string_view(value) == "on";
  };
  if (needs_ != Needs::Anything && is_on("in_hot_standby")) return false;
  return needs_ != Needs::Writes || !is_on("default_transaction_read_only");
}

bool Link::usable() const {
  if (given_up_ || is_of_no_use_ || PQstatus(raw_) != CONNECTION_OK) return false;
  if (!meets_needs() || std::chrono::steady_clock::now() >= made_anew_at_) return false;
  if (PQtransactionStatus(raw_) != PQTRANS_IDLE) return false;
  if (PQpipelineStatus(raw_) != PQ_PIPELINE_OFF) return false;
  // A server that says something unasked is most likely saying goodbye.
  pollfd socket{.fd = PQsocket(raw_), .events = POLLIN, .revents = 0};
  return ::poll(&socket, 1, 0) == 0;
}

base::Status Link::check_sent(int sent) {
  if (given_up_) {
    return base::Error(base::ErrorCode::Unavailable, "the connection to PostgreSQL was given up");
  }
  if (sent == 0) return error();
  return base::ok;
}

Link::Deadline Link::deadline() const {
  if (answer_time_.count() == 0) return std::nullopt;
  return std::chrono::steady_clock::now() + answer_time_;
}

base::Status Link::wait(short events, const Deadline& until) {
  pollfd socket{.fd = PQsocket(raw_), .events = events, .revents = 0};
  int ready = -1;
  do {
    errno = 0;
    ready = ::poll(&socket, 1, left_of(until));
  } while (ready < 0 && errno == EINTR);
  if (ready > 0) return base::ok;
  given_up_ = true;
  ::shutdown(PQsocket(raw_), SHUT_RDWR);
  return base::Error(
      base::ErrorCode::Unavailable,
      "PostgreSQL did not answer for " + std::to_string(answer_time_.count()) + " ms");
}

base::Status Link::flush_until(const Deadline& until) {
  for (;;) {
    const int left = PQflush(raw_);
    if (left == 0) return base::ok;
    if (left < 0) return error();
    // A server that cannot write cannot read: what it has to say is taken meanwhile.
    if (auto ready = wait(POLLIN | POLLOUT, until); !ready) return ready.error();
    if (PQconsumeInput(raw_) == 0) return error();
  }
}

base::Status Link::flush() { return flush_until(deadline()); }

base::Result<Handle> Link::next() {
  if (given_up_) return check_sent(0).error();
  const auto until = deadline();
  // Where sending fails, the reason may have come before.
  if (auto sent = flush_until(until); !sent && given_up_) return sent.error();
  while (PQisBusy(raw_) != 0) {
    if (auto ready = wait(POLLIN, until); !ready) return ready.error();
    if (PQconsumeInput(raw_) == 0) break;  // PQgetResult tells it as a failed result
  }
  Handle result(PQgetResult(raw_), [](void* kept) { PQclear(static_cast<PGresult*>(kept)); });
  // Another connection may lead to a server that can.
  if (result != nullptr && is_failure(result) && tells_of_wrong_server(state_of(result))) {
    is_of_no_use_ = true;
  }
  return result;
}

base::Result<std::size_t> Link::copied(char*& message) {
  if (given_up_) return check_sent(0).error();
  constexpr int kAtOnce = 1;
  const auto until = deadline();
  for (;;) {
    const int got = PQgetCopyData(raw_, &message, kAtOnce);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == -1) return std::size_t{0};
    if (got < 0) return error();
    if (auto ready = wait(POLLIN, until); !ready) return ready.error();
    if (PQconsumeInput(raw_) == 0) return error();
  }
}

base::Result<Rows> Link::only() {
  Handle last(nullptr, [](void*) {});
  for (;;) {
    auto result = next();
    if (!result) return result.error();
    if (*result == nullptr) break;
    TIDEMARK_CHECK(PQresultStatus(result_of(*result)) != PGRES_COPY_IN);
    TIDEMARK_CHECK(PQresultStatus(result_of(*result)) != PGRES_COPY_OUT);
    if (last == nullptr || !is_failure(last)) last = std::move(*result);
  }
  if (last == nullptr) return error();
  if (is_failure(last)) return error_of(last);
  return Rows(std::move(last));
}

}  // namespace tidemark::clients::postgres
