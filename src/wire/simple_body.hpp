#pragma once

/// Bodies of the kinds that a browser sends to another origin without asking first
/// (`navigator.sendBeacon` with a text, URLSearchParams or FormData; an HTML form).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "wire/decode.hpp"

namespace tidemark::wire {

enum class SimpleKind : std::uint8_t {
  Text,        ///< text/plain: JSON or NDJSON, as its first value says
  UrlEncoded,  ///< application/x-www-form-urlencoded; JSON where that is what it begins with
  Multipart,   ///< multipart/form-data
};

/// None where a Content-Type names another kind.
std::optional<SimpleKind> simple_kind_of(std::string_view content_type);

/// Json, or Ndjson where more follows on the lines behind a first object that is whole.
Format format_of_text(std::string_view text);

/// What a simple body has to say, as `decode` takes it.
struct SimpleBody {
  Body body;
  Format format = Format::Json;
};

/// A form has its events as JSON or NDJSON in the fields `events`, `event` or `data` (all of them,
/// one after another), or in its only field, whatever its name; else its fields are those of one
/// event by their names.
///
/// Errors: InvalidInput: a form that cannot be read, or that has no events.
/// Cost:   of a text none but its first object; of a form two copies of its fields.
base::Result<SimpleBody> read_simple(SimpleKind kind, std::string_view content_type, Body body);

struct FormField {
  std::string name;
  std::string value;
};

/// The fields of a form in their order; at most 1,000.
base::Result<std::vector<FormField>> fields_of_form(SimpleKind kind, std::string_view content_type,
                                                    std::string_view form);

}  // namespace tidemark::wire
