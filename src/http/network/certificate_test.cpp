// The certificate of a server: what is said about files that cannot be used, and how a new pair
// comes into use; and the plain port that sends clients to TLS.

#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/network/server_test_support.hpp"

namespace tidemark::http::network {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

std::string get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"; }

/// A pair of files that are replaced, as a renewal does it.
class Pair {
 public:
  Pair() : folder_(certificates().file("pair")) {
    fs::create_directory(folder_);
    put("server.pem", "server.key");
  }
  ~Pair() { fs::remove_all(folder_); }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  [[nodiscard]] TlsOptions options() const {
    return {.certificate = folder_ / "now.pem", .key = folder_ / "now.key"};
  }
  void put_certificate(const std::string& name) const { replace(name, "now.pem"); }
  void put_key(const std::string& name) const { replace(name, "now.key"); }
  void put(const std::string& certificate, const std::string& key) const {
    put_certificate(certificate);
    put_key(key);
  }
  void remove_key() const { fs::remove(folder_ / "now.key"); }

 private:
  /// A new file under the old name: another inode, whatever the clock says.
  void replace(const std::string& from, const std::string& to) const {
    fs::copy_file(certificates().file(from), folder_ / "new");
    fs::rename(folder_ / "new", folder_ / to);
  }
  fs::path folder_;
};

/// Looks as often as it takes to find that the files have come to rest.
base::Result<bool> renew(const TestServer& server) {
  auto first = server.server->renew_certificate();
  if (!first || *first) return first;
  return server.server->renew_certificate();
}

std::string serial_of(const TestServer& server) {
  RawConnection raw(server.port(), TlsWishes{});
  return raw.tls()->greeted() ? raw.tls()->serial() : raw.tls()->fault();
}

std::string fault_of(const std::string& certificate, const std::string& key) {
  const auto checked = check_certificate(
      {.certificate = certificates().file(certificate), .key = certificates().file(key)});
  return checked ? std::string() : checked.error().message();
}

TEST(Certificate, WhatCannotBeUsedIsSaidWithWhatToDo) {
  certificates().issue("other");
  certificates().lock_key("server.key", "locked.key");
  const std::ofstream empty(certificates().file("empty.pem"));
  std::ofstream(certificates().file("torn.pem"))
      << std::ifstream(certificates().server()).rdbuf() << "-----BEGIN CERTIFICATE-----\nabc";
  EXPECT_EQ(fault_of("server.pem", "server.key"), "");
  EXPECT_THAT(fault_of("none.pem", "server.key"),
              AllOf(HasSubstr("certificate file"), HasSubstr("none.pem cannot be read: No such"),
                    HasSubstr("name a file")));
  EXPECT_THAT(fault_of("server.pem", "none.key"),
              AllOf(HasSubstr("key file"), HasSubstr("none.key cannot be read: No such")));
  EXPECT_THAT(fault_of("", "server.key"), HasSubstr("cannot be read: Is a directory"));
  EXPECT_THAT(fault_of("empty.pem", "server.key"), HasSubstr("holds no certificate"));
  EXPECT_THAT(fault_of("server.key", "server.key"),
              AllOf(HasSubstr("server.key holds no certificate"), HasSubstr("must begin with")));
  EXPECT_THAT(fault_of("torn.pem", "server.key"), HasSubstr("a further certificate in"));
  EXPECT_THAT(fault_of("server.pem", "server.pem"), HasSubstr("holds no private key"));
  EXPECT_THAT(fault_of("server.pem", "locked.key"),
              AllOf(HasSubstr("locked.key needs a password"), HasSubstr("openssl pkey -in")));
  EXPECT_THAT(fault_of("server.pem", "other.key"),
              AllOf(HasSubstr("other.key does not belong to the certificate in"),
                    HasSubstr("server.pem"), HasSubstr("name the key")));
}

TEST(Certificate, AServerDoesNotStartWithoutIt) {
  const TestServer plain;
  Observer nobody;
  const auto server = Server::start({.tls = TlsOptions{.certificate = "/none.pem", .key = "/none"}},
                                    {*plain.router, plain.clock, nobody});
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().message(), HasSubstr("/none.pem"));
}

