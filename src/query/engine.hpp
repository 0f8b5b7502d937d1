#pragma once

/// Engines answer questions. All engines that can answer give the same answer at the same position.

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "query/answer.hpp"
#include "query/question.hpp"
#include "query/visible.hpp"

namespace tidemark::query {

/// Set when the answer is not wanted any more (the client is gone, the time is over).
///
/// Threads: any may set and read it.
class Cancellation {
 public:
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
};

/// All engines, present or planned, as clients name them. A profile may lack some of them.
inline constexpr std::array<std::string_view, 4> kEngineNames{"rollup", "columnar", "postgres",
                                                              "clickhouse"};
/// "rollup, columnar, postgres or clickhouse"
[[nodiscard]] std::string engine_names_text();

/// What an answer costs, cheapest first: a question waits only behind those that cost no more.
enum class Cost : std::uint8_t {
  Lookup,   ///< milliseconds at most: reads little memory, and the answer is short
  Memory,   ///< reads memory only, but much of it, or the answer is long
  Reading,  ///< must read events, or wait for sets
};

/// Threads:  `can_answer` and `answer` from any thread, several at once.
/// Errors:   CannotAnswer if the question is not for this engine; Overloaded if the engine will be
///           able to answer soon (sets are being built) or memory is short; TimedOut when
///           cancelled; Unavailable or Corrupt if stored bytes cannot be read.
class Engine {
 public:
  virtual ~Engine() = default;

  /// As `meta.engine` shows it: "rollup", "columnar".
  [[nodiscard]] virtual std::string_view name() const = 0;

  /// Whether `answer` would answer at once. Cheap.
  [[nodiscard]] virtual bool can_answer(const Question& question, const Visible& visible) const = 0;

  /// What `answer` costs if it can answer.
  [[nodiscard]] virtual Cost cost(const Question& /*question*/, const Visible& /*visible*/) const {
    return Cost::Reading;
  }

  /// Blocks. `patient`: the caller named this engine and waits for sets to be built (bounded).
  virtual base::Result<Answer> answer(const Question& question, const Visible& visible,
                                      const Cancellation& cancellation, bool patient) = 0;
};

}  // namespace tidemark::query
