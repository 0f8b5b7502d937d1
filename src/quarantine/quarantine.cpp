#include "quarantine/quarantine.hpp"

#include <cassert>

#include "event/content_hash.hpp"

namespace tidemark::quarantine {

std::size_t QuarantinedEvent::bytes() const {
  std::size_t sum = sizeof(*this) + raw.size() + source.size();
  for (const auto& fault : faults) {
    sum += sizeof(fault) + fault.field.size() + fault.code.size() + fault.message.size();
  }
  return sum;
}

std::string_view QuarantinedEvent::source_name() const { return name_of_source(source); }

std::string_view name_of_source(std::string_view source) {
  const auto colon = source.find_last_not_of("0123456789");
  const bool has_line = colon != std::string_view::npos && colon > 0 && colon + 1 < source.size() &&
                        source[colon] == ':';
  return has_line ? source.substr(0, colon) : source;
}

void DroppedBySource::add(event::ProjectId project, std::string_view source_name) {
  auto& counts = counts_[project];
  auto found = counts.find(source_name);
  if (found == counts.end()) {
    const bool full = counts.size() >= kNamesMax || names_ >= kNamesOfAllMax;
    if (full) source_name = kOtherSources;
    if (!full) ++names_;
    found = counts.try_emplace(std::string(source_name), 0).first;
  }
  assert(counts.size() <= kNamesMax + 1 && names_ <= kNamesOfAllMax);
  ++found->second;
}

CountsBySource DroppedBySource::counts(event::ProjectId project) const {
  const auto found = counts_.find(project);
  return found == counts_.end() ? CountsBySource{} : found->second;
}

std::uint64_t QuarantinedEvent::row_hash() const {
  return event::content_hash(source + '\0' + raw).low;
}

}  // namespace tidemark::quarantine
