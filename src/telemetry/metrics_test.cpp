// That a figure keeps its identity and that what is rendered is what Prometheus reads.

#include "telemetry/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark::telemetry {
namespace {

using testing::HasSubstr;
using testing::Not;

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

TEST(Metrics, WhatOthersKeepIsReadForEachRendering) {
  Metrics metrics;
  double bytes = 42;
  metrics.read_gauge("memory_bytes", "Memory.", [&] { return bytes; });
  EXPECT_THAT(metrics.render(), HasSubstr("memory_bytes 42"));
  bytes = 17;
  EXPECT_THAT(metrics.render(), HasSubstr("memory_bytes 17"));
}

TEST(Metrics, FiguresOfManyAreThoseThatAreGivenNow) {
  Metrics metrics;
  std::vector<std::pair<std::string, double>> given = {{"1", 10}, {"2", 20}};
  metrics.read_gauges("project_bytes", "Bytes.", "project", [&] { return given; });
  auto text = metrics.render();
  EXPECT_THAT(text, HasSubstr("project_bytes{project=\"1\"} 10"));
  EXPECT_THAT(text, HasSubstr("project_bytes{project=\"2\"} 20"));
  given = {{"2", 25}, {"3", 30}};
  text = metrics.render();
  EXPECT_THAT(text, Not(HasSubstr("project=\"1\"")));
  EXPECT_THAT(text, HasSubstr("project_bytes{project=\"2\"} 25"));
  EXPECT_THAT(text, HasSubstr("project_bytes{project=\"3\"} 30"));
}

TEST(Metrics, ACounterThatOthersKeepIsACounterAndNeverFalls) {
  Metrics metrics;
  double total = 3;
  metrics.read_counter("refused_total", "Refused.", [&] { return total; });
  EXPECT_THAT(metrics.render(), HasSubstr("# TYPE refused_total counter\nrefused_total 3"));
  total = 5;
  EXPECT_THAT(metrics.render(), HasSubstr("refused_total 5"));
  total = 1;
  EXPECT_THAT(metrics.render(), HasSubstr("refused_total 5"));
}

}  // namespace
}  // namespace tidemark::telemetry
