#pragma once

/// What texts of the catalog may be. Each function says what is wrong; empty where nothing is.

#include <string>
#include <string_view>

namespace tidemark::catalog {

/// A title, or a name of a key: UTF-8 of at most kTextMax bytes, without characters that a screen
/// acts on. `what` names it in the sentence.
std::string fault_of_text(std::string_view what, std::string_view text);

/// An IANA zone, or empty.
std::string fault_of_timezone(std::string_view name);

/// "https://app.example:8443", as a browser sends it, or "*".
std::string fault_of_origin(std::string_view origin);

}  // namespace tidemark::catalog
