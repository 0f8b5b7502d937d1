#pragma once

/// Events in a form, which a browser sends to another origin without a preflight
/// (`navigator.sendBeacon` with URLSearchParams or FormData, a page's own `<form>`).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "wire/decode.hpp"

namespace tidemark::wire {

enum class FormKind : std::uint8_t {
  UrlEncoded,  ///< application/x-www-form-urlencoded
  Multipart,   ///< multipart/form-data
};

/// None if a Content-Type names no form.
std::optional<FormKind> form_kind_of(std::string_view content_type);

/// The JSON or NDJSON of a form, as `decode` takes it: the content of the fields `events`, `event`
/// or `data` (all of them, on lines of their own), or of the only field, whatever its name;
/// otherwise the form's fields are the fields of one event, by their names. A body that claims to
/// be urlencoded but begins as JSON does is JSON, because `curl -d` makes that claim.
///
/// Errors: InvalidInput: a form that cannot be read, or that has no events. TooLarge: a form of
///         more than 1 MiB.
/// Cost:   two copies of the form's fields.
base::Result<Body> events_of_form(FormKind kind, std::string_view content_type, Body body);

struct FormField {
  std::string name;
  std::string value;
};

/// The fields of a form in their order; at most 1,000.
base::Result<std::vector<FormField>> fields_of_form(FormKind kind, std::string_view content_type,
                                                    std::string_view form);

}  // namespace tidemark::wire
