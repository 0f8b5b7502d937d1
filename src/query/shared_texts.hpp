#pragma once

/// The texts of large answers, there once for all clients that are being given the same.

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace tidemark::query {

/// Promise: keeps nothing itself: a text is there for as long as somebody is being given it.
/// Threads: any.
/// Cost:    a lock and a look-up among the texts that are being given.
class SharedTexts {
 public:
  using Text = std::shared_ptr<const std::string>;

  /// Smaller ones are not worth a look-up.
  static constexpr std::size_t kFrom = std::size_t{64} * 1'024;

  /// Null: nobody is being given a text under this name.
  [[nodiscard]] Text find(const std::string& name) const;
  /// The text that others find from now on: this one, or the one that is there already.
  Text put(std::string name, std::string text);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::weak_ptr<const std::string>, std::less<>> texts_;
};

}  // namespace tidemark::query
