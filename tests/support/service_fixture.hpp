#pragma once

/// What tests of the whole program begin with: a folder, events to send, files to look at and to
/// damage.

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/service_process.hpp"

namespace tidemark::testing_support {

/// An event; a test names what it cares about.
struct EventLine {
  std::string id;
  std::string user = "u";
  std::string type = "t";
  std::string at = "2025-08-01T10:00:00Z";
};

/// As a line of NDJSON.
std::string line_of(const EventLine& event);
/// `count` lines with the ids "e-FIRST" and so on.
std::string lines_of(int first, int count);

/// A data folder of the test's own, for one service or command after the other.
struct ServiceTest : testing::Test {
  TemporaryFolder folder;
  std::filesystem::path data = folder.path() / "data";

  /// Posts NDJSON, which must be taken; the answer's body.
  static std::string post(const ServiceProcess& service, const std::string& lines);
  static std::string metrics(const ServiceProcess& service);
  /// The figure of that name and labels, -1 where there is none.
  static double metric(const ServiceProcess& service, const std::string& name);

  /// Files of the archive with this ending, by name.
  [[nodiscard]] std::vector<std::filesystem::path> archived(const std::string& ending) const;
  /// Makes a file beside the data folder.
  [[nodiscard]] std::string file(const std::string& name, const std::string& content) const;
  static std::string content(const std::filesystem::path& path);
  static void flip(const std::filesystem::path& path, std::uint64_t place, int bit = 0);
};

}  // namespace tidemark::testing_support
