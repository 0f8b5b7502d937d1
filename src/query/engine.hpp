#pragma once

/// Who answers questions. Every engine that can answer gives the same answer at the same position.

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

/// Set by whoever no longer wants the answer (the client is gone, the time is over).
/// Threads: any may set and read it.
class Cancellation {
 public:
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
};

/// The engines that there are, or will be, as clients name them. Not each of them is present in
/// each profile.
inline constexpr std::array<std::string_view, 4> kEngineNames{"rollup", "columnar", "postgres",
                                                              "clickhouse"};
/// "rollup, columnar, postgres or clickhouse"
[[nodiscard]] std::string engine_names_text();

/// What an answer takes, from the cheapest on: questions wait only behind those that cost no more.
enum class Cost : std::uint8_t {
  Lookup,   ///< milliseconds at most: a little of what is in memory, and a short answer
  Memory,   ///< what is in memory, though a lot of it, or a long answer
  Reading,  ///< events must be read, or sets be waited for
};

/// Threads:  `can_answer` and `answer` from any thread, several at once.
/// Errors:   CannotAnswer where the question is not for this engine; Overloaded where it will be
///           able to soon (sets are being built) or memory is short; TimedOut when cancelled;
///           Unavailable or Corrupt where stored bytes cannot be read.
class Engine {
 public:
  virtual ~Engine() = default;

  /// As `meta.engine` tells it: "rollup", "columnar".
  [[nodiscard]] virtual std::string_view name() const = 0;

  /// Whether `answer` would answer at once. Cheap.
  [[nodiscard]] virtual bool can_answer(const Question& question, const Visible& visible) const = 0;

  /// What `answer` takes where it can answer.
  [[nodiscard]] virtual Cost cost(const Question& /*question*/, const Visible& /*visible*/) const {
    return Cost::Reading;
  }

  /// Blocks. `patient`: the caller named this engine and waits for sets to be built (bounded).
  virtual base::Result<Answer> answer(const Question& question, const Visible& visible,
                                      const Cancellation& cancellation, bool patient) = 0;
};

}  // namespace tidemark::query
