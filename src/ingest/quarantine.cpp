#include "ingest/quarantine.hpp"

namespace tidemark::ingest {

std::size_t QuarantinedEvent::bytes() const {
  std::size_t sum = sizeof(*this) + raw.size() + source.size();
  for (const auto& fault : faults) {
    sum += sizeof(fault) + fault.field.size() + fault.code.size() + fault.message.size();
  }
  return sum;
}

}  // namespace tidemark::ingest
