#include "config/settings.hpp"

#include <algorithm>

namespace tidemark::config {
namespace {

constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kTiB = 1024 * 1024 * kMiB;

std::vector<SettingRow> make_rows() {  // NOLINT(readability-function-size): one table
  using S = Settings;
  return {
      {"data_dir", &S::data_dir, "folder that holds everything that must survive"},
      {"host", &S::host,
       "address to listen on; other addresses than loopback need a key first (tidemark setup)"},
      {"port", &S::port, "port to listen on; 0 takes a free port", 0, 65'535},
      {"tls_certificate", &S::tls_certificate,
       "file with the certificate of the service in PEM form, then those that lead to its "
       "authority; with it the port speaks TLS. It is read again when it changes; empty: plain "
       "HTTP"},
      {"tls_key", &S::tls_key,
       "file with the key of tls_certificate in PEM form, without a password"},
      {"tls_redirect_port", &S::tls_redirect_port,
       "plain port beside one with TLS, where every request is sent to the same address over TLS; "
       "0: none",
       0, 65'535},
      {"admin_key",
       &S::admin_key,
       "the first admin key, for containers: a key that `tidemark keys generate` prints, or 32 "
       "visible characters and more; a new value replaces the old one",
       0,
       0,
       {},
       true},
      {"allowed_hosts", &S::allowed_hosts,
       "names of this host, besides loopback names, under which a service without keys answers, "
       "separated by commas, or *; other names get 421, because a page may have taken them (DNS "
       "rebinding)"},
      {"key",
       &S::key,
       "the key that commands send to a service (stats, export, import, quarantine, …)",
       0,
       0,
       {},
       true},
      {"project", &S::project,
       "the project that commands mean; empty: that of the key, or default"},
      {"memory_max", &S::memory_max,
       "most memory that the process uses; 0: three quarters of the memory of the machine or its "
       "cgroup. Each other memory setting that is not set gets at most its share of this one",
       0, kTiB},
      {"timezone", &S::timezone, "IANA time zone of the days where a question names none"},
      {"journal",
       &S::journal,
       "where accepted events wait: local, or redis://… for a queue that workers read",
       0,
       0,
       {},
       true},
      {"ledger",
       &S::ledger,
       "the record of truth: local, or postgres://… with a queue before it",
       0,
       0,
       {},
       true},
      {"cache",
       &S::cache,
       "what processes of the server profile share (limits, Idempotency-Key, answers): journal for "
       "the Redis of the queue, or redis://… for one that may forget",
       0,
       0,
       {},
       true},
      {"queue_shards", &S::queue_shards,
       "streams of the queue; all processes that use the queue need the same number, and it must "
       "never fall",
       1, 64},
      {"queue_bytes_max", &S::queue_bytes_max,
       "size of the events in the queue that no worker has committed; further events get 503", kMiB,
       kTiB},
      {"queue_kept_seconds", &S::queue_kept_seconds,
       "how long committed requests stay in the queue, in case a standby of PostgreSQL that lacks "
       "the last moments is promoted",
       0, kDay},
      {"queue_kept_bytes_max", &S::queue_kept_bytes_max,
       "memory of the queue for committed requests; above it, the oldest are deleted early", 0,
       kTiB},
      {"dead_letters_max", &S::dead_letters_max,
       "most events kept that no worker could store; when this number is reached, workers wait", 1,
       1'000'000'000},
      {"ledger_connections_max", &S::ledger_connections_max,
       "connections of one process that read from PostgreSQL", 2, 1'000},
      {"start_seconds_max", &S::start_seconds_max,
       "how long a start waits for PostgreSQL and Redis", 0, kDay},
      {"worker_host", &S::worker_host, "address of a worker's /metrics and /readyz"},
      {"worker_port", &S::worker_port,
       "port of a worker's /metrics and /readyz; 0 takes a free port", 0, 65'535},
      {"worker_concurrency", &S::worker_concurrency, "batches that a worker writes at one time", 1,
       256},
      {"worker_batch_milliseconds", &S::worker_batch_milliseconds,
       "how long a worker gathers requests before it writes them; a full batch is written at once",
       0, 10'000},
      {"worker_batch_bytes", &S::worker_batch_bytes,
       "size of the events in one batch of a worker, which needs about five times as much memory",
       kMiB, 256 * kMiB},
      {"worker_claim_seconds", &S::worker_claim_seconds,
       "how long a worker may hold a request before another worker takes it over; must be longer "
       "than PostgreSQL's time-outs",
       1, kDay},
      {"entry_names_kept_seconds", &S::entry_names_kept_seconds,
       "how long PostgreSQL remembers which entry of the queue a request was; after that time, the "
       "request counts as visible",
       900, kDay},
      {"network_threads", &S::network_threads, "threads that read, check and answer requests", 1,
       256},
      {"query_threads", &S::query_threads,
       "questions answered at the same time, separately from memory and by scans", 1, 256},
      {"query_queue_max", &S::query_queue_max,
       "questions that may wait, separately for memory and for a scan; further ones get 503", 1,
       1'000'000},
      {"query_seconds_max", &S::query_seconds_max,
       "time for one question; a question that takes longer gets 504", 1, kDay},
      {"connections_max", &S::connections_max, "open connections; further ones get 503", 1,
       1'000'000},
      {"header_bytes_max", &S::header_bytes_max,
       "size of a request's header; a larger one gets 431", kKiB, kMiB},
      {"body_bytes_max", &S::body_bytes_max,
       "size of a request's body, before and after decompression; a larger one gets 413", kKiB,
       1024 * kMiB},
      {"batch_events_max", &S::batch_events_max,
       "events of one request; a request with more gets 413", 1, 1'000'000},
      {"request_seconds_max", &S::request_seconds_max,
       "time to send one request; a request that takes longer gets 408", 1, kDay},
      {"idle_seconds_max", &S::idle_seconds_max,
       "how long a connection may be silent between requests", 1, kDay},
      {"stop_seconds_max", &S::stop_seconds_max,
       "time for requests under way when the service stops", 0, kDay},
      {"drain_seconds", &S::drain_seconds,
       "how long after SIGTERM the service still answers everything while it asks clients to leave",
       0, 3'600},
      {"future_seconds_max", &S::future_seconds_max,
       "how far occurred_at may be ahead of the clock of this machine", 0, 84'371 * kDay},
      {"cors_origins", &S::cors_origins,
       "origins whose pages may send requests from a browser, separated by commas, or *; empty: "
       "none"},
      {"base_path", &S::base_path,
       "path that a proxy leaves before each path of the service, such as /tidemark; not needed if "
       "the proxy removes it"},
      {"rate_limit_per_second", &S::rate_limit_per_second,
       "requests a second that one address may send; 0: no limit", 0, 1'000'000'000},
      {"rate_limit_burst", &S::rate_limit_burst, "requests that one address may send at once", 1,
       1'000'000'000},
      {"rate_limit_loopback", &S::rate_limit_loopback, "limits loopback addresses too"},
      {"in_flight_bytes_max",
       &S::in_flight_bytes_max,
       "memory of events that wait to be committed; further events get 503",
       kMiB,
       kTiB,
       {},
       false,
       40},
      {"journal_segment_bytes", &S::journal_segment_bytes, "size of one file of the journal", kMiB,
       4'096 * kMiB},
      {"archive_events", &S::archive_events, "events of one Parquet segment", 1, 100'000'000},
      {"archive_bytes",
       &S::archive_bytes,
       "memory of the tail at which segments are written early, and most text of one segment",
       kMiB,
       kTiB,
       {},
       false,
       50},
      {"archive_check_seconds", &S::archive_check_seconds,
       "time in which every segment is read again and compared with its checksums; 0: never", 0,
       3'650 * kDay},
      {"tail_bytes_max",
       &S::tail_bytes_max,
       "memory of events not archived yet; further events get 503 until the archive has caught up",
       kMiB,
       kTiB,
       {},
       false,
       150},
      {"disk_free_bytes_min", &S::disk_free_bytes_min,
       "space that stays free on the disk: with less free space, events get 503, and no journal "
       "file is made",
       0, kTiB},
      {"snapshot_events", &S::snapshot_events, "events between two snapshots of the rollup view",
       1'000, 1'000'000'000'000},
      {"rollup_memory_max",
       &S::rollup_memory_max,
       "memory of the rollup view; above it, the rarest event types lose their sets of users",
       16 * kMiB,
       kTiB,
       {},
       false,
       220},
      {"rollup_project_memory_max", &S::rollup_project_memory_max,
       "memory that the rollup view may use for one project; above it, the rarest event types of "
       "that project lose their sets of users; 0: no bound of its own, and the largest project "
       "gives first when rollup_memory_max is reached",
       0, kTiB},
      {"zone_sets_max", &S::zone_sets_max,
       "time zones, besides UTC, for which sets of users by day are kept", 1, 64},
      {"zone_build_seconds_max", &S::zone_build_seconds_max,
       "how long engine=rollup waits for the sets of a new time zone; after that, the answer is "
       "503",
       1, kDay},
      {"kept_answers_bytes_max",
       &S::kept_answers_bytes_max,
       "memory for answers of statistics that are given again until a new event comes; 0: none",
       0,
       kTiB,
       {},
       false,
       20},
      {"live_listeners_max", &S::live_listeners_max,
       "clients that listen to GET /events/live; further ones get 503", 0, 1'000'000},
      {"live_bytes_max",
       &S::live_bytes_max,
       "memory for live events that wait for slow clients, in equal shares; the clients miss the "
       "rest",
       kMiB,
       kTiB,
       {},
       false,
       20},
      {"live_replay_events_max", &S::live_replay_events_max,
       "events that a live client gets again when it reconnects; earlier ones count as missed", 0,
       1'000'000'000},
      {"live_heartbeat_seconds", &S::live_heartbeat_seconds,
       "silence after which a live client gets a heartbeat", 1, kDay},
      {"columnar_memory_max",
       &S::columnar_memory_max,
       "memory of DuckDB when it answers questions",
       64 * kMiB,
       kTiB,
       {},
       false,
       250},
      {"columnar_threads", &S::columnar_threads, "threads of DuckDB when it answers questions", 1,
       256},
      {"quarantine_events_max", &S::quarantine_events_max,
       "rejected events kept; beyond it, the oldest are dropped", 1, 10'000'000},
      {"quarantine_bytes_max", &S::quarantine_bytes_max,
       "size of the rejected events kept; beyond it, the oldest are dropped", kMiB, kTiB},
      {"idempotency_keys_max", &S::idempotency_keys_max,
       "answers remembered by Idempotency-Key; beyond it, the oldest are forgotten", 1,
       100'000'000},
      {"idempotency_bytes_max",
       &S::idempotency_bytes_max,
       "memory of answers remembered by Idempotency-Key; beyond it, the oldest are forgotten",
       kMiB,
       kTiB,
       {},
       false,
       20},
      {"idempotency_seconds", &S::idempotency_seconds,
       "how long an answer is remembered by its Idempotency-Key", 1, 365 * kDay},
      {"log_level",
       &S::log_level,
       "least important level that is logged",
       0,
       0,
       {"debug", "info", "warning", "error"}},
      {"log_format",
       &S::log_format,
       "text for people or JSON for programs",
       0,
       0,
       {"text", "json"}},
      {"csv_formulas_quoted", &S::csv_formulas_quoted,
       "in statistics as CSV, puts a ' before texts that a spreadsheet would run (= + - @)"},
      {"access_log", &S::access_log, "logs a line for every request"},
  };
}

/// The part of `memory_max` that is not shared out: the program, its libraries, threads and their
/// stacks.
constexpr std::int64_t kMemoryOfProgram = 96 * kMiB;

std::string with_dashes(std::string_view name) {
  std::string flag = "--";
  for (const char c : name) flag += c == '_' ? '-' : c;
  return flag;
}

}  // namespace

std::string SettingRow::flag() const { return with_dashes(name); }

std::string SettingRow::variable() const {
  std::string variable = "TIDEMARK_";
  for (const char c : name) {
    variable += (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return variable;
}

std::string SettingRow::value_of(const Settings& settings) const {
  if (const auto* text = std::get_if<std::string Settings::*>(&member)) return settings.**text;
  if (const auto* number = std::get_if<std::int64_t Settings::*>(&member)) {
    return std::to_string(settings.**number);
  }
  return settings.*std::get<bool Settings::*>(member) ? "true" : "false";
}

std::int64_t memory_share(const Settings& settings, std::int64_t thousandths, SizeBounds bounds) {
  if (settings.memory_max == 0) return bounds.at_most;
  const auto shared_out = std::max<std::int64_t>(settings.memory_max - kMemoryOfProgram, 0);
  // Divided first: the product of a large machine's memory would not fit.
  return std::clamp(shared_out / 1'000 * thousandths, bounds.at_least, bounds.at_most);
}

const std::vector<SettingRow>& setting_rows() {
  static const std::vector<SettingRow> rows = make_rows();
  return rows;
}

}  // namespace tidemark::config
