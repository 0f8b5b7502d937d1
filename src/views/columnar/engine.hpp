#pragma once

/// Answers every question by SQL: DuckDB over the archive's Parquet files and the tail in memory.

#include <memory>
#include <span>
#include <vector>

#include "archive/segment_reader.hpp"
#include "base/result.hpp"
#include "query/engine.hpp"
#include "query/event_finder.hpp"
#include "views/columnar/calculator.hpp"
#include "views/columnar/latest_event.hpp"

namespace tidemark::views::columnar {

/// Cost:     10 million events: about half a second for dau or retention of a month, one for top
///           events, on two cores; a segment on a property adds 0.1 µs an event.
/// Errors:   Overloaded over the memory limit, TimedOut when cancelled, Corrupt or Unavailable if
///           the archive cannot be read.
/// Threads:  any, several at once.
/// Lifetime: `reader` must outlive the engine, which also uses the reader's SegmentChecks.
class ColumnarEngine final : public query::Engine, public query::EventFinder {
 public:
  static base::Result<std::unique_ptr<ColumnarEngine>> open(const archive::SegmentReader& reader,
                                                            ColumnarOptions options);

  [[nodiscard]] std::string_view name() const override { return "columnar"; }
  [[nodiscard]] bool can_answer(const query::Question&, const query::Visible&) const override {
    return true;
  }
  base::Result<query::Answer> answer(const query::Question& question, const query::Visible& visible,
                                     const query::Cancellation& cancellation,
                                     bool patient) override;

  /// One page. Its cursor carries the position of `question.after`, or for the first page that of
  /// `visible`, so that events that arrive in between are on none of its pages.
  /// Cost: files are read from the newest (or oldest) on until the page is full.
  base::Result<query::EventPage> list(const query::ListEvents& question,
                                      const query::Visible& visible,
                                      const query::Cancellation& cancellation) override;

  base::Result<std::vector<query::ListedEvent>> by_sequences(
      const query::Visible& visible, std::span<const event::Sequence> sequences) override;

 private:
  ColumnarEngine(const archive::SegmentReader& reader, std::unique_ptr<Calculator> calculator)
      : reader_(reader), calculator_(std::move(calculator)), latest_(*calculator_) {}

  const archive::SegmentReader& reader_;
  std::unique_ptr<Calculator> calculator_;
  LatestEvent latest_;
};

}  // namespace tidemark::views::columnar
