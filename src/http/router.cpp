#include "http/router.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "base/check.hpp"
#include "http/percent.hpp"

namespace tidemark::http {
namespace {

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  path.remove_prefix(std::min<std::size_t>(1, path.size()));
  while (!path.empty()) {
    const std::size_t end = path.find('/');
    segments.emplace_back(path.substr(0, end));
    if (end == std::string_view::npos) break;
    path.remove_prefix(end + 1);
    if (path.empty()) segments.emplace_back();
  }
  return segments;
}

/// For a path that a message shows.
constexpr std::size_t kShownBytesMax = 200;

bool is_variable(const std::string& segment) { return segment.starts_with('{'); }

bool answers(const Endpoint& endpoint, Method method) {
  return endpoint.doc.method == method ||
         (method == Method::Head && endpoint.doc.method == Method::Get);
}

bool answers_any(const std::vector<const Endpoint*>& endpoints, Method method) {
  return std::any_of(endpoints.begin(), endpoints.end(),
                     [method](const Endpoint* each) { return answers(*each, method); });
}

/// Whether a target is `base` or begins with it as whole segments.
bool is_under(std::string_view target, std::string_view base) {
  return !base.empty() && target.starts_with(base) &&
         (target.size() == base.size() || target[base.size()] == '/' || target[base.size()] == '?');
}

}  // namespace

std::string_view plain_path(std::string_view target) noexcept {
  std::string_view path = target.substr(0, target.find('?'));
  constexpr std::string_view kPrefix = "/api/v1";
  if (path.starts_with(kPrefix) && (path.size() == kPrefix.size() || path[kPrefix.size()] == '/')) {
    path.remove_prefix(kPrefix.size());
  }
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path.empty() ? std::string_view{"/"} : path;
}

Router::Router(std::vector<Endpoint> endpoints, Options options)
    : endpoints_(std::move(endpoints)), options_(std::move(options)) {
  for (const Endpoint& endpoint : endpoints_) {
    TIDEMARK_CHECK(endpoint.action != nullptr);
    Node& node = node_of(endpoint.doc.path);
    for (const Endpoint* other : node.endpoints) {
      TIDEMARK_CHECK(other->doc.method != endpoint.doc.method);
    }
    node.endpoints.push_back(&endpoint);
  }
  // More literal segments first, so that "/events/live" is met before "/events/{event_id}".
  std::stable_sort(nodes_.begin(), nodes_.end(), [](const Node& a, const Node& b) {
    return std::count_if(a.segments.begin(), a.segments.end(), is_variable) <
           std::count_if(b.segments.begin(), b.segments.end(), is_variable);
  });
  name_methods();
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const auto& segments = nodes_[i].segments;
    if (std::none_of(segments.begin(), segments.end(), is_variable)) literal_[nodes_[i].route] = i;
  }
}

void Router::name_methods() {
  constexpr std::array kAll = {Method::Get, Method::Head,  Method::Post,
                               Method::Put, Method::Patch, Method::Delete};
  for (const Method method : kAll) {
    const std::string name = std::string(name_of(method)) + ", ";
    bool anywhere = false;
    for (Node& node : nodes_) {
      if (!answers_any(node.endpoints, method)) continue;
      node.allow += name;
      anywhere = true;
    }
    if (anywhere) all_methods_ += name;
  }
  all_methods_ += "OPTIONS";
  for (Node& node : nodes_) node.allow += "OPTIONS";
}

Router::Node& Router::node_of(const std::string& path) {
  assert(path.starts_with('/'));
  const auto found = std::find_if(nodes_.begin(), nodes_.end(),
                                  [&](const Node& node) { return node.route == path; });
  if (found != nodes_.end()) return *found;
  return nodes_.emplace_back(Node{path, segments_of(path), {}, {}});
}

const Router::Node* Router::match(Request& request) const {
  const auto literal = literal_.find(request.path);
  assert(literal == literal_.end() || literal->second < nodes_.size());
  if (literal != literal_.end()) return &nodes_[literal->second];
  const auto sent = segments_of(request.path);
  std::vector<std::string> decoded;
  for (const std::string& segment : sent) {
    auto plain = percent_decode(segment);
    if (!plain) return nullptr;
    decoded.push_back(std::move(*plain));
  }
  for (const Node& node : nodes_) {
    if (node.segments.size() != decoded.size()) continue;
    const bool fits = std::equal(decoded.begin(), decoded.end(), node.segments.begin(),
                                 [](const std::string& a, const std::string& b) {
                                   return is_variable(b) ? !a.empty() : a == b;
                                 });
    if (!fits) continue;
    for (std::size_t i = 0; i < decoded.size(); ++i) {
      if (is_variable(node.segments[i])) request.path_parameters.push_back(std::move(decoded[i]));
    }
    return &node;
  }
  return nullptr;
}

std::string Router::unknown_path(const Request& request) const {
  std::string text = "There is nothing at this path";
  // A base URL that ends in a slash, and a path that begins with one.
  std::string single(request.target.substr(0, request.target.find('?')));
  const auto doubled =
      std::ranges::unique(single, [](char a, char b) { return a == '/' && b == '/'; });
  const bool had_doubled = !doubled.empty();
  single.erase(doubled.begin(), doubled.end());
  if (had_doubled) {
    Request meant;
    meant.method = request.method;
    meant.target = single;
    if (!find(meant).allow.empty()) {
      return text + ": it has two slashes in a row. The path " + single.substr(0, kShownBytesMax) +
             " exists.";
    }
  }
  text += '.';
  const auto hint = options_.hint ? options_.hint(request.method, request.path) : std::string();
  return hint.empty() ? text : text + " " + hint;
}

Route Router::find(Request& request) const {
  std::string_view target = request.target;
  if (is_under(target, options_.base_path)) target.remove_prefix(options_.base_path.size());
  request.path = plain_path(target);
  request.path_parameters.clear();
  const Node* node = match(request);
  if (node == nullptr) return {};
  request.route = node->route;
  for (const Endpoint* endpoint : node->endpoints) {
    if (answers(*endpoint, request.method)) return {endpoint, node->allow};
  }
  return {nullptr, node->allow};
}

}  // namespace tidemark::http
