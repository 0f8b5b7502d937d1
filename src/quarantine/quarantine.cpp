#include "quarantine/quarantine.hpp"

#include "event/content_hash.hpp"

namespace tidemark::quarantine {

std::size_t QuarantinedEvent::bytes() const {
  std::size_t sum = sizeof(*this) + raw.size() + source.size();
  for (const auto& fault : faults) {
    sum += sizeof(fault) + fault.field.size() + fault.code.size() + fault.message.size();
  }
  return sum;
}

std::uint64_t QuarantinedEvent::row_hash() const {
  return event::content_hash(source + '\0' + raw).low;
}

}  // namespace tidemark::quarantine
