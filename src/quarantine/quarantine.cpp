#include "quarantine/quarantine.hpp"

namespace tidemark::quarantine {

std::size_t QuarantinedEvent::bytes() const {
  std::size_t sum = sizeof(*this) + raw.size() + source.size();
  for (const auto& fault : faults) {
    sum += sizeof(fault) + fault.field.size() + fault.code.size() + fault.message.size();
  }
  return sum;
}

}  // namespace tidemark::quarantine
