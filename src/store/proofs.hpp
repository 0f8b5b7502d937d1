#pragma once

/// Whether anything in a data folder proves that acknowledged events are missing from it, or that a
/// part of it is of another folder, or older than it was.

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

/// An operator's word that events which are missing may be missing.
struct AcceptedLoss {
  /// Only where the first that is missing is this one; without it, whatever is missing.
  std::optional<event::Sequence> from;
};

/// A file of the folder, and how many events it proves that there were.
struct Proof {
  std::string file;
  event::Sequence reached = 0;
};

/// Looks at what an opening has found, before it changes anything.
///
/// Order:    `check` once archive and MARK are read; `judge` when the journal is; then the rest.
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
    std::optional<event::Sequence> snapshot;  ///< position of the rollup's, of this epoch
    std::optional<AcceptedLoss> accepted;
  };

  explicit Proofs(Parts parts) : parts_(std::move(parts)) {}

  /// Whether the parts are of one folder, and VERSION is the newest of its own. No loss can be
  /// accepted for that.
  base::Status check();

  /// Whether archive and journal together hold all that anything proves. Where they do not and that
  /// was accepted, a new epoch begins.
  base::Status judge(const journal::local::Recovered& journal);

  /// As `judge`, but nothing is begun: for who must know before the journal is opened.
  base::Status look(const journal::local::Recovered& journal);

  /// Events were missing, and that was accepted.
  [[nodiscard]] bool loss_was_accepted() const { return loss_was_accepted_; }
  /// What was wrong, where it was accepted.
  [[nodiscard]] const std::string& loss() const { return loss_; }
  /// Bytes at the journal's end that were dropped now or earlier, may have been events that were
  /// acknowledged, and were not confirmed since.
  [[nodiscard]] std::uint64_t unconfirmed_bytes() const { return unconfirmed_bytes_; }
  /// What was dropped now, in words; empty where nothing was.
  [[nodiscard]] const std::string& dropped() const { return dropped_; }

 private:
  base::Status check_journal(const journal::local::Origin& origin) const;
  [[nodiscard]] std::vector<Proof> proofs() const;
  /// Why the manifest is older than it was; empty where nothing says so.
  [[nodiscard]] std::string older_manifest(const journal::local::Origin& origin) const;
  /// Empty where nothing is missing.
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
