#pragma once

/// The files of the interactive documents, built into the program.

#include <optional>
#include <span>
#include <string_view>

namespace tidemark::documents {

/// One file, as it is served.
///
/// Lifetime: every view lasts as long as the program.
struct Asset {
  std::string_view name;          ///< `docs.html`, `swagger-ui.css`, …
  std::string_view content_type;  ///< with its charset
  std::string_view etag;          ///< quoted, of the plain bytes; changes with every byte of them
  std::string_view bytes;
  std::string_view gzip;  ///< the same bytes, for a client that accepts gzip
};

/// `docs.html` is the page of `/docs` and `redoc.html` that of `/redoc`. They read `openapi.json`
/// and the other assets under `assets/NAME`, and nothing from any other host. The server
/// replaces `{root}` by the path from the page to the place of both: nothing, or `../`.
std::span<const Asset> assets();

/// The asset of exactly this name.
std::optional<Asset> find(std::string_view name);

}  // namespace tidemark::documents
