#pragma once

/// Rejected events, as sent, with the reasons: nothing that a client sent is lost in silence.

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace tidemark::quarantine {

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
  /// Whether a file holds it: then it is kept once, and what was sent each time.
  [[nodiscard]] bool is_row() const { return source != "http"; }
  /// Of source and content: by it a row of a file is known again.
  [[nodiscard]] std::uint64_t row_hash() const;
  [[nodiscard]] std::string_view source_name() const;  ///< see name_of_source
};

/// "http", or FILE without its line.
std::string_view name_of_source(std::string_view source);

/// How many events are kept, and how much they may take together.
struct Bounds {
  std::size_t events_max = 10'000;
  std::size_t bytes_max = std::size_t{64} << 20;
};

/// How many events had to go, by the name of their source; a bounded number of names, and the
/// events of all others under kOtherSources.
class DroppedBySource {
 public:
  static constexpr std::string_view kOtherSources = "(others)";

  void add(std::string_view source_name);
  [[nodiscard]] const std::map<std::string, std::uint64_t, std::less<>>& counts() const {
    return counts_;
  }

 private:
  static constexpr std::size_t kNamesMax = 100;
  std::map<std::string, std::uint64_t, std::less<>> counts_;
};

/// A bounded list, oldest out first: of live senders' events or of files' rows, whichever take more
/// than half of what may be kept. So an import costs no live sender's event while those have not
/// filled their own half, nor the other way about.
///
/// Promise:  what `add` took survives the process. It is a help for people, never the record of
///           truth.
/// Errors:   Unavailable where the file or the server behind it fails: a call that changes the list
///           may have done so or not, and is harmless to repeat but for `add`, which keeps twice.
/// Threads:  any. All but `figures` may block: call them on a worker.
class Quarantine {
 public:
  virtual ~Quarantine() = default;

  /// Numbers the events and keeps them.
  virtual base::Status add(std::vector<QuarantinedEvent> events) = 0;

  /// The same for rows of files, but those that are kept already, by source and content: an import
  /// that is repeated adds nothing. How many were kept.
  virtual base::Result<std::size_t> add_rows(std::vector<QuarantinedEvent> rows) = 0;

  /// At most `limit` events with an id above `after`, in order.
  [[nodiscard]] virtual base::Result<std::vector<QuarantinedEvent>> list(
      std::uint64_t after, std::size_t limit) const = 0;

  /// How many of them were there.
  virtual base::Result<std::size_t> remove(std::span<const std::uint64_t> ids) = 0;

  /// Removes all of a source: "http", FILE (with all its lines), or FILE:LINE. How many there were.
  virtual base::Result<std::size_t> remove_source(std::string_view source) = 0;

  struct Figures {
    std::size_t events = 0;
    std::size_t bytes = 0;
    std::uint64_t dropped = 0;  ///< oldest events that had to go, since the start
    std::uint64_t damaged = 0;  ///< pieces of the file that did not read back at the start
  };
  /// What is known without asking anybody; does not block for long.
  [[nodiscard]] virtual Figures figures() const = 0;
  /// Of the dropped ones of this process.
  [[nodiscard]] virtual DroppedBySource dropped_by_source() const = 0;
};

}  // namespace tidemark::quarantine
