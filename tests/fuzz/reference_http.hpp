#pragma once

/// A slow and plain reader of HTTP/1 requests, written from RFC 9112 and from nothing else: what a
/// proxy before us may have understood.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemark::fuzz {

struct ReadRequest {
  std::string method;
  std::string target;  ///< as sent
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;

  bool operator==(const ReadRequest&) const = default;
};

/// What became of a stream of bytes.
struct Stream {
  enum class End : std::uint8_t { More, Refused };

  std::vector<ReadRequest> requests;
  End end = End::More;
  /// The last request, or the one that was refused, has nothing but a request line, a path, fields
  /// other than Connection, and a body without extensions and trailers: whoever refuses such a one
  /// where this reader takes it is at fault.
  std::vector<bool> plain;
};

/// Reads one request after another; ends at the first that is not a request.
Stream read_plainly(std::string_view bytes);

}  // namespace tidemark::fuzz
