#pragma once

/// Events in a form: what a browser sends to another origin without asking first
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

/// None where a Content-Type names no form.
std::optional<FormKind> form_kind_of(std::string_view content_type);

/// The JSON or NDJSON of a form, as `decode` takes it: what is in the fields `events`, `event` or
/// `data` (all of them, on lines of their own), or in its only field, whatever its name; else its
/// fields are those of one event by their names. What says to be urlencoded and begins as JSON does
/// is JSON: `curl -d` says so.
///
/// Errors: InvalidInput: a form that cannot be read, or that has no events. TooLarge: a form of
/// more
///         than 1 MiB.
/// Cost:   two copies of its fields.
base::Result<Body> events_of_form(FormKind kind, std::string_view content_type, Body body);

struct FormField {
  std::string name;
  std::string value;
};

/// The fields of a form in their order; at most 1,000.
base::Result<std::vector<FormField>> fields_of_form(FormKind kind, std::string_view content_type,
                                                    std::string_view form);

}  // namespace tidemark::wire
