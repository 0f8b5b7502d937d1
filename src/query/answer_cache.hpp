#pragma once

/// Answers that were given, kept until something changes: a dashboard asks the same again.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/keyed_hash.hpp"
#include "base/result.hpp"
#include "query/router.hpp"
#include "query/shared_answer_cache.hpp"

namespace tidemark::query {

/// Asks the engines what neither it nor whoever shares answers has kept. An answer is kept with the
/// epoch and the position that it is of, and given again there alone: it cannot be stale.
///
/// Threads:  any.
/// Lifetime: the engines, and what is shared, outlive this.
/// Cost:     a microsecond for an answer that is kept.
class AnswerCache {
 public:
  /// Beyond `bytes_max` those go that were asked for least recently; 0 keeps nothing here.
  AnswerCache(const Engines& engines, std::size_t bytes_max, SharedAnswerCache* shared = nullptr);

  /// Where an answer is to come from.
  struct Wish {
    std::optional<std::string_view> forced = {};  ///< the engine that is to give it
    bool anew = false;                            ///< asks the engines in any case
  };

  /// As Engines::answer.
  base::Result<std::shared_ptr<const Answered>> answer(const Question& question,
                                                       const Visible& visible,
                                                       const Cancellation& cancellation,
                                                       const Wish& wish);

  /// As `answer`, where it costs at most `cost_max`: an answer that is kept here, or
  /// Engines::answer_within. Nothing: it costs more; one that is kept does where it is longer than
  /// kLookupBytesMax, because a text has to be made of it.
  std::optional<base::Result<std::shared_ptr<const Answered>>> answer_within(
      Cost cost_max, const Question& question, const Visible& visible,
      const Cancellation& cancellation, const Wish& wish);

  /// Of a kept answer that Cost::Lookup gives: a text of half a megabyte takes some milliseconds.
  static constexpr std::size_t kLookupBytesMax = std::size_t{128} * 1'024;

  struct Figures {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;  ///< here; answers that were asked anew on purpose are neither
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] Figures figures() const;

 private:
  using Given = std::shared_ptr<const Answered>;
  struct Kept {
    std::string key;
    std::shared_ptr<const Answered> answered;
    std::size_t bytes = 0;
  };
  using Place = std::list<Kept>::iterator;

  /// What is kept here or by whoever shares.
  Given find_kept(const std::string& key, event::Sequence position);
  /// Keeps what the engines have answered.
  base::Result<Given> given_anew(std::string key, base::Result<Answered> answered);
  std::shared_ptr<const Answered> find_shared(const std::string& key, event::Sequence position);
  std::shared_ptr<const Answered> find(const std::string& key, event::Sequence position);
  void keep(std::string key, std::shared_ptr<const Answered> answered);
  void remove(Place place);

  const Engines& engines_;
  const std::size_t bytes_max_;
  SharedAnswerCache* const shared_;  // null: nobody shares
  std::atomic<std::uint64_t> hits_{0};
  std::atomic<std::uint64_t> misses_{0};

  mutable std::mutex mutex_;
  std::list<Kept> by_use_;  // the last one used first
  std::unordered_map<std::string_view, Place, base::KeyedHash> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace tidemark::query
