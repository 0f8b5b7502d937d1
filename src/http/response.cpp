#include "http/response.hpp"

#include <boost/beast/http/status.hpp>

namespace tidemark::http {

Response::Response(Problem refusal)
    : status(refusal.status), problem(std::make_shared<Problem>(std::move(refusal))) {}

Response Response::json(int status, std::string body) {
  return text(status, std::move(body), kJson);
}

Response Response::text(int status, std::string body, std::string_view content_type) {
  Response response{status};
  response.content_type = content_type;
  response.body = std::move(body);
  return response;
}

Response& Response::header(std::string_view name, std::string value) & {
  headers.push_back({std::string(name), std::move(value)});
  return *this;
}

Response&& Response::header(std::string_view name, std::string value) && {
  headers.push_back({std::string(name), std::move(value)});
  return std::move(*this);
}

std::string_view reason_of(int status) noexcept {
  if (status == 422) return "Unprocessable Content";
  if (status == 413) return "Content Too Large";
  const auto known = boost::beast::http::int_to_status(static_cast<unsigned>(status));
  if (known == boost::beast::http::status::unknown) return "Unknown";
  const auto reason = boost::beast::http::obsolete_reason(known);
  return {reason.data(), reason.size()};
}

}  // namespace tidemark::http
