#pragma once

/// What a request's Content-Type says about its body.

#include <optional>
#include <string_view>

#include "wire/decode.hpp"

namespace tidemark::wire {

/// The format that a Content-Type names, or none if it is not supported (415): application/json,
/// application/*+json, application/x-ndjson, application/ndjson, application/jsonl; and
/// application/octet-stream and text/plain, which do not tell the format: for them the text itself
/// decides between JSON and NDJSON (as with Format::Json). The only parameter is `charset=utf-8`.
/// An empty Content-Type means JSON. Case does not matter.
std::optional<Format> format_of(std::string_view content_type);

}  // namespace tidemark::wire
