#pragma once

/// Splits a JSON value that should be an event into its parts.

#include "wire/event_parts.hpp"
#include "wire/fault_log.hpp"
#include "wire/json_scanner.hpp"

namespace tidemark::wire {

/// Reads the value at the scanner and moves past it. A value that is not an object, and unknown and
/// repeated fields, become faults; of repeated fields the first is kept.
///
/// Returns false if the JSON is broken: then the scanner tells the place, and the parts are void.
bool parse_event(JsonScanner& scanner, EventParts& parts, FaultLog& faults);

/// Reads any value at the scanner and moves past it.
bool read_value(JsonScanner& scanner, FieldValue& value);

/// Whether the key means exactly `name`, with its escapes decoded.
bool key_is(const StringToken& key, std::string_view name);

/// The kind of a value that is not a string, after the scanner has read the value that begins at
/// `first`.
ValueKind kind_of(char first, bool integer);

}  // namespace tidemark::wire
