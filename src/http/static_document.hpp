#pragma once

/// A document that does not change while the program runs: a page, a script, the OpenAPI document.

#include <memory>
#include <string>
#include <string_view>

#include "http/request.hpp"
#include "http/response.hpp"

namespace tidemark::http {

/// Promise: the answer has an ETag, and is `304` if the client has the document already. Compressed
///          once, not for every answer.
/// Threads: any. Copies share the bytes.
class StaticDocument {
 public:
  /// `content_type` must live for ever (a literal).
  StaticDocument(std::string content, std::string_view content_type);

  [[nodiscard]] Response answer(const Request& request) const;
  [[nodiscard]] const std::string& etag() const noexcept { return etag_; }

 private:
  std::shared_ptr<const std::string> content_;
  std::shared_ptr<const std::string> gzip_;
  std::string_view content_type_;
  std::string etag_;
};

/// Whether an `If-None-Match` names this tag (RFC 9110, 13.1.2; weak or strong makes no
/// difference).
[[nodiscard]] bool matches_etag(std::string_view if_none_match, std::string_view etag) noexcept;

}  // namespace tidemark::http
