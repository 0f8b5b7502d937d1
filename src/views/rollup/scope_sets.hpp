#pragma once

/// The sets that a question is about: those of one project, one zone and the types that match.

#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "query/engine.hpp"
#include "query/question.hpp"
#include "views/rollup/root.hpp"

namespace tidemark::views::rollup {

/// Sets whose union is wanted.
using SetList = std::vector<const OrdinalSet*>;

/// Cost:     without a segment, and with one that names its types, that does not depend on how many
///           types there are.
/// Lifetime: of the view and the table it was made of.
class ScopeSets {
 public:
  /// CannotAnswer where the segment asks for more than the type. `unions` may be null.
  static base::Result<ScopeSets> make(const query::Scope& scope, const ProjectView& view,
                                      const DayTable& days, DayUnions* unions);

  /// CannotAnswer where a type that matches has no sets any more.
  [[nodiscard]] base::Status has_all_sets() const;

  [[nodiscard]] const ProjectView& view() const { return *view_; }
  [[nodiscard]] const DayTable& days() const { return *days_; }
  /// Null where nobody keeps any.
  [[nodiscard]] DayUnions* unions() const { return unions_; }
  [[nodiscard]] bool every_type() const { return every_type_; }
  [[nodiscard]] bool matches(std::uint32_t type) const;
  /// Of all types; what is to be called once for a question: there may be a million.
  [[nodiscard]] std::vector<std::string_view> type_names() const;
  [[nodiscard]] std::string_view name_of(std::uint32_t type) const;
  /// Every user of the project is in a block below.
  [[nodiscard]] std::uint32_t blocks() const {
    return static_cast<std::uint32_t>((view_->user_count + kBlockUsers - 1) / kBlockUsers);
  }

  /// Adds the sets whose union is the users with a matching event on the day.
  void collect(event::LocalDay day, SetList& sets) const;
  void collect(const Day& day, SetList& sets) const;

 private:
  /// Which types match, of which there are `view_->type_count`.
  void match_types(const query::Segment& segment);
  [[nodiscard]] base::Error dropped(std::uint32_t type) const;

  const ProjectView* view_ = nullptr;
  const DayTable* days_ = nullptr;
  DayUnions* unions_ = nullptr;
  // Where not every type matches: those that do, in order, where the segment names them; else, for
  // each type, whether it does.
  bool every_type_ = true;
  bool named_ = false;
  std::vector<std::uint32_t> named_types_;
  std::vector<bool> matching_;
};

/// Bitsets of one block each, aligned. Whoever uses one clears or fills it first.
class BlockBuffer {
 public:
  explicit BlockBuffer(std::size_t blocks)
      : words_(new(std::align_val_t(64)) std::uint64_t[blocks * kBlockWords]) {}

  std::uint64_t* operator[](std::size_t block) { return words_.get() + block * kBlockWords; }
  void clear(std::size_t block) { std::memset((*this)[block], 0, kBlockBytes); }

 private:
  struct Free {
    void operator()(std::uint64_t* words) const {
      ::operator delete[](words, std::align_val_t(64));
    }
  };
  std::unique_ptr<std::uint64_t[], Free> words_;
};

/// Adds block `index` of all `sets`; whether there was anything.
bool or_into(std::uint64_t* bits, const SetList& sets, std::uint32_t index);

/// TimedOut where the asker has gone.
base::Status going_on(const query::Cancellation& cancellation);

// The questions that the sets answer faster than by one user after another; one file each.
base::Result<query::Answer> answer(const query::ActiveUsers& asked, const ScopeSets& sets,
                                   const query::Cancellation& cancellation);
base::Result<query::Answer> answer(const query::TopEvents& asked, const ScopeSets& sets,
                                   const query::Cancellation& cancellation);
base::Result<query::Answer> answer(const query::Retention& asked, const ScopeSets& sets,
                                   const query::Cancellation& cancellation);

/// Whether all that `answer` would look at is there.
base::Status can_answer(const query::TopEvents& asked, const ScopeSets& sets);

}  // namespace tidemark::views::rollup
