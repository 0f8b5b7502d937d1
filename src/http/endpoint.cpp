#include "http/endpoint.hpp"

namespace tidemark::http {

Response refuse_parameters(std::vector<Fault> faults) {
  return problems::invalid_parameters(std::move(faults));
}

Response internal_error(const std::string&) noexcept {
  return problems::internal(
      "The service failed to answer this request, because of a fault of its own.");
}

}  // namespace tidemark::http
