// Who is let in: every kind of key at every kind of endpoint, in every way that a key travels; and
// before the first key, only this machine.

#include "access/gatekeeper.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/access_fixture.hpp"
#include "base/base64.hpp"
#include "http/endpoint.hpp"

namespace tidemark::access {
namespace {

using catalog::KeyKind;
using http::Access;
using testing::HasSubstr;
using testing::Not;

struct Sent {
  http::Method method = http::Method::Get;
  std::vector<std::pair<std::string, std::string>> fields = {{"Host", "localhost:8080"}};
  std::vector<http::QueryItem> query = {};
};

class GatekeeperTest : public AccessTest {
 protected:
  /// After the last change of the catalog.
  void open(GateOptions options = {}) {
    gate.reset();
    directory = *Directory::open(*catalog, {.look_every = std::chrono::hours(1)});
    gate = std::make_unique<Gatekeeper>(*directory, clock, metrics, std::move(options));
  }

  std::optional<http::Problem> ask(const Sent& sent, Access access) {
    http::EndpointDoc doc;
    doc.access = access;
    return ask(sent, &doc);
  }
  std::optional<http::Problem> ask(const Sent& sent, const http::EndpointDoc* doc) {
    request = std::make_shared<http::Request>();
    request->method = sent.method;
    asked = sent;  // the request's lines point into it
    for (const auto& [name, value] : asked.fields) request->fields.push_back({name, value});
    request->query = sent.query;
    return gate->admit(*request, doc);
  }
  /// 0 where the request is let in.
  int status(const Sent& sent, Access access) {
    const auto problem = ask(sent, access);
    return problem ? problem->status : 0;
  }
  std::string code(const Sent& sent, Access access) {
    const auto problem = ask(sent, access);
    return problem ? problem->code : "";
  }
  static Sent bearing(const std::string& value) {
    return {.fields = {{"Host", "tidemark.example"}, {"Authorization", value}}};
  }

