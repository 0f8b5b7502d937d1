#include "query/answer_cache.hpp"

#include <cassert>
#include <utility>
#include <variant>

#include "query/question_key.hpp"

namespace tidemark::query {
namespace {

/// The memory of one entry beside its texts and rows: two nodes, a block of the shared pointer.
constexpr std::size_t kEntryBytes = 256;

bool is_long(const Answered& answered) {
  return bytes_of(answered.answer) > AnswerCache::kLookupBytesMax;
}

std::string key_of(const Question& question, const Visible& visible,
                   std::optional<std::string_view> forced) {
  return std::to_string(visible.epoch.size()) + ':' + visible.epoch +
         std::string(forced.value_or("")) + ' ' + key_of(question);
}

}  // namespace

AnswerCache::AnswerCache(const Engines& engines, std::size_t bytes_max, SharedAnswerCache* shared)
    : engines_(engines), bytes_max_(bytes_max), shared_(shared) {}

base::Result<std::shared_ptr<const Answered>> AnswerCache::answer(const Question& question,
                                                                  const Visible& visible,
                                                                  const Cancellation& cancellation,
                                                                  const Wish& wish) {
  auto key = key_of(question, visible, wish.forced);
  if (!wish.anew) {
    if (auto kept = find_kept(key, visible.position)) return kept;
    ++misses_;
  }
  return given_anew(std::move(key), engines_.answer(question, visible, cancellation, wish.forced));
}

std::optional<base::Result<AnswerCache::Given>> AnswerCache::answer_within(
    Cost cost_max, const Question& question, const Visible& visible,
    const Cancellation& cancellation, const Wish& wish) {
  auto key = key_of(question, visible, wish.forced);
  if (!wish.anew) {
    if (auto kept = find_kept(key, visible.position)) {
      if (cost_max == Cost::Lookup && is_long(*kept)) return std::nullopt;
      return kept;
    }
  }
  auto answered = engines_.answer_within(cost_max, question, visible, cancellation, wish.forced);
  if (!answered) return std::nullopt;
  if (!wish.anew) ++misses_;
  return given_anew(std::move(key), *std::move(answered));
}

AnswerCache::Given AnswerCache::find_kept(const std::string& key, event::Sequence position) {
  if (auto kept = find(key, position)) return kept;
  return find_shared(key, position);
}

base::Result<AnswerCache::Given> AnswerCache::given_anew(std::string key,
                                                         base::Result<Answered> answered) {
  if (!answered) return answered.error();
  auto given = std::make_shared<const Answered>(*std::move(answered));
  if (shared_ != nullptr) shared_->keep(key, *given);
  keep(std::move(key), given);
  return given;
}

std::shared_ptr<const Answered> AnswerCache::find_shared(const std::string& key,
                                                         event::Sequence position) {
  if (shared_ == nullptr) return nullptr;
  auto found = shared_->find(key, position);
  if (!found) return nullptr;
  auto given = std::make_shared<const Answered>(*std::move(found));
  keep(key, given);
  return given;
}

AnswerCache::Figures AnswerCache::figures() const {
  const std::lock_guard lock(mutex_);
  return {.hits = hits_.load(), .misses = misses_.load(), .bytes = bytes_};
}

std::shared_ptr<const Answered> AnswerCache::find(const std::string& key,
                                                  event::Sequence position) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end() || found->second->answered->as_of != position) return nullptr;
  ++hits_;
  by_use_.splice(by_use_.begin(), by_use_, found->second);
  return found->second->answered;
}

void AnswerCache::keep(std::string key, std::shared_ptr<const Answered> answered) {
  const std::size_t bytes = kEntryBytes + key.capacity() + bytes_of(answered->answer);
  if (bytes > bytes_max_) return;
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    // Who began earlier may end later, with an older answer.
    if (found->second->answered->as_of > answered->as_of) return;
    remove(found->second);
  }
  while (bytes_ + bytes > bytes_max_) {
    assert(!by_use_.empty());
    remove(std::prev(by_use_.end()));
  }
  by_use_.push_front({.key = std::move(key), .answered = std::move(answered), .bytes = bytes});
  by_key_.emplace(by_use_.front().key, by_use_.begin());
  bytes_ += bytes;
  assert(bytes_ <= bytes_max_ && by_key_.size() == by_use_.size());
}

void AnswerCache::remove(Place place) {
  assert(bytes_ >= place->bytes);
  bytes_ -= place->bytes;
  by_key_.erase(place->key);
  by_use_.erase(place);
}

}  // namespace tidemark::query
