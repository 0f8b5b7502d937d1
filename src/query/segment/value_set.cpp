#include "query/segment/value_set.hpp"

#include "wire/property.hpp"

namespace tidemark::query {

ValueSet::ValueSet(const std::vector<std::string>& values) {
  for (const auto& value : values) {
    texts_.insert(value);
    if (!wire::is_number(value)) continue;
    auto canonical = wire::canonical_number(value);
    if (const auto integer = wire::short_integer(canonical)) {
      integers_.insert(*integer);
    } else {
      numbers_.insert(std::move(canonical));
    }
  }
}

std::shared_ptr<const ValueSet> ValueSet::of(const std::vector<std::string>& values) {
  if (values.size() < kWorthwhile) return nullptr;
  return std::make_shared<const ValueSet>(values);
}

bool ValueSet::has_number(std::string_view number) const {
  if (const auto integer = wire::short_integer(number)) return integers_.contains(*integer);
  if (integers_.empty() && numbers_.empty()) return false;
  const auto canonical = wire::canonical_number(number);
  if (const auto integer = wire::short_integer(canonical)) return integers_.contains(*integer);
  return numbers_.contains(canonical);
}

}  // namespace tidemark::query
