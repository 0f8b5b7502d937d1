#pragma once

/// What a request's Content-Type says about its body.

#include <optional>
#include <string_view>

#include "wire/decode.hpp"

namespace tidemark::wire {

/// The format that a Content-Type names, or none where it is not ours (415): application/json,
/// application/*+json, application/x-ndjson, application/ndjson, application/jsonl; and
/// application/octet-stream and text/plain, which say nothing: there the text itself tells JSON
/// from NDJSON (Format::Json does). Of parameters only `charset=utf-8`. An empty one is JSON. Case
/// does not matter.
std::optional<Format> format_of(std::string_view content_type);

}  // namespace tidemark::wire
