#pragma once

/// Keeps rejected events as sent, with the reasons, so that nothing that a client sent is lost
/// silently. Each project has its own.

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "event/event.hpp"

namespace tidemark::quarantine {

/// One fault of an event.
struct QuarantineFault {
  std::string field;
  std::string code;
  std::string message;
};

/// The format of `raw`.
enum class RawFormat : std::uint8_t {
  Json,  ///< one event, as an element of an array
  Csv,   ///< a header line and one row
};

struct QuarantinedEvent {
  std::uint64_t id = 0;  ///< rises with each event, never used again
  base::Micros rejected_at = 0;
  std::string raw;     ///< the bytes that were sent; possibly neither JSON nor UTF-8
  std::string source;  ///< "http", or "FILE:LINE" of an import
  RawFormat format = RawFormat::Json;
  event::ProjectId project = event::ProjectId::Default;  ///< into which it was sent
  std::vector<QuarantineFault> faults;

  [[nodiscard]] std::size_t bytes() const;
  /// Whether a file holds it: such a row is kept once, but what a client sent is kept each time.
  [[nodiscard]] bool is_row() const { return source != "http"; }
  /// A hash of source and content, which recognises a row of a file within its project.
  [[nodiscard]] std::uint64_t row_hash() const;
  [[nodiscard]] std::string_view source_name() const;  ///< see name_of_source
};

/// "http", or FILE without its line.
std::string_view name_of_source(std::string_view source);

/// How many events are kept of all projects, and how many bytes they may take together.
struct Bounds {
  std::size_t events_max = 10'000;
  std::size_t bytes_max = std::size_t{64} << 20;
};

/// Numbers of events, by the name of their source.
using CountsBySource = std::map<std::string, std::uint64_t, std::less<>>;

/// The number of events that were dropped, by project and source. The number of names is bounded,
/// for a project and for all together; the events of all other sources of a project count under
/// kOtherSources.
class DroppedBySource {
 public:
  static constexpr std::string_view kOtherSources = "(others)";
  static constexpr std::size_t kNamesMax = 100;  ///< of a project
  static constexpr std::size_t kNamesOfAllMax = 10'000;

  void add(event::ProjectId project, std::string_view source_name);
  [[nodiscard]] CountsBySource counts(event::ProjectId project) const;

 private:
  std::map<event::ProjectId, CountsBySource> counts_;
  std::size_t names_ = 0;  // of all projects, without kOtherSources
};

/// A bounded list that drops its oldest events first: those of the project that holds most, and of
/// it those of live senders or those of files, whichever hold more (`holdings.hpp`). So no project
/// costs another an event while that one holds less than an equal share of the bounds, and within
/// a project an import costs no event of a live sender while the live senders hold less than half,
/// nor the other way round.
///
/// What is asked or removed is of one project: its caller sees and changes nothing of another.
///
/// Promise:  what `add` took survives the process. It is a help for people, never the record of
///           truth.
/// Errors:   Unavailable if the file or the server behind it fails. A call that changes the list
///           may then have done so or not; repeating it is harmless, except for `add`, which keeps
///           the events twice.
/// Threads:  any. All except `figures` may block: call them on a worker.
class Quarantine {
 public:
  virtual ~Quarantine() = default;

  /// Numbers the events and keeps them, each for its project.
  virtual base::Status add(std::vector<QuarantinedEvent> events) = 0;

  /// As `add` for rows of files, except for rows that are kept already for their project, by source
  /// and content: an import that is repeated adds nothing. Returns how many were kept.
  virtual base::Result<std::size_t> add_rows(std::vector<QuarantinedEvent> rows) = 0;

  /// At most `limit` events of the project with an id above `after`, in order.
  [[nodiscard]] virtual base::Result<std::vector<QuarantinedEvent>> list(
      event::ProjectId project, std::uint64_t after, std::size_t limit) const = 0;

  /// Returns how many of them existed; an id of another project does not, and stays.
  virtual base::Result<std::size_t> remove(event::ProjectId project,
                                           std::span<const std::uint64_t> ids) = 0;

  /// Removes all events of a source of the project: "http", FILE (with all its lines), or
  /// FILE:LINE. Returns their number.
  virtual base::Result<std::size_t> remove_source(event::ProjectId project,
                                                  std::string_view source) = 0;

  /// Of all projects together.
  struct Figures {
    std::size_t events = 0;
    std::size_t bytes = 0;
    std::uint64_t dropped = 0;  ///< oldest events that were dropped, since the start
    std::uint64_t damaged = 0;  ///< pieces of the file that did not read back at the start
  };
  /// What is known without a request to a server; does not block for long.
  [[nodiscard]] virtual Figures figures() const = 0;
  /// The events of the project that this process has dropped.
  [[nodiscard]] virtual CountsBySource dropped_by_source(event::ProjectId project) const = 0;
};

}  // namespace tidemark::quarantine
