#pragma once

/// Unpacks and parses the body of a request: small ones at once, others in turns on the lanes.

#include <vector>

#include "api/service.hpp"
#include "base/result.hpp"
#include "http/request.hpp"
#include "http/task.hpp"
#include "wire/decode.hpp"
#include "wire/inflate.hpp"

namespace tidemark::api {

/// Whose events are sent, and whose turn it is.
struct Sender {
  event::ProjectId project = event::ProjectId::Default;
  http::Ticket ticket = {};
};

/// Takes the bytes as they arrived.
wire::Body packed_body(http::Request& request);

/// Undoes `codings`. The unpacked bytes count in the memory of bodies and in the request's cost for
/// the rate limit. Errors: as wire::inflate; Overloaded if there is no room for them.
http::Task<base::Result<wire::Body>> unpack_body(const Service* service, http::RequestPtr request,
                                                 std::vector<wire::Coding> codings);

/// As wire::decode; Overloaded if too many bodies wait to be parsed.
http::Task<base::Result<wire::Decoded>> decode_body(const Service* service, wire::Body body,
                                                    wire::Format format, Sender sender);

wire::DecodeOptions decode_options(const Service& service, event::ProjectId project);

}  // namespace tidemark::api
