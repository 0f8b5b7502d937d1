#pragma once

/// Checks each second whether the data folder is still the one that this process locked.

#include <functional>
#include <thread>

#include "base/result.hpp"
#include "files/data_folder.hpp"
#include "files/mark.hpp"

namespace tidemark::store {

/// Threads:  one of its own, which calls `on_lost` at most once.
/// Lifetime: `folder` and `mark` must outlive it.
/// Cost:     three stats a second, and a sync of MARK if events came.
class FolderWatch {
 public:
  using OnLost = std::function<void(const base::Error&)>;

  /// `mark` may be null: then no MARK is synced.
  FolderWatch(const files::DataFolder& folder, files::Mark* mark, OnLost on_lost);
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

 private:
  std::jthread thread_;
};

}  // namespace tidemark::store
