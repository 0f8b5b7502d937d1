#pragma once

/// What is small and relational: projects, keys, and the record of every change of them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "event/event.hpp"

namespace tidemark::catalog {

using base::Micros;

class Database;

/// The project that is there from the start, and that events of before there were projects belong
/// to.
inline constexpr std::string_view kDefaultProject = "default";

struct Project {
  event::ProjectId id = event::ProjectId::Default;
  std::string name = {};      ///< 1 to 64 of a-z, 0-9 and -, the first a letter; unique
  std::string title = {};     ///< for people; may be empty
  std::string timezone = {};  ///< of its days where a question names none; empty: the service's
  Micros created_at = 0;
};

/// What a request asks to be different; what is not set stays.
struct ProjectChange {
  std::optional<std::string> title = {};
  std::optional<std::string> timezone = {};
};

enum class KeyKind : std::uint8_t {
  Write,  ///< sends events to its project
  Read,   ///< asks, lists, exports and listens in its project
  Admin,  ///< all of its project, or of all projects
};

/// SHA-256 of a key's text: the text itself is kept nowhere.
using KeyDigest = std::array<std::byte, 32>;

struct Key {
  std::uint64_t id = 0;
  KeyKind kind = KeyKind::Read;
  std::optional<event::ProjectId> project = {};  ///< none: all projects; only for Admin
  std::string name = {};                         ///< for people; may be empty
  KeyDigest digest = {};
  std::vector<std::string> origins = {};  ///< of the pages that may send with it; empty: any
  Micros created_at = 0;
  std::optional<Micros> expires_at = {};
  std::optional<Micros> last_used_at = {};  ///< to the hour
  std::optional<Micros> revoked_at = {};    ///< a revoked key stays in the list
};

/// A key to be added.
struct NewKey {
  KeyKind kind = KeyKind::Read;
  std::optional<event::ProjectId> project = {};
  std::string name = {};
  KeyDigest digest = {};
  std::vector<std::string> origins = {};
  std::optional<Micros> expires_at = {};
};

/// Who makes a change.
struct Author {
  std::string who = {};   ///< "key 3 (deploy)", "command line"
  std::string from = {};  ///< an address; empty on the command line
  /// An author that may change one project only: what belongs to others is NotFound, and so are
  /// keys of all projects. That it makes no project and no key of all projects is for the caller to
  /// refuse; here it is a Conflict.
  std::optional<event::ProjectId> only = {};
};

/// One change that was made. It never holds a secret.
struct AuditEntry {
  std::uint64_t id = 0;  ///< rises; the version that the change made
  Micros at = 0;
  std::string who = {};
  std::string from = {};
  std::string what = {};                         ///< "project.create", "key.revoke"
  std::string on = {};                           ///< "project web", "key 3 (deploy)"
  std::optional<event::ProjectId> project = {};  ///< none: no project in particular
  std::string detail = {};  ///< what is different now, as a JSON object; "{}": nothing to tell
};

struct AuditRange {
  std::optional<std::uint64_t> before = {};      ///< an id; none: from the newest one on
  std::size_t limit = 100;                       ///< at most kAuditPageMax count
  std::optional<event::ProjectId> project = {};  ///< none: of all
};

/// Everything that a process must know to answer requests, as of one version.
struct Contents {
  std::uint64_t version = 0;
  std::vector<Project> projects;  ///< by id; never empty
  std::vector<Key> keys;          ///< by id; revoked and expired ones too
};

/// Bounds, so that every process can hold the contents in memory.
inline constexpr std::size_t kProjectsMax = 10'000;
inline constexpr std::size_t kKeysMax = 100'000;  ///< revoked ones count
inline constexpr std::size_t kOriginsMax = 100;   ///< of one key
inline constexpr std::size_t kTextMax = 200;      ///< bytes of a title, a key's name, an origin
/// Older entries of the audit are dropped beyond it: some 100 MB.
inline constexpr std::size_t kAuditEntriesMax = 500'000;
inline constexpr std::size_t kAuditPageMax = 1'000;

/// Promise:  every change raises the version by one and writes its entry of the audit, all in one
///           transaction; after Ok it survives a power cut. What asks for nothing new is no change.
/// Order:    changes of all processes take turns; a process that reads `contents` after a change
///           was answered, by whichever process, sees it.
/// Errors:   InvalidInput: a text that breaks a rule (the message says which, and what was
///           expected); NotFound: no such project or key; Conflict: the name is taken; TooLarge: a
///           number above its bound; Unavailable: the file or the server does not work; Corrupt: a
///           row that this program cannot read. After an error nothing has changed, except that
///           after Unavailable a change may have been made (a server whose answer was lost, a disk
///           that failed in the last step).
/// Threads:  any; calls block, one at a time.
class Catalog {
 public:
  /// `clock` dates the changes and must outlive the catalog. Applies missing migrations; Conflict:
  /// a newer program was here.
  static base::Result<std::unique_ptr<Catalog>> open(std::unique_ptr<Database> database,
                                                     const base::Clock& clock);
  ~Catalog();

  /// Rises with every change. Cheap: processes ask some times a second.
  base::Result<std::uint64_t> version();
  base::Result<Contents> contents();

  /// The settings that are not set are empty.
  base::Result<Project> create_project(const Author& author, std::string_view name,
                                       const ProjectChange& settings);
  base::Result<Project> change_project(const Author& author, std::string_view name,
                                       const ProjectChange& change);

  /// Conflict: this digest is known already.
  base::Result<Key> add_key(const Author& author, const NewKey& key);
  /// A key that is revoked already stays as it is, which is a success.
  base::Result<Key> revoke_key(const Author& author, std::uint64_t id);
  /// Notes that these keys were used at `hour`; a later use that is known stays, and an unknown id
  /// is passed over. Not a change: the version stays.
  base::Status note_used(std::span<const std::uint64_t> ids, Micros hour);

  /// Newest first.
  base::Result<std::vector<AuditEntry>> audit(const AuditRange& range);

 private:
  Catalog(std::unique_ptr<Database> database, const base::Clock& clock);

  std::mutex mutex_;
  std::unique_ptr<Database> database_;
  const base::Clock& clock_;
};

/// What is wrong with a name of a project; empty where nothing is.
std::string fault_of_project_name(std::string_view name);

std::string_view name_of(KeyKind kind) noexcept;  ///< "write", "read", "admin"

}  // namespace tidemark::catalog
