#pragma once

/// Rejected events, as sent, with the reasons: nothing that a client sent is lost in silence.

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "files/files.hpp"

namespace tidemark::ingest {

/// One thing that was wrong with an event.
struct QuarantineFault {
  std::string field;
  std::string code;
  std::string message;
};

/// How `raw` is to be read.
enum class RawFormat : std::uint8_t {
  Json,  ///< one event, as an element of an array would stand there
  Csv,   ///< a header line and one row
};

struct QuarantinedEvent {
  std::uint64_t id = 0;  ///< rises with each event, never used again
  base::Micros rejected_at = 0;
  std::string raw;     ///< the bytes that were sent; perhaps no JSON, perhaps no UTF-8
  std::string source;  ///< "http", or "FILE:LINE" of an import
  RawFormat format = RawFormat::Json;
  std::vector<QuarantineFault> faults;

  [[nodiscard]] std::size_t bytes() const;
};

/// A bounded list, oldest out first, in memory and in one file.
///
/// Promise:  what `add` took survives the process; a power cut may cost the last moments. The file
///           is a help for people, never the record of truth: a file of another kind or version is
///           put aside and a new one begun. It is described in docs/formats/quarantine.md.
/// Errors:   Unavailable when the file cannot be written; the event is then kept in memory. Where
///           that is so at the opening, it opens all the same.
/// Threads:  any.
class Quarantine {
 public:
  struct Options {
    std::size_t events_max = 10'000;
    std::size_t bytes_max = std::size_t{64} << 20;
  };

  /// Opens `folder`/quarantine.log, makes it where it is missing.
  static base::Result<std::unique_ptr<Quarantine>> open(files::Files& files,
                                                        files::Files::Path folder, Options options);

  /// Numbers the events and keeps them.
  base::Status add(std::vector<QuarantinedEvent> events);

  /// The same for rows of files, but those that are kept already, by source and content: an import
  /// that is repeated adds nothing. How many were kept.
  base::Result<std::size_t> add_rows(std::vector<QuarantinedEvent> rows);

  /// At most `limit` events with an id above `after`, in order.
  [[nodiscard]] std::vector<QuarantinedEvent> list(std::uint64_t after, std::size_t limit) const;

  /// Whether it was there.
  base::Result<bool> remove(std::uint64_t id);

  struct Figures {
    std::size_t events = 0;
    std::size_t bytes = 0;
    std::uint64_t dropped = 0;  ///< oldest events that had to go, since the start
  };
  [[nodiscard]] Figures figures() const;

 private:
  Quarantine(files::Files& files, files::Files::Path folder, Options options);

  base::Status load();
  base::Status begin_file();
  void read_changes(std::string_view rest);
  base::Status append(std::string_view records);
  base::Status rewrite();
  base::Status rewrite_if_worthwhile();
  base::Status add_locked(std::vector<QuarantinedEvent> events);
  void keep(QuarantinedEvent event);
  void forget(const QuarantinedEvent& event);
  void drop_oldest_while_over();

  files::Files& files_;
  files::Files::Path folder_;
  Options options_;

  mutable std::mutex mutex_;  // guards the rest
  std::deque<QuarantinedEvent> events_;
  std::unordered_set<std::uint64_t> rows_;  // hashes of what files hold; see add_rows
  std::size_t bytes_ = 0;
  std::uint64_t next_id_ = 1;
  std::uint64_t dropped_ = 0;
  std::unique_ptr<files::File> file_;
  std::uint64_t file_bytes_ = 0;
};

}  // namespace tidemark::ingest
