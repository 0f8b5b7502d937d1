// The interactive documents, the OpenAPI document and the page of links; nothing from other hosts.

#include "documents/documents.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/api.hpp"
#include "event/content_hash.hpp"
#include "http/endpoint.hpp"

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
</body></html>
)";

/// One document in both forms, ready to be shared by answers.
struct Document {
  std::string_view content_type;
  std::string etag;
  std::shared_ptr<const std::string> plain;
  std::shared_ptr<const std::string> gzip;  ///< null: http compresses it where it is asked to
};

http::Response document_response(const http::Request& request, const Document& document) {
  http::Response response(200);
  response.content_type = document.content_type;
  response.header("ETag", document.etag);
  response.header("Cache-Control", "no-cache");
  const auto known = request.headers("If-None-Match");
  if (known == "*" || known.find(document.etag) != std::string::npos) {
    response.status = 304;
    response.content_type = {};
    return response;
  }
  const bool takes_gzip = request.headers("Accept-Encoding").find("gzip") != std::string::npos;
  if (takes_gzip && document.gzip) {
    response.header("Content-Encoding", "gzip");
    response.header("Vary", "Accept-Encoding");
    response.shared_body = document.gzip;
    response.compressible = false;
  } else {
    response.shared_body = document.plain;
  }
  return response;
}

Document carried(const documents::Asset& asset) {
  return {.content_type = asset.content_type,
          .etag = std::string(asset.etag),
          .plain = std::make_shared<const std::string>(asset.bytes),
          .gzip = std::make_shared<const std::string>(asset.gzip)};
}

Document made(std::string_view content_type, std::shared_ptr<const std::string> text) {
  const auto hash = event::content_hash(*text);
  return {.content_type = content_type,
          .etag = '"' + std::to_string(hash.low) + '"',
          .plain = std::move(text),
          .gzip = nullptr};
}

http::Endpoint page(std::string_view path, std::string_view summary, Document document,
                    bool documented) {
  auto builder = http::endpoint(http::Method::Get, path);
  builder.tag("Documents").summary(summary).not_rate_limited();
  builder.answers(200, summary, http::Schema::string(), std::nullopt, document.content_type);
  if (!documented) builder.undocumented();
  return builder.handle([document = std::move(document)](const http::Request& request) {
    return document_response(request, document);
  });
}

struct AssetParameters {
  std::string name;
};

http::Endpoint asset_endpoint() {
  auto all = std::make_shared<std::map<std::string, Document, std::less<>>>();
  for (const auto& asset : documents::assets()) all->emplace(asset.name, carried(asset));
  return http::endpoint<AssetParameters>(http::Method::Get, "/assets/{name}")
      .param(http::path("name", &AssetParameters::name))
      .not_rate_limited()
      .undocumented()
      .handle([all](const http::Request& request, const AssetParameters& p) -> http::Response {
        const auto found = all->find(p.name);
        if (found == all->end()) return http::problems::not_found("there is no such asset");
        return document_response(request, found->second);
      });
}

}  // namespace

std::vector<http::Endpoint> document_endpoints(std::shared_ptr<const std::string> openapi) {
  const auto docs = documents::find("docs.html");
  const auto redoc = documents::find("redoc.html");
  std::vector<http::Endpoint> endpoints;
  endpoints.push_back(page("/", "A page of links",
                           made(http::kHtml, std::make_shared<const std::string>(kLinks)), false));
  endpoints.push_back(page("/docs", "Swagger UI", carried(*docs), false));
  endpoints.push_back(page("/redoc", "Redoc", carried(*redoc), false));
  endpoints.push_back(asset_endpoint());
  endpoints.push_back(
      page("/openapi.json", "The OpenAPI document", made(http::kJson, openapi), false));
  return endpoints;
}

}  // namespace tidemark::api
