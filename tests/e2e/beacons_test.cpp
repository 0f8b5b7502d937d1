// navigator.sendBeacon in a real browser: a page that leaves tells its events in one of five
// shapes, is told `true` for each, and each must arrive from an origin that is named.

#include <atomic>
#include <thread>

#include <arpa/inet.h>
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
using testing_support::ServiceProcess;
using testing_support::TemporaryFolder;

/// Another origin than the service's: gives one page, whatever it is asked for.
class PageServer {
 public:
  PageServer() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, any, length) != 0 || listen(listener_, 8) != 0) std::abort();
    getsockname(listener_, any, &length);
    origin_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~PageServer() {
    shutdown(listener_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    close(listener_);
  }
  PageServer(const PageServer&) = delete;
  PageServer& operator=(const PageServer&) = delete;

  [[nodiscard]] const std::string& origin() const { return origin_; }
  void serve(std::string page) {
    page_ = std::move(page);
    thread_ = std::thread([this] {
      std::vector<std::jthread> clients;
      for (int client = accept(listener_, nullptr, nullptr); client >= 0;
           client = accept(listener_, nullptr, nullptr)) {
        clients.emplace_back([this, client] { answer(client); });
      }
    });
  }

 private:
  void answer(int client) const {
    std::string head;
    char byte = 0;
    while (!head.ends_with("\r\n\r\n") && read(client, &byte, 1) == 1) head += byte;
    const std::string bytes =
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: " +
        std::to_string(page_.size()) + "\r\n\r\n" + page_;
    std::ignore = send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    close(client);
  }

  int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string origin_;
  std::string page_;
  std::thread thread_;
};

/// Sends a beacon of each shape and writes down what it was told.
std::string page_of(const std::string& url) {
  return R"(<!doctype html><title>a page</title><p id="told"></p><script>
const event = id => ({event_id: id, occurred_at: '2025-08-01T10:00:00Z', user_id: 'u', event_type: 't'});
const json = id => JSON.stringify([event(id)]);
const form = new FormData(); form.append('events', json('form'));
const file = new FormData(); file.append('events', new Blob([json('file')], {type: 'application/json'}));
const bodies = [json('string'), form, file, new URLSearchParams({events: json('params')}),
  new URLSearchParams(event('fields')), new Blob([json('typed')], {type: 'application/json'}),
  new Blob([json('untyped')])];
document.getElementById('told').textContent =
  bodies.map(body => navigator.sendBeacon(')" +
         url + R"(/events', body)).join(' ');
</script>)";
}

int status_of_event(std::uint16_t port, const std::string& id) {
  return ask(port, bytes_of("GET", "/events/" + id)).status;
}

TEST(Beacons, OfEveryShapeArriveFromANamedOrigin) {
  if (!browser_is_here()) GTEST_SKIP() << "chromium is not installed: ./dev test installs it";
  const TemporaryFolder folder;
  PageServer pages;
  ServiceProcess service(folder.path() / "data", {"--cors-origins", pages.origin()});
  ASSERT_FALSE(service.url().empty());
  pages.serve(page_of(service.url()));
  const auto seen = visit(folder.path(), pages.origin(), "/");
  EXPECT_NE(seen.dom.find("true true true true true true true"), std::string::npos) << seen.dom;
  for (const std::string id : {"string", "form", "file", "params", "fields", "typed", "untyped"}) {
    EXPECT_EQ(status_of_event(service.port(), id), 200) << id << ": " << seen.log;
  }
}

TEST(Beacons, OfAnotherOriginDoNotArrive) {
  if (!browser_is_here()) GTEST_SKIP() << "chromium is not installed: ./dev test installs it";
  const TemporaryFolder folder;
  PageServer pages;
  ServiceProcess service(folder.path() / "data", {"--cors-origins", "https://app.example"});
  ASSERT_FALSE(service.url().empty());
  pages.serve(page_of(service.url()));
  const auto seen = visit(folder.path(), pages.origin(), "/");
  EXPECT_NE(seen.dom.find("true"), std::string::npos) << "the page does not hear of it";
  const auto all = ask(service.port(), bytes_of("GET", "/events"));
  EXPECT_EQ(all.json().at("data").as_array().size(), 0U) << all.body;
}

TEST(Beacons, AreTakenByWhatTheySayInHttp) {
  const TemporaryFolder folder;
  ServiceProcess service(folder.path() / "data", {"--cors-origins", "https://app.example"});
  ASSERT_FALSE(service.url().empty());
  const auto post = [&](const std::string& type, const std::string& body,
                        const std::string& origin = "https://app.example") {
    return ask(service.port(),
               bytes_of({.body = body, .type = type, .fields = "Origin: " + origin + "\r\n"}));
  };
  const std::string event =
      R"({"event_id":"1","occurred_at":"2025-08-01T10:00:00Z","user_id":"u","event_type":"t"})";
  const auto taken = post("text/plain;charset=UTF-8", event);
  EXPECT_EQ(taken.status, 202) << taken.body;
  EXPECT_EQ(taken.header("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_EQ(taken.header("Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(post("text/plain", event + "\n" + event).status, 202) << "lines";
  EXPECT_EQ(post("", event).status, 202);
  EXPECT_EQ(post("text/plain", "hello").status, 400);
  EXPECT_EQ(post("application/x-www-form-urlencoded", "a=1").status, 400);
  EXPECT_EQ(post("multipart/form-data; boundary=x", "--x--").status, 400);
  for (const char* type : {"text/plain", "", "application/x-www-form-urlencoded"}) {
    EXPECT_EQ(post(type, event, "https://evil.example").status, 403) << type;
  }
  const auto preflight =
      ask(service.port(), bytes_of("OPTIONS", "/events",
                                   "Origin: https://app.example\r\n"
                                   "Access-Control-Request-Method: POST\r\n"
                                   "Access-Control-Request-Headers: content-type\r\n"));
  EXPECT_EQ(preflight.header("Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(preflight.header("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_NE(preflight.header("Vary").value_or("").find("Origin"), std::string::npos);
}

}  // namespace
}  // namespace tidemark
