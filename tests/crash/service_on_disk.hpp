#pragma once

/// The whole embedded service on a disk that fails, fills up and loses power on request, and what
/// must be true of it whatever happened.

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "contract/known_event.hpp"
#include "contract/local_days.hpp"
#include "files/faulty_files.hpp"
#include "support/embedded_service.hpp"
#include "support/service_process.hpp"

namespace tidemark::crash {

/// Sends events that are told apart by a number, and remembers what it heard of each.
class ServiceOnDisk {
 public:
  explicit ServiceOnDisk(std::uint64_t seed);
  ~ServiceOnDisk() { close(); }
  ServiceOnDisk(const ServiceOnDisk&) = delete;
  ServiceOnDisk& operator=(const ServiceOnDisk&) = delete;

  base::Status open();
  /// The process ends. What the disk holds stays as it is.
  void close() { service_.reset(); }
  /// The power goes, if it is not off already, and comes back; the service does not.
  void lose_power();

  /// Posts `count` new events and waits for the answer.
  base::Result<ingest::Receipt> post(std::size_t count);
  /// Posts again all that was posted and never acknowledged, a few at a time.
  base::Status repeat_unknown();
  /// Posts `batches` of `count` events without waiting in between, so that groups hold several.
  /// Whether all of them were accepted.
  bool post_at_once(std::size_t batches, std::size_t count);

  /// Fails the test where an acknowledged event is missing, anything is there twice or was never
  /// sent, or an engine's answer is not what those events give. What is visible counts as
  /// acknowledged from now on.
  void expect_all_is_well();

  [[nodiscard]] store::LocalStore& service() { return **service_; }
  [[nodiscard]] bool is_open() const { return service_ != nullptr; }
  [[nodiscard]] std::size_t acknowledged() const { return acknowledged_.size(); }
  [[nodiscard]] std::size_t unknown() const { return unknown_.size(); }
  [[nodiscard]] std::filesystem::path data_dir() const { return folder_.path() / "data"; }

 private:
  using Numbers = std::set<std::uint64_t>;
  Numbers next(std::size_t count);
  static std::string ndjson(const Numbers& numbers);
  void heard(const Numbers& numbers, const base::Result<ingest::Receipt>& receipt);
  void expect_answers(const std::vector<std::string>& ids);

  testing_support::TemporaryFolder folder_;
  contract::LocalDays days_;
  std::unique_ptr<testing_support::EmbeddedService> service_;
  std::uint64_t next_ = 0;
  Numbers acknowledged_;
  Numbers unknown_;

 public:
  files::FaultyFiles files;
  config::Settings settings;
};

}  // namespace tidemark::crash
