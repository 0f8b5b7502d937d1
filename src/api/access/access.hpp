#pragma once

/// Projects, keys and the audit over HTTP.

#include <string>
#include <string_view>
#include <vector>

#include "api/service.hpp"
#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "http/endpoint.hpp"
#include "http/json_reader.hpp"
#include "http/json_writer.hpp"

namespace tidemark::api {

// One file per resource.
std::vector<http::Endpoint> project_endpoints(const Service& service);
std::vector<http::Endpoint> key_endpoints(const Service& service);
std::vector<http::Endpoint> audit_endpoints(const Service& service);

/// Who makes the change that a request asks for. One that administers a single project sees and
/// changes nothing of the others.
catalog::Author author_of(const http::Request& request);

/// The members of a body, each of which must be in `allowed`. Errors: InvalidInput.
base::Result<boost::json::object> read_members(const http::Request& request,
                                               std::initializer_list<std::string_view> allowed);
/// The text of a member; empty if it is not there or null. Errors: InvalidInput.
base::Result<std::string> text_member(const boost::json::object& members, std::string_view name);

/// A refusal of what the body says: 400 if it cannot be read, 422 if it breaks a rule.
http::Response refuse_change(const base::Error& error);

/// From here on this process knows the change.
void know_change(const Service& service);

/// A key as it is listed: never its text.
void write_key(http::JsonWriter& json, const catalog::Key& key, const access::Known& known);

}  // namespace tidemark::api
