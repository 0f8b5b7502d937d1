#include "views/postgres/row_counts.hpp"

#include <algorithm>
#include <utility>

namespace tidemark::views::postgres {

void UserGather::add(std::string_view user, event::Micros occurred_at, std::int64_t bit) {
  if (!has_user_ || user != user_) {
    finish();
    has_user_ = true;
    user_ = user;
    first_ = occurred_at;
  }
  first_ = std::min(first_, occurred_at);
  if (bit < 0) return;
  has_bit_ = true;
  const auto at = static_cast<std::uint64_t>(bit);
  bits_.at(at / 64) |= std::uint64_t{1} << (at % 64);
}

void UserGather::finish() {
  const bool counts = first_seen_ ? first_ >= begin_ : has_bit_;
  if (has_user_ && counts) visit_(first_seen_ ? first_ : 0, query::Words{bits_}.first(words_));
  has_user_ = false;
  has_bit_ = false;
  std::fill_n(bits_.begin(), words_, 0);
}

void TypeGather::add(std::string_view type, std::string_view user) {
  const bool same_type = !types_.empty() && types_.back().event_type == type;
  if (!same_type) {
    if (types_.size() >= std::size_t{2} * limit_) keep_most();
    types_.push_back({.event_type = std::string(type)});
  }
  auto& counted = types_.back();
  ++counted.count;
  if (same_type && user == user_) return;
  ++counted.unique_users;
  user_ = user;
}

std::vector<query::TypeTotals> TypeGather::finish() {
  keep_most();
  return std::move(types_);
}

void TypeGather::keep_most() {
  std::ranges::sort(types_, [](const auto& a, const auto& b) {
    return a.count != b.count ? a.count > b.count : a.event_type < b.event_type;
  });
  if (types_.size() > limit_) types_.resize(limit_);
}

}  // namespace tidemark::views::postgres
