// That a figure keeps its identity and that what is rendered is what Prometheus reads.

#include "telemetry/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark::telemetry {
namespace {

using testing::HasSubstr;

TEST(Metrics, TheSameNameAndLabelsAreTheSameFigure) {
  Metrics metrics;
  auto& first = metrics.counter("events_total", "Events.", {{"outcome", "accepted"}});
  auto& again = metrics.counter("events_total", "Events.", {{"outcome", "accepted"}});
  EXPECT_EQ(&first, &again);
  first.add(2);
  again.add();
  metrics.counter("events_total", "Events.", {{"outcome", "rejected"}}).add();
  EXPECT_THAT(metrics.render(), HasSubstr("events_total{outcome=\"accepted\"} 3"));
  EXPECT_THAT(metrics.render(), HasSubstr("events_total{outcome=\"rejected\"} 1"));
}

TEST(Metrics, GaugesAreRefreshedBeforeTheyAreShown) {
  Metrics metrics;
  auto& gauge = metrics.gauge("memory_bytes", "Memory.");
  metrics.before_rendering([&] { gauge.set(42); });
  EXPECT_THAT(metrics.render(), HasSubstr("memory_bytes 42"));
}

}  // namespace
}  // namespace tidemark::telemetry
