#include "api/intake/posted_body.hpp"

#include <algorithm>
#include <cctype>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/intake/request_body.hpp"
#include "api/intake/taking.hpp"
#include "http/parameter.hpp"
#include "wire/content_type.hpp"
#include "wire/form.hpp"

namespace tidemark::api {
namespace {

using base::Error;
using base::ErrorCode;

/// Other media types were refused before; what is left are parameters and a second line.
http::Problem refuse_content_type(const http::Request& request) {
  const auto is_type = [](const http::HeaderField& field) {
    return http::equal_ignoring_case(field.name, "Content-Type");
  };
  const bool several = std::ranges::count_if(request.fields, is_type) > 1;
  auto problem = http::problems::unsupported_media_type(
      (several ? "Content-Type must be sent only once"
               : "Content-Type may have no parameter other than charset=utf-8") +
      (", as in application/json or application/x-ndjson; " +
       http::received(request.headers("Content-Type"))) +
      ".");
  problem.headers.emplace_back("Accept",
                               "application/json, application/*+json, application/x-ndjson");
  return problem;
}

bool is_mere_bytes(std::string_view type) {
  constexpr std::string_view kMereBytes = "application/octet-stream";
  return http::equal_ignoring_case(type.substr(0, kMereBytes.size()), kMereBytes);
}

/// A body that is sent as mere bytes may be compressed although its sender does not say so.
std::vector<wire::Coding> untold_codings(const http::Request& request, std::string_view type) {
  if (!is_mere_bytes(type)) return {};
  const auto coding = wire::coding_of_bytes(request.body.view());
  return coding ? std::vector{*coding} : std::vector<wire::Coding>();
}

/// A large form costs what a large body does, and is read where those are.
http::Task<base::Result<wire::Body>> read_form(const Service* service, wire::FormKind kind,
                                               std::string type, wire::Body form,
                                               http::Ticket ticket) {
  if (form.text.size() <= IngestLanes::kHereBytesMax) {
    co_return wire::events_of_form(kind, type, std::move(form));
  }
  auto& lane = service->ingest.lane_for(form.text.size());
  auto read = [kind, type = std::move(type), form = std::move(form)] {
    return wire::events_of_form(kind, type, form);
  };
  auto events = co_await http::run_on(&lane, std::move(read), ticket);
  if (!events)
    co_return Error{ErrorCode::Overloaded,
                    "too many large bodies are waiting to be read; try again later"};
  co_return std::move(*events);
}

}  // namespace

http::Task<std::variant<PostedBody, http::Response>> posted_body(const Service* service,
                                                                 http::RequestPtr request) {
  const std::string type = request->headers("Content-Type");
  const auto form = wire::form_kind_of(type);
  const auto format = form ? wire::Format::Json : wire::format_of(type);
  if (!format) co_return refuse_content_type(*request);
  auto codings = wire::codings_of(request->headers("Content-Encoding"));
  if (!codings) {
    co_return http::problems::unsupported_media_type(
        "Content-Encoding may name at most two codings, each of them gzip, deflate or zstd.");
  }
  if (codings->empty()) *codings = untold_codings(*request, type);
  wire::Body body;
  if (codings->empty()) {
    body = packed_body(*request);
  } else {
    auto unpacked = co_await unpack_body(service, request, std::move(*codings));
    if (!unpacked) co_return refuse_body(unpacked.error());
    body = std::move(*unpacked);
  }
  if (form) {
    auto events = co_await read_form(service, *form, type, std::move(body), ticket_of(*request));
    if (!events) co_return refuse_body(events.error());
    body = std::move(*events);
  }
  co_return PostedBody{.body = std::move(body), .format = *format};
}

}  // namespace tidemark::api
