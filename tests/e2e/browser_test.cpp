// /docs and /redoc in a real browser that can reach no other host: they show every operation, ask
// nobody else for anything, and report no error. And what comes with the pages is sensible.

#include "browser.hpp"

#include <fstream>
#include <regex>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "support/packing.hpp"
#include "support/raw_http.hpp"
#include "support/service_process.hpp"

namespace tidemark {
namespace {

using testing_support::ask;
using testing_support::bytes_of;
using testing_support::ServiceProcess;
using testing_support::TemporaryFolder;

class Documents : public testing::Test {
 protected:
  void SetUp() override { ASSERT_FALSE(service_.url().empty()); }

  testing_support::RawAnswer get(const std::string& target, const std::string& fields = {}) const {
    return ask(service_.port(), bytes_of("GET", target, fields));
  }
  void expect_whole(const std::string& page, const std::string& before_operation) const;

  TemporaryFolder folder_;
  ServiceProcess service_{folder_.path() / "data"};
};

void Documents::expect_whole(const std::string& page, const std::string& before_operation) const {
  const auto seen = visit(folder_.path(), service_.url(), page);
  const auto document = get("/openapi.json").json();
  for (const auto& path : document.at("paths").as_object()) {
    EXPECT_NE(seen.dom.find(path.key()), std::string::npos) << path.key() << " is not shown";
    for (const auto& operation : path.value().as_object()) {
      const std::string tag(operation.value().at("tags").at(0).as_string());
      const std::string id(operation.value().at("operationId").as_string());
      auto mark = std::regex_replace(before_operation, std::regex("TAG"), tag) + id;
      EXPECT_NE(seen.dom.find(mark), std::string::npos) << mark << " is not shown";
    }
  }
  EXPECT_FALSE(seen.requested.empty()) << "the browser's log tells of no request";
  for (const auto& address : seen.requested) {
    const bool ours = address.starts_with(service_.url() + "/") || address.starts_with("data:") ||
                      address.starts_with("blob:" + service_.url());
    EXPECT_TRUE(ours) << "asks another host: " << address;
  }
  for (const auto* error :
       {":ERROR:CONSOLE", "Content Security Policy", "Uncaught", "Failed to load"}) {
    const auto at = seen.log.find(error);
    EXPECT_EQ(at, std::string::npos) << seen.log.substr(at, 500);
  }
}

TEST_F(Documents, SwaggerShowsEveryOperationAndAsksNobodyElse) {
  if (!browser_is_here()) GTEST_SKIP() << "chromium is not installed: ./dev test installs it";
  expect_whole("/docs", "operations-TAG-");
}

TEST_F(Documents, RedocShowsEveryOperationAndAsksNobodyElse) {
  if (!browser_is_here()) GTEST_SKIP() << "chromium is not installed: ./dev test installs it";
  expect_whole("/redoc", "tag/TAG/operation/");
}

TEST_F(Documents, PagesLoadFromThisHostAlone) {
  for (const std::string page : {"/", "/docs", "/redoc"}) {
    const auto html = get(page).body;
    const std::regex loads(R"re((?:src|href|action|content|spec-url)="([^"]*)")re");
    for (std::sregex_iterator it(html.begin(), html.end(), loads), end; it != end; ++it) {
      EXPECT_EQ((*it)[1].str().find("//"), std::string::npos) << page << ": " << (*it)[0];
    }
  }
  EXPECT_EQ(get("/assets/swagger-ui.css").body.find("url(http"), std::string::npos);
}

TEST_F(Documents, ComeWithHeadersThatBrowsersNeed) {
  const std::vector<std::pair<std::string, std::string>> pages = {
      {"/", "text/html; charset=utf-8"},
      {"/docs", "text/html; charset=utf-8"},
      {"/redoc", "text/html; charset=utf-8"},
      {"/openapi.json", "application/json"},
      {"/assets/docs.js", "text/javascript; charset=utf-8"},
      {"/assets/swagger-ui.css", "text/css; charset=utf-8"},
      {"/assets/swagger-ui-bundle.js", "text/javascript; charset=utf-8"},
      {"/assets/redoc.standalone.js", "text/javascript; charset=utf-8"}};
  for (const auto& [page, type] : pages) {
    const auto plain = get(page);
    EXPECT_EQ(plain.status, 200) << page;
    EXPECT_EQ(plain.header("Content-Type"), type) << page;
    EXPECT_EQ(plain.header("Content-Length"), std::to_string(plain.body.size())) << page;
    EXPECT_EQ(plain.header("X-Content-Type-Options"), "nosniff") << page;
    EXPECT_EQ(plain.header("Cache-Control"), "no-cache") << page;
    EXPECT_FALSE(plain.header("Set-Cookie")) << page;
    EXPECT_FALSE(plain.header("Server")) << page;
    const auto tag = plain.header("ETag").value_or("none");

    const auto known = get(page, "If-None-Match: " + tag + "\r\n");
    EXPECT_EQ(known.status, 304) << page;
    EXPECT_TRUE(known.body.empty());
    const auto packed = get(page, "Accept-Encoding: gzip\r\n");
    if (plain.body.size() < 1'024) continue;  // not worth it
    EXPECT_EQ(packed.header("Content-Encoding"), "gzip") << page;
    EXPECT_EQ(packed.header("Vary"), "Accept-Encoding") << page;
    EXPECT_EQ(testing_support::gunzip(packed.body), plain.body) << page;
  }
}

}  // namespace
}  // namespace tidemark
