#include "http/network/compress.hpp"

#include <array>
#include <cassert>
#include <limits>
#include <utility>

#include <zlib.h>

#include "http/accept.hpp"
#include "http/request.hpp"

namespace tidemark::http::network {
namespace {

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) noexcept {
  bool any = false;
  for (Wanted wanted = take_wanted(accept_encoding); !wanted.name.empty();
       wanted = take_wanted(accept_encoding)) {
    const bool taken = wanted.weight > 0;
    if (equal_ignoring_case(wanted.name, "gzip") || equal_ignoring_case(wanted.name, "x-gzip")) {
      return taken;
    }
    if (wanted.name == "*") any = taken;
  }
  return any;
}

bool worth_compressing(std::string_view content_type) noexcept {
  const std::string_view type = trim(content_type.substr(0, content_type.find(';')));
  constexpr std::array<std::string_view, 5> kTypes = {
      "application/json", "application/problem+json", "application/javascript", "image/svg+xml",
      "application/x-ndjson"};
  if (type.starts_with("text/")) return type != "text/event-stream";
  for (const std::string_view known : kTypes) {
    if (type == known) return true;
  }
  return false;
}

std::string gzip(std::string_view bytes, int level) {
  if (bytes.size() > std::numeric_limits<uInt>::max() / 2) return {};
  z_stream stream{};
  constexpr int kGzip = 15 + 16;  // the largest window, with gzip's header
  if (deflateInit2(&stream, level, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  // zlib's input is not const in its older interface, and never written to.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  assert(std::in_range<uInt>(out.size()));
  stream.avail_out = static_cast<uInt>(out.size());
  const int done = deflate(&stream, Z_FINISH);
  assert(stream.total_out <= out.size());
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (done != Z_STREAM_END) return {};
  return out;
}

}  // namespace tidemark::http::network
