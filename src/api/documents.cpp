// The interactive documents, the OpenAPI document and the page of links; nothing from other hosts.

#include "documents/documents.hpp"

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
<meta name="viewport" content="width=device-width">
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}
code{background:#eee;padding:.1em .3em;border-radius:.2em}</style></head><body>
<h1>Tidemark</h1><p>Takes events, keeps each exactly once, and answers how many people do what.</p>
<ul><li><a href="/docs">/docs</a> — try every call (Swagger UI)</li>
<li><a href="/redoc">/redoc</a> — read every call (Redoc)</li>
<li><a href="/openapi.json">/openapi.json</a> — the same for programs</li>
<li><a href="/readyz">/readyz</a>, <a href="/healthz">/healthz</a>, <a href="/version">/version</a>,
<a href="/metrics">/metrics</a> — operations</li>
<li><a href="/events">/events</a> — the newest events</li>
<li><a href="/quarantine">/quarantine</a> — rejected events</li></ul>
<p>Send one: <code>curl -H 'Content-Type: application/json' -d '{"event_id":"1","occurred_at":"2025-08-01T10:00:00Z","user_id":"ann","event_type":"login"}' http://localhost:8080/events</code></p>
<script>const c=document.querySelector('p code');c.textContent=c.textContent.replace('http://localhost:8080',location.origin)</script>
</body></html>
)";

http::StaticDocument carried(const documents::Asset& asset) {
  return {std::string(asset.bytes), asset.content_type};
}

http::Endpoint page(std::string_view path, const http::StaticDocument& document) {
  return http::endpoint(http::Method::Get, path)
      .not_rate_limited()
      .undocumented()
      .handle([document](const http::Request& request) { return document.answer(request); });
}

struct AssetParameters {
  std::string name;
};

http::Endpoint asset_endpoint() {
  auto all = std::make_shared<std::map<std::string, http::StaticDocument, std::less<>>>();
  for (const auto& asset : documents::assets()) all->emplace(asset.name, carried(asset));
  return http::endpoint<AssetParameters>(http::Method::Get, "/assets/{name}")
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
  endpoints.push_back(page("/", {std::string(kLinks), http::kHtml}));
  endpoints.push_back(page("/docs", carried(*docs)));
  endpoints.push_back(page("/redoc", carried(*redoc)));
  endpoints.push_back(asset_endpoint());
  endpoints.push_back(page("/openapi.json", {openapi, http::kJson}));
  return endpoints;
}

}  // namespace tidemark::api
