#include "clients/redis/reply.hpp"

#include <algorithm>

namespace tidemark::clients::redis {
namespace {

using base::ErrorCode;

std::string_view first_word(std::string_view text) { return text.substr(0, text.find(' ')); }

ErrorCode code_of(std::string_view word) {
  if (word == "OOM") return ErrorCode::Overloaded;
  if (word == "NOGROUP" || word == "NOSCRIPT") return ErrorCode::NotFound;
  if (word == "BUSYGROUP" || word == "WRONGTYPE") return ErrorCode::Conflict;
  return ErrorCode::Unavailable;
}

}  // namespace

bool Reply::is_error(std::string_view word) const {
  return kind == Kind::Error && first_word(text) == word;
}

base::Error error_from(const Reply& reply) {
  // "ERR unknown command 'AUTH', with args beginning with: 'secret'".
  constexpr std::string_view kRepeats = ", with args beginning with";
  auto text = reply.text.substr(0, reply.text.find(kRepeats)).substr(0, kErrorBytesMax);
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return base::Error::foreign(code_of(first_word(text)), "Redis: " + text);
}

bool tells_of_wrong_server(const Reply& reply) {
  return reply.is_error("READONLY") || reply.is_error("LOADING") || reply.is_error("MASTERDOWN");
}

base::Error unexpected(std::string_view command) {
  return {ErrorCode::Unavailable,
          "Redis: an answer to " + std::string(command) +
              " that does not fit the command: is the server a Redis of version 7?"};
}

}  // namespace tidemark::clients::redis