TEST(Certificate, ItsEndIsTold) {
  certificates().issue("ended", 0);
  const auto now = base::SystemClock().now() / base::kMicrosPerSecond;
  const TestServer two_days({.tls = server_tls()});
  EXPECT_NEAR(static_cast<double>(two_days.server->certificate_expires() - now), 2 * 86'400, 600);
  EXPECT_EQ(two_days.server->url(), "https://" + two_days.server->address());
  // One that has ended is served: a client decides whether it minds.
  const TestServer ended({.tls = TlsOptions{.certificate = certificates().file("ended.pem"),
                                            .key = certificates().file("ended.key")}});
  EXPECT_LE(ended.server->certificate_expires(), now + 1);
  const TestServer plain({.tls = std::nullopt});
  if (all_over_tls()) return;
  EXPECT_EQ(plain.server->certificate_expires(), 0);
}

TEST(Certificate, ANewPairIsForNewConnections) {
  certificates().issue("next");
  const Pair pair;
  const TestServer server({.tls = pair.options()});
  const std::string before = serial_of(server);
  RawConnection live(server.port(), TlsWishes{});
  EXPECT_EQ(live.tls()->serial(), before);

  pair.put_certificate("next.pem");
  auto half_way = server.server->renew_certificate();
  ASSERT_TRUE(half_way);
  EXPECT_FALSE(*half_way) << "only one file is there";
  pair.put_key("next.key");
  const auto renewed = renew(server);
  ASSERT_TRUE(renewed) << renewed.error().message();
  EXPECT_TRUE(*renewed);
  const std::string after = serial_of(server);
  EXPECT_NE(after, before);
  const auto again = renew(server);
  ASSERT_TRUE(again);
  EXPECT_FALSE(*again);

  live.send(get("/hello"));
  EXPECT_EQ(status_of(live.read_answer()), 200);
  EXPECT_EQ(live.tls()->serial(), before);
}

TEST(Certificate, APairThatCannotBeUsedReplacesNothingAndIsToldOnce) {
  certificates().issue("later");
  const Pair pair;
  const TestServer server({.tls = pair.options()});
  const std::string before = serial_of(server);
  pair.put_certificate("later.pem");
  const auto unfitting = renew(server);
  ASSERT_FALSE(unfitting);
  EXPECT_THAT(unfitting.error().message(), HasSubstr("does not belong"));
  EXPECT_EQ(serial_of(server), before);
  const auto quiet = renew(server);
  ASSERT_TRUE(quiet);
  EXPECT_FALSE(*quiet);

  pair.remove_key();
  const auto gone = renew(server);
  ASSERT_FALSE(gone);
  EXPECT_THAT(gone.error().message(), HasSubstr("No such file"));
  EXPECT_EQ(serial_of(server), before);

  pair.put_key("later.key");
  const auto good = renew(server);
  ASSERT_TRUE(good);
  EXPECT_TRUE(*good);
  EXPECT_NE(serial_of(server), before);
}

TEST(Certificate, ConnectionsComeWhileItIsRenewed) {
  certificates().issue("turn");
  const Pair pair;
  const TestServer server({.tls = pair.options()});
  std::atomic<bool> enough{false};
  std::vector<std::thread> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back([&] {
      while (!enough) {
        RawConnection raw(server.port(), TlsWishes{});
        raw.send(get("/hello"));
        EXPECT_EQ(status_of(raw.read_answer()), 200);
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    if (i % 2 == 0) {
      pair.put("turn.pem", "turn.key");
    } else {
      pair.put("server.pem", "server.key");
    }
    const auto renewed = renew(server);
    EXPECT_TRUE(renewed && *renewed);
  }
  enough = true;
  for (std::thread& client : clients) client.join();
}

struct RedirectTest : testing::Test {
  RedirectTest() : server(options()) {}
  static ServerOptions options() {
    ServerOptions options;
    options.tls = server_tls();
    options.tls->redirect_port = 0;
    options.limits.header_max = std::chrono::milliseconds(100);
    options.limits.linger_pause_max = std::chrono::milliseconds(100);
    return options;
  }
  [[nodiscard]] std::string ask(const std::string& bytes) const {
    RawConnection raw(server.server->redirect_port(), std::nullopt);
    raw.send(bytes);
    raw.end();
    return raw.read_all();
  }
  [[nodiscard]] std::string location(const std::string& path) const {
    return "\r\nLocation: https://" + path + "\r\n";
  }
  [[nodiscard]] std::string port() const { return ":" + std::to_string(server.port()); }

  TestServer server;
};

TEST_F(RedirectTest, EveryRequestIsSentToTheSamePlaceOverTls) {
  const struct {
    std::string line;
    std::string host;
    std::string place;
  } cases[] = {
      {"GET /", "x", "x" + port() + "/"},
      {"GET /a/b?c=d&e=%20", "events.example:80", "events.example" + port() + "/a/b?c=d&e=%20"},
      {"HEAD /hello", "127.0.0.1:8080", "127.0.0.1" + port() + "/hello"},
      {"DELETE /nowhere", "[::1]:80", "[::1]" + port() + "/nowhere"},
      {"GET http://other.example/a?b", "x", "x" + port() + "/a?b"},
      {"OPTIONS *", "x", "x" + port() + "/"}};
  for (const auto& [line, host, place] : cases) {
    const std::string answer = ask(line + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    EXPECT_EQ(status_of(answer), 308) << line;
    EXPECT_THAT(answer, AllOf(HasSubstr(location(place)), HasSubstr("Content-Length: 0\r\n"),
                              Not(HasSubstr("Strict-Transport"))));
  }
  const std::string sent =
      ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + get("/hello"));
  EXPECT_THAT(sent, AllOf(HasSubstr(location("x" + port() + "/echo")),
                          HasSubstr(location("x" + port() + "/hello"))));
  EXPECT_EQ(server.handled, 0);
  EXPECT_THAT(server.witness.lines(), Contains("GET  308"));
}

TEST_F(RedirectTest, AHostThatIsNoPlainNameGets400) {
  for (const std::string host : {"", "a,b", "a%20b", "a@b", "a/b", "a'b", "(x)", "x;y", "a b"}) {
    const std::string answer = ask("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    EXPECT_EQ(status_of(answer), 400) << host;
    EXPECT_THAT(answer, Not(HasSubstr("Location")));
  }
  EXPECT_EQ(status_of(ask("GET / HTTP/1.0\r\n\r\n")), 400);
  EXPECT_EQ(status_of(ask("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")), 400);
}

TEST_F(RedirectTest, ItHasBounds) {
  EXPECT_EQ(status_of(ask("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(20'000, 'a'))), 431);
  RawConnection slow(server.server->redirect_port(), std::nullopt);
  slow.send("GET / HTT");
  EXPECT_EQ(status_of(slow.read_all()), 408);
  std::vector<std::unique_ptr<RawConnection>> clients;
  for (int i = 0; i < 400; ++i) {  // those that wait longest make way
    clients.push_back(
        std::make_unique<RawConnection>(server.server->redirect_port(), std::nullopt));
  }
  EXPECT_EQ(clients.front()->read_all(), "");
  EXPECT_EQ(status_of(ask(get("/hello"))), 308);
  RawConnection others(server.port(), TlsWishes{});  // which are none of the service's
  others.send(get("/hello"));
  EXPECT_EQ(status_of(others.read_answer()), 200);
  EXPECT_EQ(server.witness.refused, 0);
  EXPECT_EQ(server.witness.made_way, 0);
}

TEST_F(RedirectTest, ItEndsWithTheServer) {
  RawConnection idle(server.server->redirect_port(), std::nullopt);
  idle.send(get("/hello"));
  EXPECT_EQ(status_of(idle.read_answer()), 308);
  server.server->stop();
  EXPECT_EQ(idle.read_all(), "");
}

TEST_F(RedirectTest, AServerWhosePortIsTakenDoesNotStart) {
  ServerOptions taken = options();
  taken.tls->redirect_port = server.server->redirect_port();
  Observer nobody;
  const auto second = Server::start(taken, {*server.router, server.clock, nobody});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message(), HasSubstr("in use"));
}

}  // namespace
}  // namespace tidemark::http::network
