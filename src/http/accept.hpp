#pragma once

/// A client's preferences, by the weights in its Accept and Accept-Encoding lines (RFC 9110,
/// 12.4.2).

#include <string_view>

namespace tidemark::http {

/// One member of such a line: `text/csv;q=0.5`.
struct Wanted {
  std::string_view name;  ///< "text/csv", "text/*", "gzip"; in any case
  int weight = 1'000;     ///< thousandths: 0 is "not this". An unreadable one counts as 1
};

/// Takes the next member off the line; an empty name if there are no more.
[[nodiscard]] Wanted take_wanted(std::string_view& line);

/// How much a client wants a media type, by the most specific range that covers it.
struct MediaWeight {
  int weight = 0;
  bool named = false;  ///< by its whole name, not as `*/*` or `text/*`
};

/// An empty line accepts everything. Parameters of a range other than q are ignored.
[[nodiscard]] MediaWeight weight_of(std::string_view accept, std::string_view media_type);

}  // namespace tidemark::http
