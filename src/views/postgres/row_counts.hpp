#pragma once

/// Counts events that come one by one in groups, as SQL does when it can test the events itself.

#include <array>
#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "event/event.hpp"
#include "query/source.hpp"

namespace tidemark::views::postgres {

/// Gathers one user's bits at a time: the events of a user must follow one another.
class UserGather {
 public:
  UserGather(const query::Activity& activity, event::Micros begin,
             const query::Source::VisitUser& visit)
      : words_(static_cast<std::size_t>(activity.words())),
        first_seen_(activity.first_seen),
        begin_(begin),
        visit_(visit) {
    assert(words_ <= bits_.size());
  }

  /// Adds an event of `user`; if `bit` is not below 0, sets that bit.
  void add(std::string_view user, event::Micros occurred_at, std::int64_t bit);
  /// Call it after the last event.
  void finish();

 private:
  std::size_t words_;
  bool first_seen_;
  event::Micros begin_;
  const query::Source::VisitUser& visit_;

  bool has_user_ = false;
  bool has_bit_ = false;
  std::string user_;
  event::Micros first_ = 0;
  std::array<std::uint64_t, query::kActivityWordsMax> bits_{};
};

/// Finds the most frequent types. The events of a type must follow one another, and within a type
/// those of a user.
///
/// Cost: the memory of twice the wanted number of types, however many types there are.
class TypeGather {
 public:
  explicit TypeGather(std::uint32_t limit) : limit_(limit) {}

  void add(std::string_view type, std::string_view user);
  std::vector<query::TypeTotals> finish();

 private:
  void keep_most();

  std::uint32_t limit_;
  std::vector<query::TypeTotals> types_;
  std::string user_;
};

}  // namespace tidemark::views::postgres
