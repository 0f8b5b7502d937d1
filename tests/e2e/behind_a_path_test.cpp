// The service behind a path of a proxy, as `location /tm/ { proxy_pass http://…/; }` of nginx has
// it: every page and every call is found there, whether the proxy takes the path off or leaves it.

#include <atomic>
#include <regex>
#include <thread>

#include <arpa/inet.h>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "browser.hpp"
#include "support/raw_http.hpp"
#include "support/service_process.hpp"

namespace tidemark {
namespace {

using testing_support::ask;
using testing_support::bytes_of;
using testing_support::RawAnswer;
using testing_support::RawConnection;
using testing_support::ServiceProcess;
using testing_support::TemporaryFolder;

/// Hands on requests without a body whose path begins with /tm/, without that; others get 404.
class StrippingProxy {
 public:
  explicit StrippingProxy(std::uint16_t to) : to_(to) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, any, length) != 0 || listen(listener_, 64) != 0) std::abort();
    getsockname(listener_, any, &length);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~StrippingProxy() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  StrippingProxy(const StrippingProxy&) = delete;
  StrippingProxy& operator=(const StrippingProxy&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void serve() {
    std::vector<std::jthread> clients;
    for (;;) {
      const int client = accept(listener_, nullptr, nullptr);
      if (client < 0) return;
      clients.emplace_back([this, client] {
        hand_on(client);
        close(client);
      });
    }
  }

  void hand_on(int client) const {
    std::string head;
    char byte = 0;
    while (!head.ends_with("\r\n\r\n")) {
      if (read(client, &byte, 1) != 1) return;
      head += byte;
    }
    std::string answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    const std::size_t at = head.find(" /tm/");
    if (at < head.find('\n')) {
      head.erase(at + 1, 3);
      RawConnection service(to_);
      service.send(head);
      const RawAnswer given = service.read_answer();
      answer = std::regex_replace(given.head,
                                  std::regex("\r\n(Transfer-Encoding|Connection):[^\r]*"), "");
      answer.insert(answer.size() - 2, "Connection: close\r\n");
      answer += given.body;
    }
    std::ignore = send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
  }

  int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t to_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

/// What a browser makes of a relative reference.
std::string resolved(const std::string& page, std::string reference) {
  std::string folder = page.substr(0, page.rfind('/') + 1);
  if (reference.starts_with('/')) return reference;
  while (reference.starts_with("./")) reference.erase(0, 2);
  while (reference.starts_with("../")) {
    reference.erase(0, 3);
    folder.erase(folder.rfind('/', folder.size() - 2) + 1);
  }
  return folder + reference;
}

/// Each reference of each page leads to something.
void expect_all_found(std::uint16_t port, const std::vector<std::string>& pages) {
  const std::regex reference(R"re((?:src|href|spec-url)="([^"]*)")re");
  for (const auto& page : pages) {
    const auto html = ask(port, bytes_of("GET", page));
    ASSERT_EQ(html.status, 200) << page;
    int found = 0;
    for (std::sregex_iterator it(html.body.begin(), html.body.end(), reference), end; it != end;
         ++it) {
      const std::string target = (*it)[1].str();
      if (target.starts_with("data:")) continue;
      ++found;
      EXPECT_EQ(ask(port, bytes_of("GET", resolved(page, target))).status, 200)
          << page << " names " << target;
    }
    EXPECT_GT(found, 1) << page;
    EXPECT_EQ(html.body.find("{root}"), std::string::npos) << page;
  }
}

TEST(BehindAPath, EveryReferenceLeadsThroughAProxyThatTakesThePathOff) {
  const TemporaryFolder folder;
  ServiceProcess service(folder.path() / "data");
  ASSERT_FALSE(service.url().empty());
  const StrippingProxy proxy(service.port());
  expect_all_found(proxy.port(), {"/tm/", "/tm/docs", "/tm/redoc", "/tm/docs/", "/tm/redoc/",
                                  "/tm/api/v1/docs", "/tm/api/v1", "/tm/api/v1/"});
  expect_all_found(service.port(), {"/", "/docs", "/redoc", "/docs/", "/api/v1", "/api/v1/docs/"});
  const auto document = ask(proxy.port(), bytes_of("GET", "/tm/openapi.json")).json();
  const std::string server(document.at("servers").at(0).at("url").as_string());
  EXPECT_EQ(
      ask(proxy.port(), bytes_of("GET", resolved("/tm/openapi.json", server) + "healthz")).status,
      200);
}

TEST(BehindAPath, AProxyThatLeavesThePathIsToldByASetting) {
  const TemporaryFolder folder;
  ServiceProcess service(folder.path() / "data", {"--base-path", "/a/tm"});
  ASSERT_FALSE(service.url().empty());
  expect_all_found(service.port(),
                   {"/a/tm", "/a/tm/", "/a/tm/docs", "/a/tm/redoc/", "/a/tm/api/v1/docs", "/docs"});
  for (const char* path :
       {"/a/tm/healthz", "/a/tm/api/v1/healthz/", "/healthz", "/a/tm?x", "/a/tm/events?limit=1"}) {
    EXPECT_NE(ask(service.port(), bytes_of("GET", path)).status, 404) << path;
  }
  for (const char* path : {"/a/tmx/healthz", "/a/healthz", "/a/tm/a/tm/healthz", "/A/TM/healthz"}) {
    EXPECT_EQ(ask(service.port(), bytes_of("GET", path)).status, 404) << path;
  }
}

TEST(BehindAPath, TheDocumentsShowInABrowser) {
  if (!browser_is_here()) GTEST_SKIP() << "chromium is not installed: ./dev test installs it";
  const TemporaryFolder folder;
  ServiceProcess service(folder.path() / "data");
  ASSERT_FALSE(service.url().empty());
  const StrippingProxy proxy(service.port());
  for (const std::string page : {"/tm/docs", "/tm/redoc"}) {
    const auto seen = visit(folder.path(), proxy.url(), page);
    EXPECT_NE(seen.dom.find("postEvents"), std::string::npos) << page << ": " << seen.log;
    for (const auto& address : seen.requested) {
      const bool ours = address.starts_with(proxy.url() + "/tm/") || address.starts_with("data:") ||
                        address.starts_with("blob:");
      EXPECT_TRUE(ours) << page << " asks for " << address;
    }
  }
}

}  // namespace
}  // namespace tidemark
