#pragma once

/// Finds the endpoint of a path and a method.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "http/endpoint.hpp"

namespace tidemark::http {

/// The result for a path. Without an endpoint: `allow` is empty for an unknown path (404),
/// otherwise it names the methods that the path has (405).
struct Route {
  const Endpoint* endpoint = nullptr;
  std::string_view allow;  ///< "GET, HEAD, OPTIONS"
};

/// All endpoints.
///
/// Promise:  a literal segment wins over `{name}`; HEAD leads to GET; a trailing slash, the prefix
///           `/api/v1` and `base_path` before both make no difference.
/// Threads:  immutable once made.
/// Lifetime: routes point into the router.
class Router {
 public:
  /// A sentence for a client with an unknown path; empty: nothing to say. `path` is as
  /// Request::path.
  using Hint = std::function<std::string(Method method, std::string_view path)>;

  struct Options {
    std::string base_path = {};  ///< "/tidemark", or empty; a proxy leaves it before each path
    Hint hint = {};              ///< empty: no hint
  };

  /// Two endpoints for one method and path are a bug.
  explicit Router(std::vector<Endpoint> endpoints, Options options);
  explicit Router(std::vector<Endpoint> endpoints) : Router(std::move(endpoints), Options{}) {}
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  /// Sets `path` (from `target`), `route` and `path_parameters` of the request. A path that cannot
  /// be percent-decoded is unknown; the connection has refused it before.
  [[nodiscard]] Route find(Request& request) const;

  /// Why `find` does not know the path, and what the client may have meant.
  [[nodiscard]] std::string unknown_path(const Request& request) const;

  /// Every method of every path, for `OPTIONS *`.
  [[nodiscard]] const std::string& all_methods() const noexcept { return all_methods_; }
  [[nodiscard]] const std::vector<Endpoint>& endpoints() const noexcept { return endpoints_; }

 private:
  struct Node {
    std::string route;
    std::vector<std::string> segments;  // "{…}" matches any
    std::vector<const Endpoint*> endpoints;
    std::string allow;
  };
  [[nodiscard]] const Node* match(Request& request) const;
  Node& node_of(const std::string& path);
  void name_methods();

  std::vector<Endpoint> endpoints_;
  std::string base_path_;
  std::vector<Node> nodes_;
  std::map<std::string_view, std::size_t> literal_;  // paths without `{name}`, to nodes_
  std::string all_methods_;
  Options options_;
};

/// Removes the query, `/api/v1` and a trailing slash.
[[nodiscard]] std::string_view plain_path(std::string_view target) noexcept;

}  // namespace tidemark::http
