#pragma once

/// A folder for one test, removed when the test is over.

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include <unistd.h>

namespace tidemark::archive {

class FolderForTest {
 public:
  /// `ending`: the end of the folder's name.
  explicit FolderForTest(std::string_view ending = "") {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "tidemark-XXXXXX").string() + std::string(ending);
    if (mkdtemps_failed(pattern, static_cast<int>(ending.size()))) {
      throw std::runtime_error("no folder for a test: " + pattern);
    }
    path_ = pattern;
  }
  ~FolderForTest() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  FolderForTest(const FolderForTest&) = delete;
  FolderForTest& operator=(const FolderForTest&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  static bool mkdtemps_failed(std::string& pattern, int ending_bytes) {
    const int file = mkstemps(pattern.data(), ending_bytes);
    if (file < 0) return true;
    close(file);
    // The name is unique: now make it a folder instead of a file.
    return unlink(pattern.c_str()) != 0 || !std::filesystem::create_directory(pattern);
  }

  std::filesystem::path path_;
};

}  // namespace tidemark::archive
