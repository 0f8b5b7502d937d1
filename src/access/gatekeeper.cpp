#include "access/gatekeeper.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "access/key_text.hpp"
#include "access/sent_key.hpp"
#include "event/timestamp.hpp"
#include "http/endpoint.hpp"

namespace tidemark::access {
namespace {

using http::Access;
using http::Problem;
namespace problems = http::problems;

/// A host without its port, brackets and final dot.
std::string_view bare(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    return end == std::string_view::npos ? host : host.substr(1, end - 1);
  }
  host = host.substr(0, host.find(':'));
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

bool is_loopback_v4(std::string_view host) {
  if (!host.starts_with("127.") || std::ranges::count(host, '.') != 3) return false;
  return host.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_loopback_name(std::string_view host) {
  constexpr std::string_view kName = "localhost";
  if (host == "::1" || is_loopback_v4(host)) return true;
  if (host.size() < kName.size()) return false;
  const auto last = host.substr(host.size() - kName.size());
  const bool whole = host.size() == kName.size() || host[host.size() - kName.size() - 1] == '.';
  return whole && http::equal_ignoring_case(last, kName);
}

bool changes_something(http::Method method) {
  return method != http::Method::Get && method != http::Method::Head &&
         method != http::Method::Options;
}

bool is_same_origin(std::string_view origin, std::string_view host) {
  const std::size_t end = origin.find("://");
  return end != std::string_view::npos && http::equal_ignoring_case(origin.substr(end + 3), host);
}

bool may(catalog::KeyKind kind, Access access) {
  switch (access) {
    case Access::Anyone:
      return true;
    case Access::Write:
      return kind != catalog::KeyKind::Read;
    case Access::Read:
      return kind != catalog::KeyKind::Write;
    case Access::Admin:
    case Access::AdminOfAll:
      return kind == catalog::KeyKind::Admin;
  }
  return false;
}

std::string with_article(std::string_view kind) {
  return (kind.starts_with('a') ? "an " : "a ") + std::string(kind);
}

/// "a read or an admin key".
std::string keys_wanted(Access access) {
  std::string text;
  for (const std::string_view kind : http::keys_that_may(access)) {
    text += (text.empty() ? "" : " or ") + with_article(kind);
  }
  return text + " key";
}

Problem wrong_kind(const catalog::Key& key, Access access) {
  return problems::forbidden("This needs " + keys_wanted(access) + "; the key that was sent is " +
                             with_article(name_of(key.kind)) + " key" +
                             (key.project ? " of one project." : "."));
}

/// For a caller that may do everything in every project.
std::optional<Problem> admit_to_any(http::Request& request, const Known& known) {
  std::string name;
  if (auto twice = take_project(request, name)) return twice;
  const auto* project = known.project_named(name.empty() ? catalog::kDefaultProject : name);
  if (project == nullptr) return no_such_project(name);
  request.caller = {
      .project = static_cast<std::uint32_t>(project->id), .all_projects = true, .name = {}};
  return std::nullopt;
}

std::string name_of_key(const catalog::Key& key) {
  const std::string number = "key " + std::to_string(key.id);
  return key.name.empty() ? number : number + " (" + key.name + ")";
}

}  // namespace

http::Problem no_such_project(std::string_view name) {
  Problem problem = problems::not_found("The project \"" + std::string(name) +
                                        "\" does not exist; GET /projects lists the projects.");
  problem.code = "project_not_found";
  return problem;
}

Gatekeeper::Gatekeeper(Directory& directory, const base::Clock& clock, telemetry::Metrics& metrics,
                       GateOptions options)
    : directory_(directory),
      clock_(clock),
      metrics_(metrics),
      options_(std::move(options)),
      wrong_keys_(options_.wrong_keys) {}

std::optional<Problem> Gatekeeper::admit(http::Request& request,
                                         const http::EndpointDoc* endpoint) {
  const auto known = directory_.known();
  assert(known != nullptr);
  if (!known->is_closed()) {
    if (auto refused = refuse_stranger(request)) return refused;
  }
  if (endpoint == nullptr || endpoint->access == Access::Anyone) return std::nullopt;
  if (known->is_closed()) return admit_with_key(request, *endpoint, *known);

  SentKey passed_over;  // from the time when the service was to be closed, or for another one
  if (auto twice = take_key(request, passed_over)) return twice;
  return admit_to_any(request, *known);
}

bool Gatekeeper::is_own(const catalog::KeyDigest& digest) const {
  return options_.own_key && same(*options_.own_key, digest);
}

/// While the service is open: a page of another host, or that made this host's name its own.
std::optional<Problem> Gatekeeper::refuse_stranger(const http::Request& request) const {
  const auto host = request.header("Host");
  if (host) {  // a browser always sends it
    const std::string_view named = bare(*host);
    const bool allowed = is_loopback_name(named) ||
                         std::ranges::any_of(options_.allowed_hosts, [&](const std::string& each) {
                           return each == "*" || http::equal_ignoring_case(each, named);
                         });
    if (!allowed) {
      return problems::misdirected(
          "While the service has no keys, it answers only under loopback names and the names in "
          "the setting allowed_hosts, and not under \"" +
          std::string(*host) + "\"; set allowed_hosts, or make a key with `tidemark setup`.");
    }
  }
  const auto origin = request.header("Origin");
  if (!origin || !changes_something(request.method)) return std::nullopt;
  const bool named = std::ranges::any_of(
      options_.origins, [&](const std::string& each) { return each == "*" || each == *origin; });
  if (named || is_same_origin(*origin, host.value_or(""))) return std::nullopt;
  return problems::origin_not_allowed(*origin);
}

std::optional<Problem> Gatekeeper::admit_with_key(http::Request& request,
                                                  const http::EndpointDoc& endpoint,
                                                  const Known& known) {
  SentKey sent;
  if (auto twice = take_key(request, sent)) return twice;
  if (sent.text.empty()) {
    return problems::unauthorized(
        "key_required", "This needs " + keys_wanted(endpoint.access) +
                            "; send one as \"Authorization: Bearer KEY\" or \"X-API-Key: KEY\".");
  }
  const auto digest = digest_of(sent.text);
  if (is_own(digest)) return admit_to_any(request, known);
  const catalog::Key* const key = known.key(digest);
  if (auto wrong = refuse_wrong_key(request, sent.text, key)) return wrong;
  if (sent.in_address && key->kind == catalog::KeyKind::Admin) {
    return problems::unauthorized("key_in_address",
                                  "An admin key may not stand in an address, because addresses are "
                                  "kept in many places; send it as \"Authorization: Bearer KEY\".");
  }
  if (!may(key->kind, endpoint.access) || (endpoint.access == Access::AdminOfAll && key->project)) {
    return wrong_kind(*key, endpoint.access);
  }
  std::string name;
  if (auto twice = take_project(request, name)) return twice;
  const auto* project = name.empty() ? known.project(key->project.value_or(event::ProjectId{0}))
                                     : known.project_named(name);
  if (key->project && (project == nullptr || project->id != *key->project)) {
    return problems::forbidden("The key belongs to another project than \"" + name + "\".");
  }
  if (project == nullptr) return no_such_project(name);
  if (!key->origins.empty()) {
    const auto origin = request.header("Origin");
    if (!origin || std::ranges::find(key->origins, *origin) == key->origins.end()) {
      return problems::forbidden(
          "The key may be used only by pages of the origins that it is bound to.");
    }
  }
  directory_.note_use(known, *key, clock_.now());
  request.caller = {.project = static_cast<std::uint32_t>(project->id),
                    .all_projects = !key->project,
                    .name = name_of_key(*key)};
  return std::nullopt;
}

/// A key that is not in force. Addresses that are wrong too often have to wait.
std::optional<Problem> Gatekeeper::refuse_wrong_key(const http::Request& request,
                                                    std::string_view sent,
                                                    const catalog::Key* found) {
  const base::Micros now = clock_.now();
  const bool in_force =
      found != nullptr && !found->revoked_at && (!found->expires_at || *found->expires_at > now);
  if (in_force) return std::nullopt;

  const auto refuse = [&](const std::string& code, std::string detail) {
    metrics_
        .counter("tidemark_keys_refused_total", "Requests refused because of their key, by reason.",
                 {{"reason", code}})
        .add();
    return problems::unauthorized(code, std::move(detail));
  };
  const auto decision = wrong_keys_.decide(request.peer, now);
  if (!decision.allowed) {
    metrics_
        .counter("tidemark_keys_refused_total", "Requests refused because of their key, by reason.",
                 {{"reason", "too_many_wrong_keys"}})
        .add();
    Problem problem = problems::rate_limited(static_cast<int>(decision.retry_after));
    problem.code = "too_many_wrong_keys";
    problem.title = "Too many wrong keys";
    problem.detail = "This address has sent too many wrong keys; try again in " +
                     std::to_string(decision.retry_after) + " s with a right key.";
    return problem;
  }
  if (found != nullptr && found->revoked_at) {
    return refuse("key_revoked", "The key " + masked(sent) + " was revoked on " +
                                     event::to_string(*found->revoked_at) + "; use another one.");
  }
  if (found != nullptr) {
    return refuse("key_expired", "The key " + masked(sent) + " expired on " +
                                     event::to_string(*found->expires_at) + "; use another one.");
  }
  if (!is_well_formed(sent)) {
    return refuse("key_malformed",
                  "The text that was sent is not a key, or has a typing error: a key begins with "
                  "tmw_, tmr_ or tma_ and has 53 characters.");
  }
  return refuse("key_unknown",
                "The key " + masked(sent) + " is not known here; was it made for another service?");
}

}  // namespace tidemark::access
