#pragma once

/// The name by which Redis knows a script: the SHA-1 of its text. Not for secrets.

#include <string>
#include <string_view>

namespace tidemark::clients::redis {

/// As 40 lower-case hexadecimal digits.
std::string sha1_hex(std::string_view text);

}  // namespace tidemark::clients::redis
