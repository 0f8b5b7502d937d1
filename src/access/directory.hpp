#pragma once

/// What a process knows of the catalog: its projects and keys in memory, never older than a second.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/keyed_hash.hpp"
#include "catalog/catalog.hpp"

namespace tidemark::access {

using base::Micros;

/// One version of the catalog, ready to be looked up.
///
/// Threads:  any; it never changes, except for what `Directory` notes of the use of keys.
class Known {
 public:
  explicit Known(catalog::Contents contents);

  /// Whether anybody must say who they are. A service that was closed once stays closed: revoked
  /// keys count.
  [[nodiscard]] bool is_closed() const { return !contents_.keys.empty(); }
  [[nodiscard]] std::uint64_t version() const { return contents_.version; }
  [[nodiscard]] const std::vector<catalog::Project>& projects() const { return contents_.projects; }
  [[nodiscard]] const std::vector<catalog::Key>& keys() const { return contents_.keys; }

  /// Null if there is none.
  [[nodiscard]] const catalog::Project* project(event::ProjectId id) const;
  [[nodiscard]] const catalog::Project* project_named(std::string_view name) const;
  /// The key with this digest, revoked or expired ones too; null if there never was one.
  [[nodiscard]] const catalog::Key* key(const catalog::KeyDigest& digest) const;

 private:
  friend class Directory;

  struct DigestHash {
    std::size_t operator()(const catalog::KeyDigest& digest) const noexcept;
  };

  catalog::Contents contents_;
  std::unordered_map<std::string_view, std::size_t, base::KeyedHash, std::equal_to<>> by_name_;
  std::map<event::ProjectId, std::size_t> by_id_;
  std::unordered_map<catalog::KeyDigest, std::size_t, DigestHash> by_digest_;
  /// By the place of the key: the hour of its last use that was noted.
  std::unique_ptr<std::atomic<Micros>[]> noted_hours_;  // NOLINT(*-avoid-c-arrays): atomics
};

/// Looks at the catalog twice a second. While the catalog cannot be read, what was known last stays
/// in force: a database that is away does not lock anybody out.
///
/// Threads:  any.
/// Lifetime: `catalog` must outlive it.
class Directory {
 public:
  struct Options {
    std::chrono::milliseconds look_every{500};
    std::chrono::milliseconds note_uses_every{10'000};
    /// Called when the catalog cannot be read any more, or can be again (Ok).
    std::function<void(const base::Status&)> on_state = {};
  };

  static base::Result<std::unique_ptr<Directory>> open(catalog::Catalog& catalog, Options options);
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  [[nodiscard]] std::shared_ptr<const Known> known() const;
  /// Reads the catalog now if it has changed: whoever changed something sees it in the next
  /// request.
  base::Status refresh();

  /// Notes that a key of `known` was used; the catalog is told some seconds later.
  void note_use(const Known& known, const catalog::Key& key, Micros now);

 private:
  Directory(catalog::Catalog& catalog, Options options);
  void look_again(std::stop_token stop);
  void write_uses();

  catalog::Catalog& catalog_;
  const Options options_;
  std::mutex refreshing_;

  mutable std::mutex mutex_;  // guards the next members
  std::shared_ptr<const Known> known_;
  std::vector<std::uint64_t> used_;  // since the last time that the catalog was told
  Micros used_hour_ = 0;

  std::mutex waiting_;
  std::condition_variable_any stopped_;
  std::jthread thread_;
};

}  // namespace tidemark::access
