#pragma once

/// A service that is told nothing but what it must refuse, and how each refusal is looked at.

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/raw_http.hpp"
#include "support/service_process.hpp"

namespace tidemark {

/// What is sent, and what must come back.
struct Refusal {
  std::string what;  ///< for people
  std::string bytes = {};
  int status = 0;
  std::string code;
  std::vector<std::string> says = {};  ///< in detail, or in a message of errors
  int quarantined = 0;                 ///< events that are kept there because of it
};

/// One service for all tests of a suite. After each refusal it is healthy, has stored nothing and
/// has kept what it had to; `TearDownTestSuite` sees it end cleanly.
class RefusalTest : public testing::Test {
 protected:
  static constexpr int kBodyBytesMax = 262'144;
  static constexpr int kEventsMax = 100;

  static void SetUpTestSuite();
  static void TearDownTestSuite();

  static std::uint16_t port() { return service_->port(); }
  static void expect_refused(const Refusal& refusal);
  /// The same with an answer that came another way.
  static void expect_refused(const Refusal& refusal, const testing_support::RawAnswer& answer);
  static void expect_all_refused(const std::vector<Refusal>& refusals) {
    for (const auto& refusal : refusals) expect_refused(refusal);
  }

  /// A figure of /metrics.
  static double figure(const std::string& name);

 private:
  static void expect_unchanged(const Refusal& refusal);

  static std::unique_ptr<testing_support::TemporaryFolder> folder_;
  static std::unique_ptr<testing_support::ServiceProcess> service_;
  static double quarantined_;
};

/// An event of the native form, of which one field is written as this JSON; empty: left out.
std::string event_with(const std::string& field, const std::string& json);
/// A good one.
std::string good_event(const std::string& id);

}  // namespace tidemark
