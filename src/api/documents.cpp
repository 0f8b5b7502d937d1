// The interactive documents, the OpenAPI document and the page of links; nothing from other hosts.

#include "documents/documents.hpp"

#include <cassert>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/api.hpp"
#include "http/endpoint.hpp"
#include "http/static_document.hpp"

namespace tidemark::api {
namespace {

constexpr std::string_view kLinks = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Tidemark</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}
code{background:#eee;padding:.1em .3em;border-radius:.2em}</style></head><body>
<h1>Tidemark</h1><p>Takes events, keeps each exactly once, and answers how many people do what.</p>
<ul><li><a href="{root}docs">/docs</a> — try every call (Swagger UI)</li>
<li><a href="{root}redoc">/redoc</a> — read every call (Redoc)</li>
<li><a href="{root}openapi.json">/openapi.json</a> — the same for programs</li>
<li><a href="{root}readyz">/readyz</a>, <a href="{root}healthz">/healthz</a>, <a href="{root}version">/version</a>,
<a href="{root}metrics">/metrics</a> — operations</li>
<li><a href="{root}events">/events</a> — the newest events</li>
<li><a href="{root}quarantine">/quarantine</a> — rejected events</li></ul>
<p>Send one: <code>curl -H 'Content-Type: application/json' -d '{"event_id":"1","occurred_at":"2025-08-01T10:00:00Z","user_id":"ann","event_type":"login"}' http://localhost:8080/events</code></p>
<script>const c=document.querySelector('p code');c.textContent=c.textContent.replace('http://localhost:8080/',new URL('{root}./',location).href)</script>
</body></html>
)";

/// The text of a page with references that lead to `root`, which ends with a slash or is empty.
std::string with_root(std::string_view page, std::string_view root) {
  constexpr std::string_view kMark = "{root}";
  std::string out;
  for (std::size_t at = page.find(kMark); at != std::string_view::npos; at = page.find(kMark)) {
    out += page.substr(0, at);
    out += root;
    page.remove_prefix(at + kMark.size());
  }
  return out += page;
}

/// Where the service begins, as seen from the page that was asked for. References are relative, so
/// that they lead through whatever path a proxy has put before us and taken off again.
std::string root_from(const http::Request& request) {
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  const bool is_folder = path.ends_with('/');
  if (request.route != "/") return is_folder ? "../" : "";
  // The page of links without a slash, as in `/api/v1`, lies beside the folder that it tells of.
  return is_folder ? "" : std::string(path.substr(path.rfind('/') + 1)) + "/";
}

http::Endpoint fixed_page(std::string_view path, const http::StaticDocument& document) {
  return http::endpoint(http::Method::Get, path, http::Access::Anyone)
      .not_rate_limited()
      .undocumented()
      .handle([document](const http::Request& request) { return document.answer(request); });
}

/// A page that names other pages.
http::Endpoint page(std::string_view path, std::string_view text) {
  const http::StaticDocument from_here(with_root(text, ""), http::kHtml);
  const http::StaticDocument from_below(with_root(text, "../"), http::kHtml);
  return http::endpoint(http::Method::Get, path, http::Access::Anyone)
      .not_rate_limited()
      .undocumented()
      .handle([=](const http::Request& request) {
        const std::string root = root_from(request);
        if (root.empty()) return from_here.answer(request);
        if (root == "../") return from_below.answer(request);
        return http::StaticDocument(with_root(text, root), http::kHtml).answer(request);
      });
}

struct AssetParameters {
  std::string name;
};

http::Endpoint asset_endpoint() {
  auto all = std::make_shared<std::map<std::string, http::StaticDocument, std::less<>>>();
  for (const auto& asset : documents::assets()) {
    all->emplace(asset.name,
                 http::StaticDocument(with_root(asset.bytes, "../"), asset.content_type));
  }
  return http::endpoint<AssetParameters>(http::Method::Get, "/assets/{name}", http::Access::Anyone)
      .param(http::path("name", &AssetParameters::name))
      .not_rate_limited()
      .undocumented()
      .handle([all](const http::Request& request, const AssetParameters& p) -> http::Response {
        const auto found = all->find(p.name);
        if (found == all->end()) return http::problems::not_found("there is no such asset");
        return found->second.answer(request);
      });
}

}  // namespace

std::vector<http::Endpoint> document_endpoints(const std::string& openapi) {
  const auto docs = documents::find("docs.html");
  const auto redoc = documents::find("redoc.html");
  std::vector<http::Endpoint> endpoints;
  assert(docs && redoc);
  endpoints.push_back(page("/", kLinks));
  endpoints.push_back(page("/docs", docs->bytes));
  endpoints.push_back(page("/redoc", redoc->bytes));
  endpoints.push_back(asset_endpoint());
  endpoints.push_back(fixed_page("/openapi.json", {openapi, http::kJson}));
  return endpoints;
}

}  // namespace tidemark::api
