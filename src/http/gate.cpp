#include "http/gate.hpp"

namespace tidemark::http {

std::string_view name_of(Access access) noexcept {
  switch (access) {
    case Access::Anyone:
      return "anyone";
    case Access::Write:
      return "write";
    case Access::Read:
      return "read";
    case Access::Admin:
      return "admin";
    case Access::AdminOfAll:
      return "admin of all projects";
  }
  return "";
}

std::vector<std::string_view> keys_that_may(Access access) {
  switch (access) {
    case Access::Anyone:
      return {};
    case Access::Write:
      return {"write", "admin"};
    case Access::Read:
      return {"read", "admin"};
    case Access::Admin:
      return {"admin"};
    case Access::AdminOfAll:
      return {"admin of all projects"};
  }
  return {};
}

}  // namespace tidemark::http
