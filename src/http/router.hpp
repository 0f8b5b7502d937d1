#pragma once

/// Finds the endpoint of a path and a method.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "http/endpoint.hpp"

namespace tidemark::http {

/// Where a path leads. Without an endpoint: `allow` is empty for an unknown path (404), else it
/// names the methods that the path knows (405).
struct Route {
  const Endpoint* endpoint = nullptr;
  std::string_view allow;  ///< "GET, HEAD, OPTIONS"
};

/// All endpoints.
///
/// Promise:  a literal segment wins over `{name}`; HEAD leads to GET; a trailing slash and the
///           prefix `/api/v1` make no difference.
/// Threads:  does not change once made.
/// Lifetime: routes point into the router.
class Router {
 public:
  /// What to tell a client of a path that is not known, in a sentence; empty: nothing. `path` is as
  /// Request::path.
  using Hint = std::function<std::string(Method method, std::string_view path)>;

  /// Two endpoints for one method and path are a bug.
  explicit Router(std::vector<Endpoint> endpoints, Hint hint = {});
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  /// Sets `path` (from `target`), `route` and `path_parameters` of the request. A path that cannot
  /// be percent-decoded is not known; the connection has refused it before.
  [[nodiscard]] Route find(Request& request) const;

  /// Why `find` knows no such path, and what may have been meant.
  [[nodiscard]] std::string unknown_path(const Request& request) const;

  /// Every method of every path, for `OPTIONS *`.
  [[nodiscard]] const std::string& all_methods() const noexcept { return all_methods_; }
  [[nodiscard]] const std::vector<Endpoint>& endpoints() const noexcept { return endpoints_; }

 private:
  struct Node {
    std::string route;
    std::vector<std::string> segments;  // "{…}" takes any
    std::vector<const Endpoint*> endpoints;
    std::string allow;
  };
  [[nodiscard]] const Node* match(Request& request) const;
  Node& node_of(const std::string& path);
  void name_methods();

  std::vector<Endpoint> endpoints_;
  std::vector<Node> nodes_;
  std::map<std::string_view, std::size_t> literal_;  // paths without `{name}`, to nodes_
  std::string all_methods_;
  Hint hint_;
};

/// Takes off the query, `/api/v1` and a trailing slash.
[[nodiscard]] std::string_view plain_path(std::string_view target) noexcept;

}  // namespace tidemark::http
