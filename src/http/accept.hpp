#pragma once

/// What a client wants, by the weights in its Accept and Accept-Encoding lines (RFC 9110, 12.4.2).

#include <string_view>

namespace tidemark::http {

/// One member of such a line: `text/csv;q=0.5`.
struct Wanted {
  std::string_view name;  ///< "text/csv", "text/*", "gzip"; in any case
  int weight = 1'000;     ///< thousandths: 0 is "not this". One that cannot be read counts as 1
};

/// Takes the next member off the line; an empty name where there is none left.
[[nodiscard]] Wanted take_wanted(std::string_view& line);

/// How much a media type is wanted, by the most specific range that takes it in.
struct MediaWeight {
  int weight = 0;
  bool named = false;  ///< by its whole name, not as `*/*` or `text/*`
};

/// An empty line wants everything. Parameters of a range other than q are not looked at.
[[nodiscard]] MediaWeight weight_of(std::string_view accept, std::string_view media_type);

}  // namespace tidemark::http
