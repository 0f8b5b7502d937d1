#pragma once

/// Compressed bytes, as clients send them and files hold them.

#include <string>
#include <string_view>

namespace tidemark::testing_support {

std::string gzip(std::string_view bytes);
std::string zlib_deflate(std::string_view bytes);
std::string raw_deflate(std::string_view bytes);
std::string zstd(std::string_view bytes);

/// What a gzip answer holds; empty where it is none.
std::string gunzip(std::string_view bytes);

}  // namespace tidemark::testing_support
