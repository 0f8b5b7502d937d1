#include "http/json_reader.hpp"

#include <boost/json/parse.hpp>

namespace tidemark::http {

base::Result<boost::json::value> read_json(std::string_view text) {
  boost::system::error_code unreadable;
  auto value = boost::json::parse(text, unreadable);
  if (!unreadable) return value;
  return base::Error{base::ErrorCode::InvalidInput,
                     "expected one JSON value in UTF-8: " + unreadable.message()};
}

}  // namespace tidemark::http
