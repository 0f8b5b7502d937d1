#pragma once

/// The texts of large answers: one copy for all clients that are being sent the same text.

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace tidemark::query {

/// Promise: keeps nothing itself: a text exists only while it is being sent to a client.
/// Threads: any.
/// Cost:    a lock and a look-up among the texts that are being sent.
class SharedTexts {
 public:
  using Text = std::shared_ptr<const std::string>;

  /// Shorter texts are not worth a look-up.
  static constexpr std::size_t kFrom = std::size_t{64} * 1'024;

  /// Null if no text with this name is being sent.
  [[nodiscard]] Text find(const std::string& name) const;
  /// The text that later callers find: this one, or the one that is there already.
  Text put(std::string name, std::string text);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::weak_ptr<const std::string>, std::less<>> texts_;
};

}  // namespace tidemark::query
