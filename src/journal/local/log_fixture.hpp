#pragma once

/// For tests: a log in its own folder, on a disk that fails on request.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "files/faulty_files.hpp"
#include "journal/local/log.hpp"

namespace tidemark::journal::local {

struct LogFixture : testing::Test {
  using Path = std::filesystem::path;
  using Texts = std::vector<std::string>;

  LogFixture() : root(make_root()), folder(root / "journal"), files(root, 1) {}
  ~LogFixture() override {
    log.reset();
    std::filesystem::remove_all(root);
  }

  static Path make_root() {
    std::string name = (std::filesystem::temp_directory_path() / "log_XXXXXX").string();
    return ::mkdtemp(name.data());
  }

  /// Opens the log anew; `seen` and `firsts` hold what it visits.
  base::Status open(Sequence from = 0) {
    log.reset();
    seen.clear();
    firsts.clear();
    auto opened = Log::open(files, folder, options, from, [&](const Record& record) {
      seen.emplace_back(reinterpret_cast<const char*>(record.content.data()),
                        record.content.size());
      firsts.push_back(record.first);
      return base::Status(base::ok);
    });
    if (!opened) return opened.error();
    log = std::move(*opened);
    return base::ok;
  }

  /// Appends one record of one event.
  base::Status append(std::string_view text) {
    return log->append(log->end(), 1, std::as_bytes(std::span(text)));
  }
  void append_all(const Texts& texts) {
    for (const auto& text : texts) {
      auto appended = append(text);
      ASSERT_TRUE(appended) << appended.error().message();
    }
  }

  [[nodiscard]] Texts names() const { return *files.list(folder); }
  /// The files whose names end so, in order.
  [[nodiscard]] std::vector<Path> paths(std::string_view suffix = ".log") const {
    std::vector<Path> found;
    for (const auto& name : names()) {
      if (name.ends_with(suffix)) found.push_back(folder / name);
    }
    return found;
  }

  [[nodiscard]] std::string read(const Path& path) {
    return *files::read_whole(files, path, 1 << 30);
  }
  /// Changes bytes without the log's knowledge.
  void overwrite(const Path& path, std::uint64_t offset, std::string_view bytes) {
    auto file = files.open(path, files::Open::Write);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->write_at(offset, std::as_bytes(std::span(bytes))));
  }
  void flip(const Path& path, std::uint64_t offset) {
    const std::string content = read(path);
    const char flipped = static_cast<char>(~content[offset]);
    overwrite(path, offset, std::string_view(&flipped, 1));
  }

  Log::Options options{.segment_bytes = Log::kSegmentBytesMin, .prepare_ahead = false};
  Path root;
  Path folder;
  files::FaultyFiles files;
  std::unique_ptr<Log> log;
  Texts seen;
  std::vector<Sequence> firsts;
};

}  // namespace tidemark::journal::local
