// What a client meets on a port that speaks TLS: the answers of a plain port, nothing older than
// TLS 1.2, nobody who holds memory without having said who he is, and a certificate that is renewed
// while it is in use.

#include <algorithm>
#include <regex>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "http/network/server_test_support.hpp"

namespace tidemark::http::network {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::size_t kMiB = 1 << 20;

std::string get(const std::string& path, const std::string& fields = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: x\r\nX-Request-Id: r\r\n" + fields + "\r\n";
}

std::string post(const std::string& path, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: x\r\nX-Request-Id: r\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

ServerOptions over_tls() {
  ServerOptions options;
  options.tls = server_tls();
  return options;
}

std::string told(HandshakeFault fault) {
  return "handshake: " + std::to_string(static_cast<int>(fault));
}

void await_no_connection(const TestServer& server) {
  while (server.server->connections() > 0) std::this_thread::yield();
}

/// What the server says to all of these bytes, sent at once.
std::string answers(RawConnection& raw, const std::string& bytes) {
  raw.send(bytes);
  raw.end();
  return raw.read_all();
}

/// What a client that does not wait says first.
std::string client_hello() {
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  const std::shared_ptr<SSL> session(SSL_new(context.get()), SSL_free);
  BIO* const out = BIO_new(BIO_s_mem());
  SSL_set_bio(session.get(), BIO_new(BIO_s_mem()), out);
  SSL_set_connect_state(session.get());
  SSL_do_handshake(session.get());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

TEST(Tls, AnswersAreThoseOfAPlainPort) {
  const std::string chunked =
      "POST /echo HTTP/1.1\r\nHost: x\r\nX-Request-Id: r\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n";
  const std::vector<std::string> requests = {
      get("/hello"),
      get("/things/a%20b") + post("/echo", "abc") + chunked + get("/hello"),
      get("/long"),
      get("/long", "Accept-Encoding: gzip\r\n"),
      get("/stream") + get("/hello"),
      get("/nowhere"),
      get("/throws"),
      post("/echo", std::string(3 * kMiB, 'a')),
      "HEAD /long HTTP/1.1\r\nHost: x\r\nX-Request-Id: r\r\n\r\n",
      "GET /stream HTTP/1.0\r\nX-Request-Id: r\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: x\r\nX-Request-Id: r\r\n\r\n",
      get("/torn/ends"),
  };
  const TestServer plain;
  const TestServer secure(over_tls());
  const std::regex only_here("Strict-Transport-Security: max-age=31536000\r\n");
  for (const std::string& request : requests) {
    RawConnection direct(plain.port(), std::nullopt);
    RawConnection raw(secure.port(), TlsWishes{});
    const std::string expected = answers(direct, request);
    const std::string given = answers(raw, request);
    EXPECT_THAT(given, HasSubstr("Strict-Transport-Security: max-age=31536000\r\n"));
    EXPECT_THAT(expected, Not(HasSubstr("Strict-Transport")));
    EXPECT_TRUE(std::regex_replace(given, only_here, "") == expected)
        << request.substr(0, 300) << given.substr(0, 1'000) << expected.substr(0, 1'000);
  }
}

TEST(Tls, ARequestMayComeInRecordsOfOneByte) {
  const TestServer server(over_tls());
  RawConnection raw(server.port(), TlsWishes{});
  for (const char byte : post("/echo", "abc")) raw.send(std::string(1, byte));
  EXPECT_THAT(raw.read_answer(), HasSubstr("\r\n\r\nabc"));
}

TEST(Tls, WhoAsksForItIsToldToSendTheBody) {
  const TestServer server(over_tls());
  RawConnection raw(server.port(), TlsWishes{});
  raw.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(status_of(raw.read_until("\r\n\r\n")), 100);
  raw.send("abc");
  EXPECT_THAT(raw.read_answer(), HasSubstr("\r\n\r\nabc"));
}

/// More than the system takes is on its way in both directions.
TEST(Tls, AClientThatReadsLateGetsAllOfIt) {
  ServerOptions options = over_tls();
  options.limits.body_bytes_max = 64 * kMiB;
  const TestServer server(options);
  std::string body(40 * kMiB, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 + i / 4'099);
  RawConnection raw(server.port(), TlsWishes{});
  ASSERT_TRUE(raw.send(post("/echo", body)));
  while (server.handled == 0) std::this_thread::yield();
  for (int i = 0; i < 4; ++i) {  // others are served meanwhile, by each thread
    RawConnection other(server.port(), TlsWishes{});
    other.send(get("/hello"));
    EXPECT_EQ(status_of(other.read_answer()), 200);
  }
  const std::string answer = raw.read_answer();
  EXPECT_TRUE(answer.ends_with(body)) << answer.size();
  raw.send(get("/hello"));
  EXPECT_EQ(status_of(raw.read_answer()), 200);
}

TEST(Tls, OnlyTheTwoSafeVersionsAreSpoken) {
  const TestServer server(over_tls());
  const struct {
    int version;
    const char* name;
    bool served;
  } cases[] = {{TLS1_VERSION, "TLSv1", false},
               {TLS1_1_VERSION, "TLSv1.1", false},
               {TLS1_2_VERSION, "TLSv1.2", true},
               {TLS1_3_VERSION, "TLSv1.3", true}};
  for (const auto& [version, name, served] : cases) {
    RawConnection raw(server.port(), TlsWishes{.version_min = version, .version_max = version});
    EXPECT_EQ(raw.tls()->greeted(), served) << name << ": " << raw.tls()->fault();
    if (!served) {
      EXPECT_THAT(raw.tls()->fault(), HasSubstr("protocol version")) << name;
      continue;
    }
    EXPECT_EQ(raw.tls()->version(), name);
    raw.send(get("/hello"));
    EXPECT_EQ(status_of(raw.read_answer()), 200);
  }
  await_no_connection(server);
  EXPECT_EQ(std::ranges::count(server.witness.lines(), told(HandshakeFault::Version)), 2);
}

TEST(Tls, CiphersOfTls12HaveFreshKeysAndProof) {
  const TestServer server(over_tls());
  const auto greeted = [&](const std::string& ciphers) {
    RawConnection raw(server.port(), TlsWishes{.version_max = TLS1_2_VERSION, .ciphers = ciphers});
    return raw.tls()->greeted();
  };
  EXPECT_TRUE(greeted("ECDHE-ECDSA-AES128-GCM-SHA256"));
  EXPECT_TRUE(greeted("ECDHE-ECDSA-CHACHA20-POLY1305"));
  EXPECT_FALSE(greeted("ECDHE-ECDSA-AES128-SHA256"));
  EXPECT_FALSE(greeted("ECDHE-ECDSA-AES256-SHA"));
  EXPECT_FALSE(greeted("AES128-GCM-SHA256"));
  EXPECT_FALSE(greeted("DHE-RSA-AES128-GCM-SHA256"));
  await_no_connection(server);
  EXPECT_THAT(server.witness.lines(), Contains(told(HandshakeFault::Cipher)));
}

TEST(Tls, OfProtocolsOnlyHttp1IsAgreedOn) {
  using namespace std::string_literals;
  const TestServer server(over_tls());
  const struct {
    std::string offered;
    bool served;
    std::string agreed;
  } cases[] = {{"", true, ""},
               {"\x08http/1.1"s, true, "http/1.1"},
               {"\x02h2\x08http/1.1"s, true, "http/1.1"},
               {"\x02h2"s, false, ""},
               {"\x02h2\x08http/1.0"s, false, ""}};
  for (const auto& [offered, served, agreed] : cases) {
    RawConnection raw(server.port(), TlsWishes{.protocols = offered});
    ASSERT_EQ(raw.tls()->greeted(), served) << offered << raw.tls()->fault();
    if (served) {
      EXPECT_EQ(raw.tls()->protocol(), agreed);
    } else {
      EXPECT_THAT(raw.tls()->fault(), HasSubstr("no application protocol"));
    }
  }
  await_no_connection(server);
  EXPECT_EQ(std::ranges::count(server.witness.lines(), told(HandshakeFault::Protocol)), 2);
}

TEST(Tls, NobodyMayRenegotiate) {
  const TestServer server(over_tls());
  RawConnection raw(server.port(), TlsWishes{.version_max = TLS1_2_VERSION});
  raw.send(get("/hello"));
  EXPECT_EQ(status_of(raw.read_answer()), 200);
  EXPECT_FALSE(raw.tls()->renegotiate());
  EXPECT_THAT(raw.tls()->fault(), HasSubstr("no renegotiation"));
}

/// Records that carry nothing must not keep the thread from others.
TEST(Tls, ManyNewKeysHoldUpNobody) {
  ServerOptions options = over_tls();
  options.threads = 1;
  const TestServer server(options);
  RawConnection busy(server.port(), TlsWishes{.version_min = TLS1_3_VERSION});
  std::atomic<bool> enough{false};
  std::thread updating([&] {
    while (!enough && busy.tls()->update_keys(100)) {
    }
  });
  for (int i = 0; i < 20; ++i) {
    RawConnection other(server.port(), TlsWishes{});
    other.send(get("/hello"));
    EXPECT_EQ(status_of(other.read_answer()), 200);
  }
  enough = true;
  updating.join();
  busy.send(get("/hello"));
  EXPECT_EQ(status_of(busy.read_answer()), 200);
}

TEST(Tls, WhoSpeaksPlainHttpIsToldSo) {
  const TestServer server(over_tls());
  RawConnection raw(server.port(), std::nullopt);
  raw.send(post("/echo", std::string(100'000, 'a')));
  const std::string answer = raw.read_all();
  EXPECT_EQ(status_of(answer), 400);
  EXPECT_THAT(answer, AllOf(HasSubstr("This port speaks TLS"), HasSubstr("Connection: close"),
                            Not(HasSubstr("Strict-Transport"))));
  EXPECT_THAT(server.witness.lines(), Contains(told(HandshakeFault::PlainHttp)));
  EXPECT_EQ(server.handled, 0);
}

TEST(Tls, GarbageIsClosed) {
  using namespace std::string_literals;
  const TestServer server(over_tls());
  std::string changed = client_hello();
  changed[20] = static_cast<char>(~changed[20]);
  changed[60] = static_cast<char>(~changed[60]);
  for (const std::string& garbage :
       {"\x00\x00\x00"s, "\xff"s, "\x16\x03\x01\xff\xff"s + std::string(70'000, 'a'),
        "\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00"s, "\x16GET / HTTP/1.1\r\n\r\n"s,
        "\x15\x03\x01\x00\x02\x02\x28"s, std::string(100, '\x16')}) {
    RawConnection raw(server.port(), std::nullopt);
    raw.send(garbage);
    EXPECT_THAT(raw.read_all(), Not(HasSubstr("HTTP"))) << testing::PrintToString(garbage);
  }
  await_no_connection(server);
  EXPECT_THAT(server.witness.lines(), Each(told(HandshakeFault::NotTls)));
  RawConnection good(server.port(), TlsWishes{});
  EXPECT_TRUE(good.tls()->greeted());
}

/// Bytes that the process has of the allocator.
std::size_t allocated() { return mallinfo2().uordblks + mallinfo2().hblkhd; }

TEST(Tls, HalfHandshakesEndInTimeAndHoldLittle) {
  constexpr std::size_t kClients = 100;
  const std::string hello = client_hello();
  const struct {
    const char* name;
    std::string bytes;
    std::size_t bytes_each_max;  // in the server
  } cases[] = {{"nothing", "", 4 * 1'024},
               {"half of a hello", hello.substr(0, hello.size() / 2), 90 * 1'024},
               {"a hello and no more", hello, 64 * 1'024}};
  for (const auto& [name, bytes, most] : cases) {
    ServerOptions options = over_tls();
    options.limits.header_max = std::chrono::milliseconds(500);
    const TestServer server(options);
    {
      const RawConnection first(server.port(), TlsWishes{});
    }  // what the library makes once
    await_no_connection(server);
    const std::size_t before = allocated();
    std::vector<std::unique_ptr<RawConnection>> clients;
    for (std::size_t i = 0; i < kClients; ++i) {
      clients.push_back(std::make_unique<RawConnection>(server.port(), std::nullopt));
      clients.back()->send(bytes);
    }
    while (server.server->connections() < kClients && server.witness.lines().empty()) {
      std::this_thread::yield();
    }
    const std::size_t each = (allocated() - before) / kClients;
    RecordProperty(name, static_cast<int>(each));
    EXPECT_LT(each, most) << name;
    for (const auto& client : clients) client->read_all();
    await_no_connection(server);
    EXPECT_THAT(server.witness.lines(),
                AllOf(testing::SizeIs(kClients), Each(told(HandshakeFault::TimedOut))))
        << name;
  }
}

TEST(Tls, TheOldestOfTooManyHandshakesEnds) {
  ServerOptions options = over_tls();
  options.threads = 1;
  options.limits.handshakes_max = 3;
  const TestServer server(options);
  const std::string half = client_hello().substr(0, 50);
  std::vector<std::unique_ptr<RawConnection>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<RawConnection>(server.port(), std::nullopt));
    clients.back()->send(half);
  }
  RawConnection good(server.port(), TlsWishes{});
  EXPECT_TRUE(good.tls()->greeted()) << good.tls()->fault();
  EXPECT_EQ(clients.front()->read_all(), "");
  EXPECT_THAT(server.witness.lines(), ElementsAre(told(HandshakeFault::Crowded)));
}

TEST(Tls, IdleConnectionsHoldNoBuffers) {
  constexpr std::size_t kClients = 200;
  const TestServer server(over_tls());
  {
    const RawConnection first(server.port(), TlsWishes{});
  }  // what the library makes once
  await_no_connection(server);
  const std::size_t before = allocated();
  std::vector<std::unique_ptr<RawConnection>> clients;
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<RawConnection>(server.port(), TlsWishes{}));
    clients.back()->send(get("/hello"));
    EXPECT_EQ(status_of(clients.back()->read_answer()), 200);
  }
  // Both sides of it are in this process.
  const std::size_t each = (allocated() - before) / kClients;
  RecordProperty("each", static_cast<int>(each));
  EXPECT_LT(each, 112U * 1'024);
}

TEST(Tls, ASilentConnectionMakesWayBeforeItIsKnown) {
  ServerOptions options = over_tls();
  options.limits.connections_max = 2;
  options.threads = 1;
  const TestServer server(options);
  const RawConnection silent(server.port(), std::nullopt);
  while (server.server->connections() < 1) std::this_thread::yield();
  RawConnection first(server.port(), TlsWishes{});
  RawConnection second(server.port(), TlsWishes{});
  for (RawConnection* each : {&first, &second}) {
    each->send(get("/hello"));
    EXPECT_EQ(status_of(each->read_answer()), 200);
  }
  EXPECT_EQ(server.witness.made_way, 1);
  EXPECT_THAT(server.witness.lines(), Not(Contains(HasSubstr("handshake"))));
}

TEST(Tls, WhoIsOneTooManyReadsItOverTls) {
  ServerOptions options = over_tls();
  options.limits.connections_max = 1;
  TestServer server(options);
  RawConnection busy(server.port(), TlsWishes{});
  busy.send(get("/slow"));
  server.await_at_gate(1);
  RawConnection refused(server.port(), TlsWishes{});
  EXPECT_EQ(status_of(refused.read_all()), 503);
  server.open_gate();
  EXPECT_EQ(status_of(busy.read_answer()), 200);
}

TEST(Tls, TheEndIsSaid) {
  TestServer server(over_tls());
  RawConnection last(server.port(), TlsWishes{});
  last.send(get("/hello", "Connection: close\r\n"));
  EXPECT_EQ(status_of(last.read_all()), 200);
  EXPECT_TRUE(last.tls()->ended_in_order()) << last.tls()->fault();

  {
    RawConnection refused(server.port(), TlsWishes{});
    refused.send("NONSENSE\r\n\r\n");
    EXPECT_EQ(status_of(refused.read_all()), 400);
    EXPECT_TRUE(refused.tls()->ended_in_order()) << refused.tls()->fault();
  }

  RawConnection idle(server.port(), TlsWishes{});
  idle.send(get("/hello"));
  EXPECT_EQ(status_of(idle.read_answer()), 200);
  server.server->stop();
  EXPECT_EQ(idle.read_all(), "");
  EXPECT_TRUE(idle.tls()->ended_in_order()) << idle.tls()->fault();
}

TEST(Tls, WhoGoesInTheMiddleIsForgotten) {
  ServerOptions options = over_tls();
  options.limits.half_closed_max = std::chrono::milliseconds(20);
  const TestServer server(options);
  const std::string begun = post("/echo", "abcdef");
  for (const std::string& sent :
       {std::string(), begun.substr(0, 20), begun.substr(0, begun.size() - 3),
        get("/long") + get("/endless"), get("/endless")}) {
    RawConnection raw(server.port(), TlsWishes{});
    raw.send(sent);
    if (sent.ends_with(get("/endless"))) raw.read_until("piece 1");
  }
  for (int i = 0; i < 20; ++i) {  // gone before all of the answer was taken
    RawConnection raw(server.port(), TlsWishes{});
    for (int j = 0; j < 50; ++j) raw.send(get("/long"));
  }
  await_no_connection(server);
  EXPECT_EQ(server.stopped_handlers, 2);
}

TEST(Tls, CuttingIsNotAnOrderlyEnd) {
  ServerOptions options = over_tls();
  options.limits.stop_max = std::chrono::milliseconds(30);
  TestServer server(options);
  RawConnection waiting(server.port(), TlsWishes{});
  waiting.send(get("/later"));
  RawConnection half(server.port(), TlsWishes{});
  half.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n");
  RawConnection strange(server.port(), std::nullopt);
  strange.send(client_hello().substr(0, 50));
  while (server.server->connections() < 3) std::this_thread::yield();
  server.server->stop();
  EXPECT_EQ(half.read_all(), "");
  EXPECT_FALSE(half.tls()->ended_in_order());
  EXPECT_EQ(strange.read_all(), "");
  EXPECT_EQ(server.server->connections(), 0U);
}

}  // namespace
}  // namespace tidemark::http::network
