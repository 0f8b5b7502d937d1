#pragma once

/// A refusal of the service in a sentence for a terminal.

#include <string>
#include <string_view>

namespace tidemark::app {

/// "422: `from` is missing…": title, detail and the errors of a problem document; the start of the
/// body if it is not one.
std::string problem_text(int status, std::string_view body);

}  // namespace tidemark::app
