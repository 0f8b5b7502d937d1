#pragma once

/// The sets for one question: those of one project, one zone and the matching types.

#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "query/engine.hpp"
#include "query/question.hpp"
#include "views/rollup/root.hpp"

namespace tidemark::views::rollup {

/// Sets whose union the caller wants.
using SetList = std::vector<const OrdinalSet*>;

/// Cost:     without a segment, or with a segment that names its types, independent of the number
///           of types.
/// Lifetime: must not outlive the view and the table that it was made from.
class ScopeSets {
 public:
  /// CannotAnswer if the segment has conditions beyond the type. `unions` may be null.
  static base::Result<ScopeSets> make(const query::Scope& scope, const ProjectView& view,
                                      const DayTable& days, DayUnions* unions);

  /// CannotAnswer if a matching type has no sets any more.
  [[nodiscard]] base::Status has_all_sets() const;

  [[nodiscard]] const ProjectView& view() const { return *view_; }
  [[nodiscard]] const DayTable& days() const { return *days_; }
  /// Null if there are none.
  [[nodiscard]] DayUnions* unions() const { return unions_; }
  [[nodiscard]] bool every_type() const { return every_type_; }
  [[nodiscard]] bool matches(std::uint32_t type) const;
  /// The names of all types. Call it once per question: there may be a million.
  [[nodiscard]] std::vector<std::string_view> type_names() const;
  [[nodiscard]] std::string_view name_of(std::uint32_t type) const;
  /// The number of blocks that hold all users of the project.
  [[nodiscard]] std::uint32_t blocks() const {
    return static_cast<std::uint32_t>((view_->user_count + kBlockUsers - 1) / kBlockUsers);
  }

  /// Adds the sets whose union is the users with a matching event on the day.
  void collect(event::LocalDay day, SetList& sets) const;
  void collect(const Day& day, SetList& sets) const;

 private:
  /// Finds the types that match among the `view_->type_count` types.
  void match_types(const query::Segment& segment);
  [[nodiscard]] base::Error dropped(std::uint32_t type) const;

  const ProjectView* view_ = nullptr;
  const DayTable* days_ = nullptr;
  DayUnions* unions_ = nullptr;
  // If not every type matches: the matching types in order, if the segment names them; otherwise,
  // for each type, whether it matches.
  bool every_type_ = true;
  bool named_ = false;
  std::vector<std::uint32_t> named_types_;
  std::vector<bool> matching_;
};

/// Aligned bitsets of one block each. The user of a bitset clears or fills it first.
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

/// Adds block `index` of all `sets`; false if there was nothing to add.
bool or_into(std::uint64_t* bits, const SetList& sets, std::uint32_t index);

/// TimedOut if the question was cancelled.
base::Status going_on(const query::Cancellation& cancellation);

// Questions that the sets answer faster than user by user; one file each.
base::Result<query::Answer> answer(const query::ActiveUsers& asked, const ScopeSets& sets,
                                   const query::Cancellation& cancellation);
base::Result<query::Answer> answer(const query::TopEvents& asked, const ScopeSets& sets,
                                   const query::Cancellation& cancellation);
base::Result<query::Answer> answer(const query::Retention& asked, const ScopeSets& sets,
                                   const query::Cancellation& cancellation);

/// Whether everything that `answer` needs is there.
base::Status can_answer(const query::TopEvents& asked, const ScopeSets& sets);

}  // namespace tidemark::views::rollup
