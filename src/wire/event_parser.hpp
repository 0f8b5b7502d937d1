#pragma once

/// One JSON value where an event should be, taken apart.

#include "wire/event_parts.hpp"
#include "wire/fault_log.hpp"
#include "wire/json_scanner.hpp"

namespace tidemark::wire {

/// Reads the value at the scanner and passes it. What is not an object, unknown and repeated fields
/// become faults; of repeated fields the first is kept.
///
/// Returns false where the JSON is broken: then the scanner tells where, and the parts are void.
bool parse_event(JsonScanner& scanner, EventParts& parts, FaultLog& faults);

/// Reads the value at the scanner, whatever it is, and passes it.
bool read_value(JsonScanner& scanner, FieldValue& value);

/// Whether the key means exactly `name`, escapes read.
bool key_is(const StringToken& key, std::string_view name);

/// The kind of a value that is not a string, after the scanner has read it from `first` on.
ValueKind kind_of(char first, bool integer);

}  // namespace tidemark::wire
