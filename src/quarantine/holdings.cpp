#include "quarantine/holdings.hpp"

#include <algorithm>
#include <cassert>

namespace tidemark::quarantine {
namespace {

void increase(Holdings::Amount& amount, Holdings::Amount by) {
  amount.events += by.events;
  amount.bytes += by.bytes;
}

void decrease(Holdings::Amount& amount, std::size_t bytes) {
  assert(amount.events > 0 && amount.bytes >= bytes);
  --amount.events;
  amount.bytes -= bytes;
}

}  // namespace

void Holdings::add(Side side, Amount amount) {
  if (amount.events == 0) return;
  auto& project = projects_[side.project];
  increase(all_, amount);
  increase(project.all, amount);
  if (side.rows) increase(project.rows, amount);
}

void Holdings::take_off(Side side, std::size_t bytes) {
  const auto found = projects_.find(side.project);
  assert(found != projects_.end());
  decrease(all_, bytes);
  decrease(found->second.all, bytes);
  if (side.rows) decrease(found->second.rows, bytes);
  if (found->second.all.events == 0) projects_.erase(found);
}

std::optional<Holdings::Side> Holdings::giving(const Bounds& bounds) const {
  const bool too_many = all_.events > bounds.events_max;
  if (projects_.empty() || (!too_many && all_.bytes <= bounds.bytes_max)) return std::nullopt;
  const auto exceeding = too_many ? &Amount::events : &Amount::bytes;
  const auto most = std::ranges::max_element(
      projects_, {}, [&](const auto& entry) { return entry.second.all.*exceeding; });
  const auto& [project, held] = *most;
  return Side{.project = project, .rows = 2 * (held.rows.*exceeding) >= held.all.*exceeding};
}

}  // namespace tidemark::quarantine
