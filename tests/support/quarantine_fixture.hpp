#pragma once

/// Rejected events for tests, and where a quarantine may keep them.

#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ledger/postgres/migrations.hpp"
#include "quarantine/quarantine_file.hpp"
#include "quarantine/quarantine_table.hpp"
#include "support/postgres_fixture.hpp"

namespace tidemark::testing_support {

inline quarantine::QuarantinedEvent rejected(std::string raw,
                                             event::ProjectId project = event::ProjectId::Default) {
  return {.rejected_at = 7,
          .raw = std::move(raw),
          .source = "http",
          .project = project,
          .faults = {{.field = "user_id", .code = "empty", .message = "must not be empty"}}};
}

inline quarantine::QuarantinedEvent rejected_row(
    std::string source, std::string raw, event::ProjectId project = event::ProjectId::Default) {
  auto row = rejected(std::move(raw), project);
  row.source = std::move(source);
  row.format = quarantine::RawFormat::Csv;
  return row;
}

inline void expect_added(quarantine::Quarantine& quarantine, std::string raw,
                         event::ProjectId project = event::ProjectId::Default) {
  const auto added = quarantine.add({rejected(std::move(raw), project)});
  EXPECT_TRUE(added) << added.error().message();
}

/// How many of the rows were kept.
inline std::size_t added_rows(quarantine::Quarantine& quarantine,
                              std::vector<quarantine::QuarantinedEvent> rows) {
  const auto added = quarantine.add_rows(std::move(rows));
  EXPECT_TRUE(added) << added.error().message();
  return added ? *added : 0;
}

inline std::size_t removed(quarantine::Quarantine& quarantine,
                           std::initializer_list<std::uint64_t> ids,
                           event::ProjectId project = event::ProjectId::Default) {
  const auto removed = quarantine.remove(project, {ids.begin(), ids.size()});
  EXPECT_TRUE(removed) << removed.error().message();
  return removed ? *removed : 0;
}

inline std::vector<quarantine::QuarantinedEvent> listed(
    const quarantine::Quarantine& quarantine, std::uint64_t after = 0, std::size_t limit = 10,
    event::ProjectId project = event::ProjectId::Default) {
  auto events = quarantine.list(project, after, limit);
  EXPECT_TRUE(events) << events.error().message();
  return events ? *std::move(events) : std::vector<quarantine::QuarantinedEvent>{};
}

/// What the listed events were sent as, one behind the other.
inline std::string listed_raw(const quarantine::Quarantine& quarantine,
                              event::ProjectId project = event::ProjectId::Default) {
  std::string text;
  for (const auto& event : listed(quarantine, 0, 1'000, project)) text += event.raw;
  return text;
}

/// A folder that goes with the test.
struct InAFile {
  std::filesystem::path folder = new_folder();

  InAFile() = default;
  InAFile(const InAFile&) = delete;
  InAFile& operator=(const InAFile&) = delete;
  ~InAFile() { std::filesystem::remove_all(folder); }

  static std::filesystem::path new_folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "tidemark-quarantine-XXXXXX";
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    return pattern;
  }
  [[nodiscard]] std::unique_ptr<quarantine::QuarantineFile> open(
      quarantine::Bounds bounds = {}) const {
    auto opened =
        quarantine::QuarantineFile::open(files::posix_files(), folder / "quarantine", bounds);
    EXPECT_TRUE(opened) << opened.error().message();
    return std::move(*opened);
  }
};

/// A database of the test's own.
struct InATable {
  std::string url = new_ledger();
  clients::postgres::Pool pool{{.url = url}, {}};

  static std::string new_ledger() {
    auto url = shared_postgres().new_database();
    const auto applied = ledger::postgres::migrate_up({.url = url});
    EXPECT_TRUE(applied) << applied.error().message();
    return url;
  }
  [[nodiscard]] std::unique_ptr<quarantine::QuarantineTable> open(quarantine::Bounds bounds = {}) {
    return std::make_unique<quarantine::QuarantineTable>(pool, bounds);
  }
};

}  // namespace tidemark::testing_support
