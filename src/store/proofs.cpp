#include "store/proofs.hpp"

#include <algorithm>
#include <cassert>

namespace tidemark::store {
namespace {

using base::Error;
using base::ErrorCode;
using event::Sequence;

std::string text(std::uint64_t number) { return std::to_string(number); }

std::string go_on_without(Sequence end) {
  return "Restore what is missing, or the whole folder as it was at one moment, from a copy; or "
         "continue without these events: `tidemark serve --accept-loss=" +
         text(end) + "`. Positions given before that are then no longer valid";
}

}  // namespace

base::Status Proofs::check() {
  const auto print = parts_.folder.print();
  const auto epoch = parts_.folder.epoch().number;
  const auto& mark = parts_.mark.found();
  if (mark.folder != 0 && mark.folder != print) return foreign("MARK");
  if (mark.folder != 0 && mark.epoch > epoch) return older_version("MARK");
  const auto& witness = parts_.manifests.current()->witness;
  if (witness.folder != 0 && witness.folder != print) return foreign("archive/MANIFEST");
  if (witness.folder != 0 && witness.epoch > epoch) return older_version("archive/MANIFEST");
  return base::ok;
}

base::Status Proofs::check_journal(const journal::local::Origin& origin) const {
  if (origin.folder == 0) return base::ok;
  if (origin.folder != parts_.folder.print()) return foreign("journal/");
  if (origin.epoch > parts_.folder.epoch().number) return older_version("journal/");
  return base::ok;
}

Error Proofs::foreign(const std::string& file) const {
  return {
      ErrorCode::Corrupt,
      "VERSION and " + file + " of " + parts_.path.string() +
          " belong to different data folders: restore the file that belongs to another folder from "
          "a copy of this one. Without the right VERSION, the service recognizes no event id"};
}

Error Proofs::older_version(const std::string& file) const {
  return {ErrorCode::Corrupt, "VERSION of " + parts_.path.string() + " is older than it was: " +
                                  file + " was written in a later epoch, which began when a loss " +
                                  "was accepted; put the newer VERSION back"};
}

std::vector<Proof> Proofs::proofs() const {
  const auto epoch = parts_.folder.epoch().number;
  std::vector<Proof> found{{"VERSION", parts_.folder.reached()}};
  const auto& mark = parts_.mark.found();
  if (mark.folder != 0 && mark.epoch == epoch) found.push_back({"MARK", mark.reached});
  const auto manifest = parts_.manifests.current();
  if (manifest->witness.folder != 0 && manifest->witness.epoch == epoch) {
    found.push_back({"archive/MANIFEST", manifest->witness.reached});
  }
  if (parts_.snapshot) found.push_back({"views/rollup/INDEX", *parts_.snapshot});
  if (auto files = parts_.manifests.proven_by_files()) {
    found.push_back({"archive/" + files->second, files->first});
  }
  return found;
}

std::string Proofs::older_manifest(const journal::local::Origin& origin) const {
  const auto generation = parts_.manifests.current()->generation;
  const auto epoch = parts_.folder.epoch().number;
  const auto& mark = parts_.mark.found();
  std::string by;
  std::uint64_t proven = generation;
  if (mark.folder != 0 && mark.epoch == epoch && mark.manifest > proven) {
    proven = mark.manifest;
    by = "MARK";
  }
  if (origin.folder != 0 && origin.epoch == epoch && origin.manifest > proven) {
    proven = origin.manifest;
    by = "the journal";
  }
  if (by.empty()) return {};
  return std::string("archive/MANIFEST is ") +
         (generation == 0 ? "missing" : "older than it was, of generation " + text(generation)) +
         ": " + by + " says that generation " + text(proven) + " was on the disk";
}

std::string Proofs::what_is_missing(const journal::local::Recovered& journal) const {
  std::vector<std::string> faults;
  if (journal.damage) faults.push_back(journal.damage->message());
  if (auto older = older_manifest(journal.origin); !older.empty()) {
    faults.push_back(std::move(older));
  }
  const auto all = proofs();
  assert(!all.empty() && "VERSION proves something at least");
  const auto furthest = *std::ranges::max_element(all, {}, &Proof::reached);
  std::string missing;
  if (furthest.reached > journal.end) {
    missing = "events " + text(journal.end) + " to " + text(furthest.reached - 1) + " (" +
              text(furthest.reached - journal.end) + ") are missing: archive and journal end at " +
              text(journal.end) + ", and " + furthest.file + " proves that " +
              text(furthest.reached) + " were acknowledged";
  } else if (journal.damage) {
    missing = "events from " + text(journal.end) + " on cannot be read";
  } else if (!faults.empty()) {
    missing = "events below " + text(journal.end) + " are there; more may be missing";
  }
  for (const auto& fault : faults) missing += "; " + fault;
  return missing;
}

base::Status Proofs::look(const journal::local::Recovered& journal) {
  if (auto good = check_journal(journal.origin); !good) return good;
  loss_ = what_is_missing(journal);
  if (loss_.empty()) return base::ok;
  const auto& accepted = parts_.accepted;
  if (accepted && (!accepted->from || *accepted->from == journal.end)) return base::ok;
  assert(!accepted || accepted->from);
  std::string message = parts_.path.string() + ": " + loss_ + ". " + go_on_without(journal.end);
  if (accepted) {
    message += ". (--accept-loss=" + text(*accepted->from) + " names another loss)";
  }
  return Error{ErrorCode::Corrupt, std::move(message)};
}

base::Status Proofs::judge(const journal::local::Recovered& journal) {
  if (auto good = look(journal); !good) return good;
  if (loss_.empty()) {
    look_at_end(journal);
    return base::ok;
  }
  auto begun = parts_.folder.begin_epoch(journal.end);
  if (!begun) return begun;
  loss_was_accepted_ = true;
  return base::ok;
}

/// An unacknowledged record that a crash left unfinished is dropped, and so would be a damaged last
/// record. MARK tells them apart, unless a power cut took its last moments too.
void Proofs::look_at_end(const journal::local::Recovered& journal) {
  const auto& mark = parts_.mark.found();
  const bool known = mark.folder != 0 && mark.epoch == parts_.folder.epoch().number;
  // One that names another loss, left over from then, confirms nothing.
  const bool confirmed = parts_.accepted && !parts_.accepted->from;
  unconfirmed_bytes_ = known && !confirmed ? mark.unconfirmed : 0;
  if (journal.torn.bytes == 0) return;
  dropped_ = "at least " + text(journal.torn.bytes) + " bytes after event " + text(journal.end) +
             " (" + journal.torn.path.string() + ", offset " + text(journal.torn.offset) + ")";
  if (known && mark.exact) return;
  if (!confirmed) unconfirmed_bytes_ += journal.torn.bytes;
}

}  // namespace tidemark::store
