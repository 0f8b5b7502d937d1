#pragma once

/// Keeps answers until something changes, because a dashboard asks the same questions again.

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

/// Gives an answer that this cache or the shared cache has kept, and otherwise asks the engines. An
/// answer is kept with its epoch and its position and is given again only at that position, so it
/// cannot be stale.
///
/// Threads:  any.
/// Lifetime: the engines and the shared cache must outlive this.
/// Cost:     a microsecond for an answer that is kept.
class AnswerCache {
 public:
  /// When the answers exceed `bytes_max`, the least recently used ones go; 0 keeps nothing here.
  AnswerCache(const Engines& engines, std::size_t bytes_max, SharedAnswerCache* shared = nullptr);

  /// Which answer the caller accepts.
  struct Wish {
    std::optional<std::string_view> forced = {};  ///< the engine that must give the answer
    bool anew = false;                            ///< asks the engines even if an answer is kept
  };

  /// As Engines::answer.
  base::Result<std::shared_ptr<const Answered>> answer(const Question& question,
                                                       const Visible& visible,
                                                       const Cancellation& cancellation,
                                                       const Wish& wish);

  /// As `answer`, if the answer costs at most `cost_max`: it is kept here, or
  /// Engines::answer_within gives it. Nothing if it costs more. A kept answer that is longer than
  /// kLookupBytesMax costs more, because a text has to be made of it.
  std::optional<base::Result<std::shared_ptr<const Answered>>> answer_within(
      Cost cost_max, const Question& question, const Visible& visible,
      const Cancellation& cancellation, const Wish& wish);

  /// The longest kept answer that Cost::Lookup gives: a text of half a megabyte takes milliseconds.
  static constexpr std::size_t kLookupBytesMax = std::size_t{128} * 1'024;

  struct Figures {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;  ///< here; questions asked anew on purpose are not counted
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

  /// An answer that this cache or the shared one keeps.
  Given find_kept(const std::string& key, event::Sequence position);
  /// Keeps the answer that the engines have given.
  base::Result<Given> given_anew(std::string key, base::Result<Answered> answered);
  std::shared_ptr<const Answered> find_shared(const std::string& key, event::Sequence position);
  std::shared_ptr<const Answered> find(const std::string& key, event::Sequence position);
  void keep(std::string key, std::shared_ptr<const Answered> answered);
  void remove(Place place);

  const Engines& engines_;
  const std::size_t bytes_max_;
  SharedAnswerCache* const shared_;  // null: no shared cache
  std::atomic<std::uint64_t> hits_{0};
  std::atomic<std::uint64_t> misses_{0};

  mutable std::mutex mutex_;
  std::list<Kept> by_use_;  // the most recently used one first
  std::unordered_map<std::string_view, Place, base::KeyedHash> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace tidemark::query
