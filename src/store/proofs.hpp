#pragma once

/// Finds proofs that acknowledged events are missing from a data folder, or that a part of it
/// belongs to another folder or is older than it was.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "archive/manifest_store.hpp"
#include "base/result.hpp"
#include "event/event.hpp"
#include "files/data_folder.hpp"
#include "files/mark.hpp"
#include "journal/local/recovery.hpp"

namespace tidemark::store {

/// An operator's consent that events are missing.
struct AcceptedLoss {
  /// Valid only if this is the first missing event; without it, whatever is missing.
  std::optional<event::Sequence> from;
};

/// A file of the folder, and the number of events that it proves to have existed.
struct Proof {
  std::string file;
  event::Sequence reached = 0;
};

/// Judges what an opening has found, before the opening changes anything.
///
/// Order:    `check` once archive and MARK are read; `judge` when the journal is read; then the
///           rest.
/// Errors:   Corrupt, in words for the operator: what is missing, which file says so, what to do.
///           Nothing on the disk is changed then.
/// Lifetime: what Parts names must outlive it.
class Proofs {
 public:
  struct Parts {
    files::DataFolder& folder;
    const files::Mark& mark;
    const archive::ManifestStore& manifests;
    std::filesystem::path path;               ///< of the folder
    std::optional<event::Sequence> snapshot;  ///< position of the rollup's snapshot, of this epoch
    std::optional<AcceptedLoss> accepted;
  };

  explicit Proofs(Parts parts) : parts_(std::move(parts)) {}

  /// Checks that all parts belong to one folder, and that VERSION is the folder's newest. The
  /// operator cannot accept a loss here.
  base::Status check();

  /// Checks that archive and journal together hold all that anything proves. If they do not and the
  /// operator has accepted that, a new epoch begins.
  base::Status judge(const journal::local::Recovered& journal);

  /// As `judge`, but begins no epoch: for callers that must know before the journal is opened.
  base::Status look(const journal::local::Recovered& journal);

  /// Events were missing, and the operator accepted that.
  [[nodiscard]] bool loss_was_accepted() const { return loss_was_accepted_; }
  /// What was wrong, if the operator accepted it.
  [[nodiscard]] const std::string& loss() const { return loss_; }
  /// Bytes at the journal's end that were dropped now or earlier, that may have been acknowledged
  /// events, and that were not confirmed since.
  [[nodiscard]] std::uint64_t unconfirmed_bytes() const { return unconfirmed_bytes_; }
  /// What was dropped now, in words; empty if nothing was.
  [[nodiscard]] const std::string& dropped() const { return dropped_; }

 private:
  base::Status check_journal(const journal::local::Origin& origin) const;
  [[nodiscard]] std::vector<Proof> proofs() const;
  /// Why the manifest is older than it was; empty if nothing says so.
  [[nodiscard]] std::string older_manifest(const journal::local::Origin& origin) const;
  /// Empty if nothing is missing.
  [[nodiscard]] std::string what_is_missing(const journal::local::Recovered& journal) const;
  void look_at_end(const journal::local::Recovered& journal);
  [[nodiscard]] base::Error foreign(const std::string& file) const;
  [[nodiscard]] base::Error older_version(const std::string& file) const;

  const Parts parts_;
  bool loss_was_accepted_ = false;
  std::string loss_;
  std::uint64_t unconfirmed_bytes_ = 0;
  std::string dropped_;
};

}  // namespace tidemark::store
