#pragma once

/// Every setting of the program: one struct, read once, checked, printable without secrets.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tidemark::config {

inline constexpr std::int64_t kKiB = 1024;
inline constexpr std::int64_t kMiB = 1024 * kKiB;
/// The smallest allowed `memory_max`: below it the bounds that share it are too small to work.
inline constexpr std::int64_t kMemoryMin = 256 * kMiB;

/// Defaults are for a small machine with two cores and a few gigabytes. The meaning of each setting
/// is written once, in `setting_rows`: the help, the documents and the messages take it from there.
struct Settings {
  std::string data_dir = "./tidemark-data";
  std::string host = "127.0.0.1";
  std::int64_t port = 8080;
  std::string tls_certificate;
  std::string tls_key;
  std::int64_t tls_redirect_port = 0;
  std::string timezone = "UTC";
  std::string admin_key;
  std::string allowed_hosts;
  std::string key;
  std::string project;
  std::int64_t memory_max = 0;  ///< the value in force after `load`, never 0

  std::string journal = "local";
  std::string ledger = "local";
  std::string cache = "journal";
  std::int64_t queue_shards = 4;
  std::int64_t queue_bytes_max = 256 * kMiB;
  std::int64_t queue_kept_seconds = 600;
  std::int64_t queue_kept_bytes_max = 64 * kMiB;
  std::int64_t dead_letters_max = 100'000;
  std::int64_t ledger_connections_max = 4;
  std::int64_t start_seconds_max = 60;
  std::string worker_host = "127.0.0.1";
  std::int64_t worker_port = 8081;
  std::int64_t worker_concurrency = 2;
  std::int64_t worker_batch_milliseconds = 50;
  std::int64_t worker_batch_bytes = 8 * kMiB;
  std::int64_t worker_claim_seconds = 60;
  std::int64_t entry_names_kept_seconds = 1'800;

  std::int64_t network_threads = 2;
  std::int64_t query_threads = 2;
  std::int64_t query_queue_max = 256;
  std::int64_t query_seconds_max = 60;
  std::int64_t connections_max = 10'000;
  std::int64_t header_bytes_max = 32 * kKiB;
  std::int64_t body_bytes_max = 16 * kMiB;
  std::int64_t batch_events_max = 10'000;
  std::int64_t request_seconds_max = 30;
  std::int64_t idle_seconds_max = 75;
  std::int64_t stop_seconds_max = 10;
  std::int64_t drain_seconds = 1;
  std::int64_t future_seconds_max = 86'400;
  std::string cors_origins;
  std::string base_path;

  std::int64_t rate_limit_per_second = 100;
  std::int64_t rate_limit_burst = 200;
  bool rate_limit_loopback = false;

  std::int64_t in_flight_bytes_max = 128 * kMiB;
  std::int64_t journal_segment_bytes = 64 * kMiB;
  std::int64_t archive_events = 1'000'000;
  std::int64_t archive_bytes = 256 * kMiB;
  std::int64_t archive_check_seconds = 604'800;
  std::int64_t tail_bytes_max = 768 * kMiB;
  std::int64_t disk_free_bytes_min = 64 * kMiB;
  std::int64_t snapshot_events = 4'000'000;
  std::int64_t rollup_memory_max = 1'200 * kMiB;
  std::int64_t rollup_project_memory_max = 0;
  std::int64_t zone_sets_max = 8;
  std::int64_t zone_build_seconds_max = 10;
  std::int64_t columnar_memory_max = 2'048 * kMiB;
  std::int64_t columnar_threads = 2;
  std::int64_t kept_answers_bytes_max = 16 * kMiB;
  std::int64_t live_listeners_max = 2'000;
  std::int64_t live_bytes_max = 64 * kMiB;
  std::int64_t live_replay_events_max = 100'000;
  std::int64_t live_heartbeat_seconds = 15;
  std::int64_t quarantine_events_max = 10'000;
  std::int64_t quarantine_bytes_max = 64 * kMiB;
  std::int64_t idempotency_keys_max = 100'000;
  std::int64_t idempotency_bytes_max = 64 * kMiB;
  std::int64_t idempotency_seconds = 86'400;

  std::string log_level = "info";
  std::string log_format = "text";
  bool csv_formulas_quoted = true;
  bool access_log = true;
};

/// Everything about one setting.
struct SettingRow {
  /// The name in tidemark.toml: `data_dir`. The flag is `--data-dir`, the variable
  /// `TIDEMARK_DATA_DIR`.
  std::string_view name;
  std::variant<std::string Settings::*, std::int64_t Settings::*, bool Settings::*> member;
  std::string_view meaning;
  std::int64_t min = 0;                        ///< numbers only
  std::int64_t max = 0;                        ///< numbers only
  std::vector<std::string_view> choices = {};  ///< texts only; empty: any text
  bool secret = false;                         ///< never printed
  /// Sizes only: the default is at most this share of `memory_max`, in thousandths; 0: no such
  /// bound.
  std::int64_t memory_share = 0;

  [[nodiscard]] std::string flag() const;      ///< "--data-dir"
  [[nodiscard]] std::string variable() const;  ///< "TIDEMARK_DATA_DIR"
  [[nodiscard]] std::string value_of(const Settings& settings) const;
};

/// A size within its bounds, at most `thousandths` of what `memory_max` leaves for all bounds that
/// share it. Without a `memory_max`, the larger bound.
struct SizeBounds {
  std::int64_t at_least = 0;
  std::int64_t at_most = 0;
};
std::int64_t memory_share(const Settings& settings, std::int64_t thousandths, SizeBounds bounds);

/// All settings, in the order in which help and `tidemark config` show them.
const std::vector<SettingRow>& setting_rows();

}  // namespace tidemark::config
