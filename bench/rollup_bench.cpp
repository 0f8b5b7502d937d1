// What the rollup costs: an event applied, and the memory of all of them, for a shape of events.
//
// Usage: rollup_bench [EVENTS [USERS [TYPES [DAYS [unordered]]]]]; unless told 10 million events of
// a million users, 50 types, 30 days, in order of time. A few users and types do most.

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "views/rollup/rollup.hpp"

namespace {

using namespace tidemark;

constexpr std::size_t kGroup = 10'000;
constexpr base::Micros kBegin = 1'750'000'000'000'000;

struct Shape {
  std::uint64_t events = 10'000'000;
  std::uint64_t users = 1'000'000;
  std::uint64_t types = 50;
  std::uint64_t days = 30;
  bool ordered = true;
};

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Groups of rows, one after the other; what they point into stays until the next.
class Groups {
 public:
  explicit Groups(const Shape& shape) : shape_(shape), texts_(kGroup * 2), rows_(kGroup) {}

  std::span<const event::StoredRow> next() {
    for (std::size_t i = 0; i < kGroup; ++i, ++sequence_) {
      auto& row = rows_[i];
      row.sequence = sequence_;
      row.user_id = texts_[2 * i] = "user_" + std::to_string(skewed(shape_.users));
      row.event_type = texts_[2 * i + 1] = "type_" + std::to_string(skewed(shape_.types));
      const double share = shape_.ordered ? static_cast<double>(sequence_) /
                                                static_cast<double>(shape_.events + kGroup)
                                          : share_(random_);
      row.occurred_at =
          kBegin + static_cast<base::Micros>(share * static_cast<double>(shape_.days) *
                                             static_cast<double>(base::kMicrosPerDay));
    }
    return rows_;
  }

 private:
  std::uint64_t skewed(std::uint64_t most) {
    return static_cast<std::uint64_t>(std::pow(share_(random_), 2.5) * static_cast<double>(most));
  }

  Shape shape_;
  std::vector<std::string> texts_;
  std::vector<event::StoredRow> rows_;
  std::mt19937_64 random_{1};
  std::uniform_real_distribution<double> share_;
  event::Sequence sequence_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
  Shape shape;
  std::uint64_t* const numbers[] = {&shape.events, &shape.users, &shape.types, &shape.days};
  for (int i = 1; i < std::min(count, 5); ++i) {
    *numbers[i - 1] = std::strtoull(arguments[i], nullptr, 10);
  }
  shape.ordered = count < 6;

  auto opened = views::rollup::Rollup::open(files::posix_files(), {});
  if (!opened) return 1;
  auto& rollup = **opened;
  Groups groups(shape);
  double seconds = 0;
  std::uint64_t applied = 0;
  while (applied < shape.events) {
    const auto rows = groups.next();
    const double begun = cpu_seconds();
    rollup.apply({event::ProjectId::Default, rows});
    seconds += cpu_seconds() - begun;
    applied += rows.size();
  }
  const auto figures = rollup.counts();
  std::printf(
      "%llu events, %llu users, %llu types: %.3f us/event, %.0f MB\n",
      static_cast<unsigned long long>(applied), static_cast<unsigned long long>(figures.users),
      static_cast<unsigned long long>(figures.types), seconds * 1e6 / static_cast<double>(applied),
      static_cast<double>(rollup.figures().memory_bytes) / 1e6);
  return 0;
}
