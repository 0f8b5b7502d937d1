#pragma once

/// The possible faults of one event, in the words of api.md section 1.

#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark::wire {

enum class FaultCode : std::uint8_t {
  MissingField,
  UnknownField,
  RepeatedField,
  WrongType,
  Empty,
  TooLong,
  TooLarge,
  TooDeep,
  BadText,
  BadTimestamp,
  OutOfRange,
  NotAnObject,
  BadJson,
  BadRow,  ///< only in files: a row that is not CSV, or too long to be read
};

/// The code as clients see it: "missing_field".
std::string_view to_string(FaultCode code);

/// One fault of one event; an event may have several. All texts are UTF-8.
struct EventFault {
  std::uint32_t index = 0;  ///< of the event in its request, from 0
  std::string event_id;     ///< empty if it could not be read
  std::string field;        ///< empty if the fault concerns the whole event
  FaultCode code = FaultCode::BadJson;
  std::string message;  ///< what was wrong, what was expected, what was received
};

}  // namespace tidemark::wire
