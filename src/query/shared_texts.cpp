#include "query/shared_texts.hpp"

#include <utility>

namespace tidemark::query {

SharedTexts::Text SharedTexts::find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = texts_.find(name);
  return found == texts_.end() ? nullptr : found->second.lock();
}

SharedTexts::Text SharedTexts::put(std::string name, std::string text) {
  text.shrink_to_fit();  // a text that grew holds up to twice its size
  auto made = std::make_shared<const std::string>(std::move(text));
  const std::lock_guard lock(mutex_);
  std::erase_if(texts_, [](const auto& each) { return each.second.expired(); });
  auto& place = texts_[std::move(name)];
  if (auto there = place.lock()) return there;
  place = made;
  return made;
}

}  // namespace tidemark::query
