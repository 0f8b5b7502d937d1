#pragma once

/// When each user was first seen: the least occurred_at of the user's events, in whatever order
/// they come.

#include <array>
#include <cassert>
#include <cstdint>
#include <vector>

#include "event/event.hpp"
#include "views/rollup/counted.hpp"

namespace tidemark::views::rollup {

class FirstSeen : public Counted {
 public:
  static constexpr std::uint32_t kUsersInPage = 4'096;
  struct Page : Counted {
    event::Sequence changed = 0;  ///< one past the last event that changed a time here
    std::array<event::Micros, kUsersInPage> at{};
  };

  [[nodiscard]] std::uint32_t users() const { return users_; }
  [[nodiscard]] event::Micros at(std::uint32_t user) const {
    assert(user < users_);
    return pages_[user / kUsersInPage]->at[user % kUsersInPage];
  }
  [[nodiscard]] const std::vector<Ref<Page>, Metered<Ref<Page>>>& pages() const { return pages_; }

  /// Takes an event of `user`, who must be known or the next new user.
  void note(std::uint32_t user, event::Micros occurred_at, event::Sequence sequence) {
    assert(user <= users_);
    if (user < users_ && at(user) <= occurred_at) return;
    if (user == pages_.size() * kUsersInPage) pages_.emplace_back();
    Page& page = pages_[user / kUsersInPage].own();
    page.at[user % kUsersInPage] = occurred_at;
    page.changed = sequence + 1;
    if (user == users_) ++users_;
  }
  /// Adds the next page, as a snapshot has it; all pages before it must be full.
  void add_page(Ref<Page> page, std::uint32_t users) {
    assert(users_ == pages_.size() * kUsersInPage && users <= kUsersInPage);
    pages_.push_back(std::move(page));
    users_ += users;
  }

 private:
  std::uint32_t users_ = 0;
  std::vector<Ref<Page>, Metered<Ref<Page>>> pages_;
};

}  // namespace tidemark::views::rollup
