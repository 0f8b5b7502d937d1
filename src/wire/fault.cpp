#include "wire/fault.hpp"

#include "wire/fault_log.hpp"
#include "wire/text_kernels.hpp"

namespace tidemark::wire {

std::string_view to_string(FaultCode code) {
  switch (code) {
    case FaultCode::MissingField:
      return "missing_field";
    case FaultCode::UnknownField:
      return "unknown_field";
    case FaultCode::RepeatedField:
      return "repeated_field";
    case FaultCode::WrongType:
      return "wrong_type";
    case FaultCode::Empty:
      return "empty";
    case FaultCode::TooLong:
      return "too_long";
    case FaultCode::TooLarge:
      return "too_large";
    case FaultCode::TooDeep:
      return "too_deep";
    case FaultCode::BadText:
      return "bad_text";
    case FaultCode::BadTimestamp:
      return "bad_timestamp";
    case FaultCode::OutOfRange:
      return "out_of_range";
    case FaultCode::NotAnObject:
      return "not_an_object";
    case FaultCode::BadJson:
      return "bad_json";
    case FaultCode::BadRow:
      return "bad_row";
  }
  return "";  // not reached: the compiler sees that every code is above
}

std::string shown(std::string_view text) {
  constexpr std::size_t kBytesMax = 60;
  const std::string_view part = text.substr(0, kBytesMax);
  std::string quoted = "\"";
  quoted += part.substr(0, first_non_utf8(part));
  quoted += quoted.size() - 1 < text.size() ? "…\"" : "\"";
  return quoted;
}

}  // namespace tidemark::wire
