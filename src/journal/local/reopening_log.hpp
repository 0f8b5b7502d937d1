#pragma once

/// A log that can be opened anew, after a failure that stopped it, while others hold it.

#include <memory>
#include <shared_mutex>

#include "files/files.hpp"
#include "journal/journal.hpp"
#include "journal/local/log.hpp"

namespace tidemark::journal::local {

/// Promise:  as Log's. While the log is closed, after a failed `reopen`, every append is
///           Unavailable and the figures are those of the moment before.
/// Threads:  one thread appends and reopens; any may release and read the figures.
/// Lifetime: `files` must outlive it.
class ReopeningLog final : public Journal {
 public:
  /// See Log::open.
  static base::Result<std::unique_ptr<ReopeningLog>> open(files::Files& files,
                                                          const files::Files::Path& folder,
                                                          Log::Options options, Sequence from,
                                                          const Visitor& visit);

  /// Closes the log and opens it from the disk, exactly as a restart would: see Log::open. After a
  /// failure the log is closed, and the caller may try again; the visited events are not durable
  /// then.
  ///
  /// Errors:   as Log::open's; Corrupt if the disk lacks an event that was confirmed.
  base::Status reopen(Sequence from, const Visitor& visit);

  using Journal::append;
  base::Status append(Sequence first, std::uint32_t count,
                      std::span<const std::span<const std::byte>> pieces) override;
  base::Status release(Sequence end) override;
  [[nodiscard]] Sequence begin() const override;
  [[nodiscard]] Sequence end() const override;
  [[nodiscard]] std::size_t content_bytes_max() const override { return content_bytes_max_; }
  [[nodiscard]] std::uint64_t bytes() const override;
  [[nodiscard]] Stats stats() const override;
  /// See Log::room; while the log is closed, an error that says so.
  [[nodiscard]] base::Status room() const;

 private:
  /// The figures while no log is open.
  struct Figures {
    Sequence begin = 0;
    Sequence end = 0;
    std::uint64_t bytes = 0;
    Stats stats;
  };

  ReopeningLog(files::Files& files, files::Files::Path folder, Log::Options options,
               std::unique_ptr<Log> log);
  [[nodiscard]] Figures figures() const;

  files::Files& files_;
  const files::Files::Path folder_;
  const Log::Options options_;
  const std::size_t content_bytes_max_;

  mutable std::shared_mutex mutex_;  // held exclusively only while the log is exchanged
  std::unique_ptr<Log> log_;         // null: closed
  Figures last_;
};

}  // namespace tidemark::journal::local
