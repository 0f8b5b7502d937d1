// The server asks its gate about every request: before the body is read, and also where there is no
// endpoint.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/network/server_test_support.hpp"

namespace tidemark::http::network {
namespace {

using testing::HasSubstr;

/// Lets in who says `?key=right`, and nobody to the host "evil".
struct OneKey final : Gate {
  std::optional<Problem> admit(Request& request, const EndpointDoc* endpoint) override {
    if (request.header("Host") == "evil") return problems::misdirected("Not here.");
    if (endpoint == nullptr || endpoint->access == Access::Anyone) return std::nullopt;
    const bool right = std::erase_if(request.query, [](const QueryItem& item) {
      return item.name == "key" && item.value == "right";
    });
    if (!right) return problems::unauthorized("key_required", "A key, please.");
    request.caller = {.project = 7, .all_projects = false, .name = "key 1"};
    return std::nullopt;
  }
};

class GateTest : public testing::Test {
 protected:
  GateTest() {
    std::vector<Endpoint> endpoints;
    endpoints.push_back(
        endpoint(Method::Get, "/open", Access::Anyone).handle([](const Request& request) {
          return Response::text(200, "project " + std::to_string(request.caller.project));
        }));
    endpoints.push_back(endpoint(Method::Post, "/closed", Access::Write)
                            .accepts("application/json", Schema{})
                            .handle([this](const Request& request) {
                              handled += 1;
                              return Response::text(200,
                                                    request.caller.name + " of project " +
                                                        std::to_string(request.caller.project));
                            }));
    router = std::make_unique<Router>(std::move(endpoints));
    auto started =
        Server::start({}, {.router = *router, .clock = clock, .observer = witness, .gate = &gate});
    EXPECT_TRUE(started);
    server = std::move(*started);
  }

  [[nodiscard]] std::string ask(std::string_view bytes) const {
    RawConnection raw(server->port());
    raw.send(bytes);
    return raw.read_answer();
  }

  OneKey gate;
  Witness witness;
  base::ManualClock clock{784'111'777 * base::kMicrosPerSecond};
  std::unique_ptr<Router> router;
  std::unique_ptr<Server> server;
  int handled = 0;
};

TEST_F(GateTest, ARefusedRequestIsAnsweredBeforeItsBodyHasCome) {
  const auto answer =
      ask("POST /closed HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
          "Content-Length: 1000000\r\n\r\n[");
  EXPECT_EQ(status_of(answer), 401);
  EXPECT_THAT(answer, HasSubstr("WWW-Authenticate: Bearer realm=\"tidemark\"\r\n"));
  EXPECT_THAT(answer, HasSubstr("\"code\":\"key_required\""));
  EXPECT_EQ(handled, 0);
}

TEST_F(GateTest, AnAdmittedCallerReachesTheHandler) {
  const std::string body = "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
  EXPECT_THAT(ask("POST /closed?key=right HTTP/1.1\r\nHost: x\r\n" + body),
              HasSubstr("key 1 of project 7"));

  // On one connection no request inherits the caller of the one before it.
  RawConnection raw(server->port());
  raw.send("POST /closed?key=right HTTP/1.1\r\nHost: x\r\n" + body);
  EXPECT_THAT(raw.read_answer(), HasSubstr("project 7"));
  raw.send("GET /open HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(raw.read_answer(), HasSubstr("project 0"));
}

TEST_F(GateTest, WhereThereIsNoEndpointTheGateIsAskedToo) {
  EXPECT_EQ(status_of(ask("GET /nothing HTTP/1.1\r\nHost: evil\r\n\r\n")), 421);
  EXPECT_EQ(status_of(ask("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")), 404);
  EXPECT_EQ(status_of(ask("DELETE /open HTTP/1.1\r\nHost: evil\r\n\r\n")), 421);
  EXPECT_EQ(status_of(ask("OPTIONS /open HTTP/1.1\r\nHost: evil\r\n\r\n")), 421);
  EXPECT_EQ(status_of(ask("GET /open HTTP/1.1\r\nHost: evil\r\n\r\n")), 421);
}

}  // namespace
}  // namespace tidemark::http::network