  telemetry::Metrics metrics;
  std::unique_ptr<Directory> directory;
  std::unique_ptr<Gatekeeper> gate;
  http::RequestPtr request;
  Sent asked;
};

TEST_F(GatekeeperTest, EachKindMayDoWhatItIsFor) {
  const auto web = make_project("web");
  struct Row {
    const char* what;
    Given key;
    int write, read, admin, of_all;
  };
  const std::vector<Row> rows = {
      {"write", give({.kind = KeyKind::Write, .project = web}), 0, 403, 403, 403},
      {"read", give({.kind = KeyKind::Read, .project = web}), 403, 0, 403, 403},
      {"admin", give({.kind = KeyKind::Admin, .project = web}), 0, 0, 0, 403},
      {"admin of all", give({.kind = KeyKind::Admin}), 0, 0, 0, 0},
  };
  open();
  for (const Row& row : rows) {
    const auto sent = bearing("Bearer " + row.key.text);
    EXPECT_EQ(status(sent, Access::Anyone), 0) << row.what;
    EXPECT_EQ(status(sent, Access::Write), row.write) << row.what;
    EXPECT_EQ(status(sent, Access::Read), row.read) << row.what;
    EXPECT_EQ(status(sent, Access::Admin), row.admin) << row.what;
    EXPECT_EQ(status(sent, Access::AdminOfAll), row.of_all) << row.what;
  }
  const auto refused = ask(bearing("Bearer " + rows[0].key.text), Access::Read);
  EXPECT_THAT(refused->detail, HasSubstr("needs a read or an admin key"));
  EXPECT_THAT(refused->detail, HasSubstr("is a write key of one project"));
  EXPECT_THAT(refused->detail, Not(HasSubstr(rows[0].key.text)));
}

TEST_F(GatekeeperTest, AKeyTravelsInFourWays) {
  const auto key = give({.kind = KeyKind::Read, .project = event::ProjectId::Default}).text;
  open();
  const std::pair<std::string, std::string> host{"Host", "tidemark.example"};
  auto basic = base::to_base64(key + ":no matter what");
  std::ranges::replace(basic, '-', '+');
  std::ranges::replace(basic, '_', '/');
  while (basic.size() % 4 != 0) basic += '=';
  const std::string basic_value = "Basic " + basic;
  const std::string bearer_value = "bearer  " + key;
  EXPECT_EQ(status({.fields = {host, {"Authorization", bearer_value}}}, Access::Read), 0);
  EXPECT_EQ(status({.fields = {host, {"Authorization", basic_value}}}, Access::Read), 0);
  EXPECT_EQ(status({.fields = {host, {"X-API-Key", key}}}, Access::Read), 0);
  EXPECT_EQ(status({.fields = {host}, .query = {{"from", "x"}, {"key", key}}}, Access::Read), 0);
  ASSERT_EQ(request->query.size(), 1U) << "the endpoint must not see the key";
  EXPECT_EQ(request->query.front().name, "from");
  EXPECT_EQ(request->caller.name, "key 1");

  // What a proxy has left there is passed over; two different keys are not.
  EXPECT_EQ(status({.fields = {host, {"Authorization", "Basic YWRhOng="}, {"X-API-Key", key}}},
                   Access::Read),
            0);
  const auto other = make_key(KeyKind::Read).text;
  EXPECT_EQ(code({.fields = {host, {"X-API-Key", key}}, .query = {{"key", other}}}, Access::Read),
            "key_ambiguous");
  EXPECT_EQ(code({.fields = {host}}, Access::Read), "key_required");
  for (const char* broken : {"Basic", "Basic ", "Basic !!!!", "Basic YWJj", "Bearer", "Bearer "}) {
    EXPECT_EQ(status({.fields = {host, {"Authorization", broken}}}, Access::Read), 401) << broken;
  }
}

TEST_F(GatekeeperTest, AnAdminKeyMayNotStandInAnAddress) {
  const auto key = give({.kind = KeyKind::Admin}).text;
  open();
  EXPECT_EQ(code({.query = {{"key", key}}}, Access::Read), "key_in_address");
  EXPECT_EQ(code({.query = {{"key", key}}}, Access::Admin), "key_in_address");
}

TEST_F(GatekeeperTest, AWrongKeySaysWhatIsWrong) {
  const auto revoked = give({.kind = KeyKind::Read, .project = event::ProjectId::Default});
  ASSERT_TRUE(catalog->revoke_key(author, revoked.id));
  const auto expiring = give({.kind = KeyKind::Read,
                              .project = event::ProjectId::Default,
                              .expires_at = clock.now() + base::kMicrosPerSecond});
  open();
  EXPECT_EQ(code(bearing("Bearer " + revoked.text), Access::Read), "key_revoked");
  EXPECT_EQ(code(bearing("Bearer " + expiring.text), Access::Read), "");
  clock.advance(base::kMicrosPerSecond);
  EXPECT_EQ(code(bearing("Bearer " + expiring.text), Access::Read), "key_expired");
  EXPECT_EQ(code(bearing("Bearer " + make_key(KeyKind::Read).text), Access::Read), "key_unknown");
  auto typo = revoked.text;
  typo.back() = typo.back() == 'a' ? 'b' : 'a';
  EXPECT_EQ(code(bearing("Bearer " + typo), Access::Read), "key_malformed");
  const auto problem = ask(bearing("Bearer " + revoked.text), Access::Read);
  ASSERT_TRUE(problem);
  EXPECT_THAT(problem->headers,
              testing::Contains(testing::Pair("WWW-Authenticate", "Bearer realm=\"tidemark\"")));
  EXPECT_THAT(problem->detail, Not(HasSubstr(revoked.text)));
}

TEST_F(GatekeeperTest, WhoIsWrongTooOftenWaitsAndRightKeysDoNot) {
  const auto right = give({.kind = KeyKind::Read, .project = event::ProjectId::Default}).text;
  open({.wrong_keys = {.per_second = 1, .burst = 3, .exempt_loopback = false}});
  for (int guess = 0; guess < 3; ++guess) {
    EXPECT_EQ(status(bearing("Bearer " + make_key(KeyKind::Read).text), Access::Read), 401);
  }
  const auto problem = ask(bearing("Bearer " + make_key(KeyKind::Read).text), Access::Read);
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->status, 429);
  EXPECT_EQ(problem->code, "too_many_wrong_keys");
  EXPECT_EQ(status(bearing("Bearer " + right), Access::Read), 0);
  clock.advance(base::kMicrosPerSecond);
  EXPECT_EQ(status(bearing("Bearer " + make_key(KeyKind::Read).text), Access::Read), 401);
  EXPECT_THAT(metrics.render(),
              HasSubstr("tidemark_keys_refused_total{reason=\"too_many_wrong_keys\"} 1"));
}

TEST_F(GatekeeperTest, AKeyNamesItsProject) {
  const auto web = make_project("web");
  const auto app = make_project("app");
  const auto of_web = bearing("Bearer " + give({.kind = KeyKind::Admin, .project = web}).text);
  const auto of_all = bearing("Bearer " + give({.kind = KeyKind::Admin}).text);
  open();
  const auto project_of = [&](Sent sent, const std::string& name) -> int {
    sent.query.push_back({"project", name});
    if (const auto problem = ask(sent, Access::Read)) return -problem->status;
    EXPECT_TRUE(request->query.empty());
    return static_cast<int>(request->caller.project);
  };
  ASSERT_EQ(status(of_web, Access::Read), 0);
  EXPECT_EQ(request->caller.project, static_cast<std::uint32_t>(web));
  EXPECT_FALSE(request->caller.all_projects);
  EXPECT_EQ(project_of(of_web, "web"), static_cast<int>(web));
  EXPECT_EQ(project_of(of_web, "app"), -403);
  EXPECT_EQ(project_of(of_web, "nothing"), -403) << "what there is, is not its business";

  ASSERT_EQ(status(of_all, Access::Read), 0);
  EXPECT_EQ(request->caller.project, 0U);
  EXPECT_TRUE(request->caller.all_projects);
  EXPECT_EQ(project_of(of_all, "app"), static_cast<int>(app));
  EXPECT_EQ(project_of(of_all, "nothing"), -404);
  auto by_header = of_all;
  by_header.fields.push_back({"X-Tidemark-Project", "app"});
  ASSERT_EQ(status(by_header, Access::Read), 0);
  EXPECT_EQ(request->caller.project, static_cast<std::uint32_t>(app));
  EXPECT_EQ(project_of(by_header, "web"), -400) << "two names";
}

TEST_F(GatekeeperTest, AKeyOfSomeOriginsIsForTheirPages) {
  const auto key = give({.kind = KeyKind::Write,
                         .project = event::ProjectId::Default,
                         .origins = {"https://app.example"}});
  open();
  auto sent = bearing("Bearer " + key.text);
  sent.method = http::Method::Post;
  EXPECT_EQ(status(sent, Access::Write), 403);
  sent.fields.push_back({"Origin", "https://app.example"});
  EXPECT_EQ(status(sent, Access::Write), 0);
  sent.fields.back().second = "https://evil.example";
  EXPECT_EQ(status(sent, Access::Write), 403);
}

TEST_F(GatekeeperTest, WhileItIsOpenOnlyLoopbackNamesAreAnswered) {
  open({.allowed_hosts = {"tidemark.internal"}});
  const auto asked_as = [&](const char* host) {
    return status({.fields = {{"Host", host}}}, Access::AdminOfAll);
  };
  for (const char* good :
       {"localhost", "localhost:8080", "LOCALHOST", "app.localhost", "127.0.0.1", "127.1.2.3:1",
        "[::1]", "[::1]:8080", "localhost.", "tidemark.internal", "Tidemark.Internal:8080"}) {
    EXPECT_EQ(asked_as(good), 0) << good;
  }
  for (const char* bad : {"evil.example", "evil.example:8080", "localhost.evil.example",
                          "notlocalhost", "127.0.0.1.evil.example", "10.0.0.1", "[::2]", "",
                          "0x7f.1", "127.1", "tidemark.internal.evil.example"}) {
    EXPECT_EQ(asked_as(bad), 421) << bad;
    EXPECT_EQ(status({.fields = {{"Host", bad}}}, Access::Anyone), 421) << bad;
    const auto problem = ask({.fields = {{"Host", bad}}}, nullptr);
    EXPECT_TRUE(problem && problem->status == 421) << bad;
  }
  open({.allowed_hosts = {"*"}});
  EXPECT_EQ(asked_as("evil.example"), 0);
}

TEST_F(GatekeeperTest, WhileItIsOpenPagesOfOtherOriginsChangeNothing) {
  open({.origins = {"https://app.example"}});
  const auto from = [&](const char* origin, http::Method method) {
    return status({.method = method, .fields = {{"Host", "localhost:8080"}, {"Origin", origin}}},
                  Access::Write);
  };
  for (const auto method : {http::Method::Post, http::Method::Delete, http::Method::Patch}) {
    EXPECT_EQ(from("http://localhost:8080", method), 0);
    EXPECT_EQ(from("https://app.example", method), 0);
    EXPECT_EQ(from("http://localhost:9090", method), 403);
    EXPECT_EQ(from("https://evil.example", method), 403);
    EXPECT_EQ(from("null", method), 403);
  }
  EXPECT_EQ(from("https://evil.example", http::Method::Get), 0) << "the browser shows it nothing";
}

TEST_F(GatekeeperTest, OnceItIsClosedItAnswersUnderEveryName) {
  const auto key = give({.kind = KeyKind::Admin}).text;
  open();
  EXPECT_EQ(status(bearing("Bearer " + key), Access::Read), 0);
  EXPECT_EQ(status({.fields = {{"Host", "tidemark.example"}}}, Access::Anyone), 0);
  EXPECT_EQ(status({.fields = {{"Host", "tidemark.example"}}}, Access::Read), 401);
}

TEST_F(GatekeeperTest, WhileItIsOpenAProjectCanBeNamed) {
  const auto web = make_project("web");
  open();
  EXPECT_EQ(status({.query = {{"project", "web"}}}, Access::Read), 0);
  EXPECT_EQ(request->caller.project, static_cast<std::uint32_t>(web));
  EXPECT_EQ(code({.query = {{"project", "app"}}}, Access::Read), "project_not_found");
  EXPECT_EQ(status({}, Access::Read), 0);
  EXPECT_EQ(request->caller.project, 0U);
  EXPECT_TRUE(request->caller.all_projects);
}

}  // namespace
}  // namespace tidemark::access
