#include "http/static_document.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/hash.hpp"
#include "http/network/compress.hpp"

namespace tidemark::http {
namespace {

/// Two versions of one document that collide are one in 2^64.
std::string weak_tag(std::string_view content) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::uint64_t hash = base::hash64(std::as_bytes(std::span(content)));
  std::string tag = "W/\"";  // weak: the compressed form has the same tag
  for (int digit = 0; digit < 16; ++digit, hash >>= 4U) tag += kHex[hash & 15U];
  return tag + "\"";
}

std::string_view without_weakness(std::string_view tag) noexcept {
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  return tag;
}

}  // namespace

StaticDocument::StaticDocument(std::string content, std::string_view content_type)
    : content_(std::make_shared<const std::string>(std::move(content))),
      content_type_(content_type),
      etag_(weak_tag(*content_)) {
  if (!network::worth_compressing(content_type)) return;
  std::string packed = network::gzip(*content_, 9);
  if (packed.empty() || packed.size() >= content_->size()) return;
  gzip_ = std::make_shared<const std::string>(std::move(packed));
}

Response StaticDocument::answer(const Request& request) const {
  Response response;
  response.header("ETag", etag_);
  response.header("X-Content-Type-Options", "nosniff");
  response.header("Cache-Control", "no-cache");  // keep it, but ask whether it is the same
  const std::string known = request.headers("If-None-Match");
  if (!known.empty() && matches_etag(known, etag_)) {
    response.status = 304;
    return response;
  }
  response.content_type = content_type_;
  response.shared_body = content_;
  response.shared_gzip = gzip_;
  return response;
}

bool matches_etag(std::string_view if_none_match, std::string_view etag) noexcept {
  while (!if_none_match.empty()) {
    const std::size_t end = if_none_match.find(',');
    std::string_view tag = if_none_match.substr(0, end);
    if_none_match.remove_prefix(end == std::string_view::npos ? if_none_match.size() : end + 1);
    while (tag.starts_with(' ') || tag.starts_with('\t')) tag.remove_prefix(1);
    while (tag.ends_with(' ') || tag.ends_with('\t')) tag.remove_suffix(1);
    if (tag == "*" || without_weakness(tag) == without_weakness(etag)) return true;
  }
  return false;
}

}  // namespace tidemark::http
