#pragma once

/// A service of this program in another process, on a folder that is removed with it.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.hpp"

namespace tidemark::app::bench {

/// Lifetime: its destructor stops the process (SIGTERM) and removes the folder.
class ChildService {
 public:
  /// Starts this program's `serve` with `flags`, on a free port of loopback.
  static base::Result<std::unique_ptr<ChildService>> start(std::vector<std::string> flags);
  ~ChildService();
  ChildService(const ChildService&) = delete;
  ChildService& operator=(const ChildService&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] pid_t process() const { return process_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  ChildService() = default;
  pid_t process_ = -1;
  std::filesystem::path folder_;
  std::string url_;
};

}  // namespace tidemark::app::bench
