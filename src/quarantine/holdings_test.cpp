// Whose oldest event goes: the project that holds most, and of it the side that holds more; and how
// many names of sources are counted.

#include "quarantine/holdings.hpp"

#include <gtest/gtest.h>

namespace tidemark::quarantine {
namespace {

using Side = Holdings::Side;

constexpr event::ProjectId kOne{1};
constexpr event::ProjectId kTwo{2};

TEST(Holdings, WithinTheBoundsNobodyGives) {
  Holdings held;
  EXPECT_FALSE(held.giving({.events_max = 0, .bytes_max = 0}));
  held.add({kOne, true}, {.events = 3, .bytes = 30});
  EXPECT_FALSE(held.giving({.events_max = 3, .bytes_max = 30}));
  EXPECT_TRUE(held.giving({.events_max = 2, .bytes_max = 30}));
  EXPECT_TRUE(held.giving({.events_max = 3, .bytes_max = 29}));
}

TEST(Holdings, WhoHoldsMostOfWhatIsExceededGives) {
  Holdings held;
  held.add({kOne, false}, {.events = 4, .bytes = 10});
  held.add({kOne, true}, {.events = 3, .bytes = 60});
  held.add({kTwo, true}, {.events = 2, .bytes = 900});
  EXPECT_EQ(held.giving({.events_max = 8, .bytes_max = 10}), (Side{kOne, false}));
  EXPECT_EQ(held.giving({.events_max = 9, .bytes_max = 969}), (Side{kTwo, true}));
  held.take_off({kTwo, true}, 890);
  held.take_off({kTwo, true}, 10);
  EXPECT_EQ(held.giving({.events_max = 9, .bytes_max = 69}), (Side{kOne, true}));
  EXPECT_EQ(held.all().events, 7U);
  EXPECT_EQ(held.all().bytes, 70U);
}

TEST(Holdings, ASideThatGivesHoldsSomething) {
  Holdings held;
  held.add({kTwo, true}, {.events = 1, .bytes = 10});
  EXPECT_EQ(held.giving({.events_max = 0}), (Side{kTwo, true}));
  held.add({kOne, false}, {.events = 2, .bytes = 10});
  EXPECT_EQ(held.giving({.events_max = 0}), (Side{kOne, false}));
  held.add({kOne, true}, {.events = 2, .bytes = 10});
  EXPECT_EQ(held.giving({.events_max = 0}), (Side{kOne, true})) << "of equals the rows give";
}

TEST(DroppedBySource, OfAProjectAndOfAllThereIsABoundOfNames) {
  DroppedBySource dropped;
  const auto drop_all_of = [&](std::uint32_t project, std::size_t names) {
    for (std::size_t name = 0; name < names; ++name) {
      dropped.add(event::ProjectId{project}, std::to_string(name));
    }
  };
  const std::string others(DroppedBySource::kOtherSources);
  drop_all_of(0, DroppedBySource::kNamesMax + 5);
  const auto first = dropped.counts(event::ProjectId{0});
  EXPECT_EQ(first.size(), DroppedBySource::kNamesMax + 1);
  EXPECT_EQ(first.at(others), 5U);
  const auto projects = DroppedBySource::kNamesOfAllMax / DroppedBySource::kNamesMax;
  for (std::uint32_t project = 1; project < projects; ++project) {
    drop_all_of(project, DroppedBySource::kNamesMax);
  }
  drop_all_of(projects, 3);
  EXPECT_EQ(dropped.counts(event::ProjectId{projects}), (CountsBySource{{others, 3}}));
  EXPECT_EQ(dropped.counts(event::ProjectId{1}).size(), DroppedBySource::kNamesMax);
}

}  // namespace
}  // namespace tidemark::quarantine
