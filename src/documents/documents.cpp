#include "documents/documents.hpp"

#include <algorithm>

namespace tidemark::documents {

std::span<const Asset> embedded();  // made by the build from the files in CMakeLists.txt

std::span<const Asset> assets() { return embedded(); }

std::optional<Asset> find(std::string_view name) {
  const auto all = embedded();
  const auto found = std::ranges::find(all, name, &Asset::name);
  if (found == all.end()) return std::nullopt;
  return *found;
}

}  // namespace tidemark::documents
