// What `/metrics` tells of the store.

#include "store/local_store.hpp"

namespace tidemark::store {
namespace {

/// Figures are integers in the program and doubles in Prometheus.
template <class Number>
double figure(Number value) {
  return static_cast<double>(value);
}

}  // namespace

void LocalStore::register_figures() {
  register_commit_figures();
  register_storage_figures();
  register_check_figures();
  register_view_figures();
}

void LocalStore::register_commit_figures() {
  auto& metrics = environment_.metrics;
  metrics.read_gauge("tidemark_position", "Events committed since the beginning.",
                     [this] { return figure(loop_->figures().tail_end); });
  metrics.read_gauge("tidemark_commit_queue_batches",
                     "Batches that are waiting for the commit thread.",
                     [this] { return figure(loop_->figures().waiting_batches); });
  metrics.read_gauge("tidemark_commit_queue_bytes", "Bytes of batches not yet answered.",
                     [this] { return figure(loop_->figures().in_flight_bytes); });
  metrics.read_gauge("tidemark_tail_bytes",
                     "Bytes of memory taken by events that are not archived yet.",
                     [this] { return figure(loop_->figures().tail_bytes); });
  metrics.read_gauge("tidemark_tail_spare_bytes",
                     "Bytes of memory that the tail keeps for its next events.",
                     [this] { return figure(loop_->figures().tail_spare_bytes); });
  metrics.read_counter("tidemark_slowed_groups_total",
                       "Commit groups held back for the archive to catch up.",
                       [this] { return figure(loop_->figures().slowed_groups); });
  metrics.read_counter("tidemark_journal_reopened_total",
                       "Times the journal was opened again after a failed write or sync.",
                       [this] { return figure(loop_->figures().journal_reopened); });
  if (environment_.fed) return;  // the feeding thread waits; nothing is refused
  const std::string refused = "tidemark_refused_batches_total";
  const std::string help =
      "Batches refused with 503 because a bound was reached; the label names it.";
  metrics.read_counter(refused, help, [this] { return figure(loop_->figures().refused_in_flight); },
                       {{"bound", "in_flight_bytes_max"}});
  metrics.read_counter("tidemark_refused_lookups_total",
                       "Look-ups of event ids refused because too many were waiting.",
                       [this] { return figure(loop_->figures().refused_lookups); });
  metrics.read_counter(refused, help, [this] { return figure(loop_->figures().refused_tail); },
                       {{"bound", "tail_bytes_max"}});
}

void LocalStore::register_storage_figures() {
  auto& metrics = environment_.metrics;
  metrics.read_gauge("tidemark_fresh_ids_bytes",
                     "Bytes of memory taken by the ids of events that are not archived yet.",
                     [this] { return figure(loop_->figures().fresh_id_bytes); });
  metrics.read_gauge("tidemark_sealed_ids_bytes",
                     "Bytes of memory taken by the filters of archived ids.",
                     [this] { return figure(durable_->ids().sealed()->memory_bytes()); });
  metrics.read_counter(
      "tidemark_id_runs_rebuilt_total",
      "Files of the id index that were rebuilt because they were missing or damaged.",
      [this] { return figure(durable_->runs_rebuilt()); });
  metrics.read_gauge("tidemark_journal_bytes", "Bytes of journal segments on the disk.",
                     [this] { return figure(durable_->journal().stats().disk_bytes); });
  metrics.read_gauge("tidemark_journal_unconfirmed_bytes",
                     "Bytes at the journal's end that a start after a power cut could not read and "
                     "that may have been acknowledged events; 0 once a start with --accept-loss "
                     "has confirmed that.",
                     [this] { return figure(durable_->unconfirmed_bytes()); });
  metrics.read_gauge("tidemark_archive_lag_events", "Events that are not archived yet.", [this] {
    // In this order: the archive's end never passes the tail's.
    const auto archived = archiver_->figures().archived;
    return figure(loop_->figures().tail_end - archived);
  });
  metrics.read_counter("tidemark_archive_failures_total",
                       "Steps of archiving that failed and were repeated.",
                       [this] { return figure(archiver_->figures().failures); });
  metrics.read_gauge(
      "tidemark_archive_halvings",
      "How many times the size of segments is halved now, because larger ones failed.",
      [this] { return figure(archiver_->figures().halvings); });
  metrics.read_gauge("tidemark_disk_free_bytes", "Bytes free on the disk of the data folder.",
                     [this] { return figure(archiver_->figures().disk_free_bytes); });
}

void LocalStore::register_check_figures() {
  auto& metrics = environment_.metrics;
  metrics.read_counter("tidemark_archive_checked_bytes_total",
                       "Bytes of segments that were compared with their checksums.",
                       [this] { return figure(durable_->checks().figures().bytes); });
  metrics.read_gauge(
      "tidemark_archive_damaged_files",
      "Segments of the archive found damaged: their bytes differ from what was written.",
      [this] { return figure(durable_->checks().figures().damaged); });
  if (!scrubber_) return;
  metrics.read_gauge("tidemark_archive_oldest_check_seconds",
                     "Seconds since the last check of the segment that was checked least recently.",
                     [this] { return figure(scrubber_->oldest_check().count()); });
}

void LocalStore::register_view_figures() {
  auto& metrics = environment_.metrics;
  for (const query::View* view : views_->all()) {
    metrics.read_gauge("tidemark_view_bytes", "Bytes of memory taken by a view.",
                       [view] { return figure(view->figures().memory_bytes); },
                       {{"view", std::string(view->name())}});
  }
  metrics.read_gauges(
      "tidemark_rollup_project_bytes",
      "Bytes of memory that the sets of a project's users take in the rollup, for the 20 projects "
      "that take most; measured every 10 seconds.",
      "project", [this] {
        std::vector<std::pair<std::string, double>> bytes;
        for (const auto& [project, taken] : rollup_->largest_projects()) {
          bytes.emplace_back(std::to_string(static_cast<std::uint32_t>(project)), figure(taken));
        }
        return bytes;
      });
  metrics.read_gauge("tidemark_live_listeners", "Clients that listen to live events.",
                     [this] { return figure(live_->figures().listeners); });
  metrics.read_counter("tidemark_live_sent_total",
                       "Events sent to clients that listen to live events.",
                       [this] { return figure(live_->figures().sent); });
  metrics.read_counter(
      "tidemark_live_missed_total",
      "Events that clients were told they had missed while they listened to live events.",
      [this] { return figure(live_->figures().missed); });
  metrics.read_counter("tidemark_live_passed_over_total",
                       "Live events that no client got, because too many came at once.",
                       [this] { return figure(live_->figures().passed_over); });
  metrics.read_counter("tidemark_live_refused_total",
                       "Live clients refused because live_listeners_max was reached.",
                       [this] { return figure(live_->figures().refused); });
  metrics.read_gauge("tidemark_rollup_users", "Users that the rollup knows.",
                     [this] { return figure(rollup_->counts().users); });
  metrics.read_gauge(
      "tidemark_rollup_types_without_sets",
      "Event types whose users the rollup no longer keeps, because its memory was short.",
      [this] { return figure(rollup_->counts().types_without_sets); });
}

}  // namespace tidemark::store
